"""The inbox at once: what is told is handed over by whoever has committed it.

It is a write of our own, so there is nobody to wait for and nothing to claim: one transaction, which whoever dies in the middle of it
leaves undone. What is left behind in that way, the rounds of the deliverers find.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from functools import partial
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from common.outbox import record_all
from notifications.events import NotificationSent
from notifications.models import Notification, NotificationState

_AT_ONCE: Final = 200

_TAKE: Final = """
SELECT delivery.id, delivery.notification_id FROM notifications_delivery AS delivery
  JOIN notifications_notification AS notification ON notification.id = delivery.notification_id
  JOIN accounts_user AS reader ON reader.id = notification.user_id AND reader.is_active
 WHERE delivery.notification_id = ANY(%s) AND delivery.channel = 'in_app'
   AND delivery.state = 'pending' AND delivery.leased_until IS NULL
 ORDER BY delivery.id FOR UPDATE OF delivery SKIP LOCKED
"""

_SENT: Final = """
UPDATE notifications_delivery SET state = 'sent', attempts = attempts + 1, sent_at = %s, milliseconds = %s WHERE id = ANY(%s)
"""


def hand_over_after_commit(notifications: Sequence[Notification]) -> None:
    """Hand these over when the transaction of the caller has been committed. An error is logged, and costs the caller nothing."""
    ids = [notification.pk for notification in notifications]
    if ids:
        transaction.on_commit(partial(hand_over, ids), robust=True)


def hand_over(ids: Sequence[uuid.UUID]) -> int:
    """Hand the notifications with these ids over to the inboxes of their readers, but for those that somebody else is at.

    Returns how many. Of a closed account nothing is: the deliverers write down why.
    """
    return sum(_hand_over(ids[first : first + _AT_ONCE]) for first in range(0, len(ids), _AT_ONCE))


def _hand_over(ids: Sequence[uuid.UUID]) -> int:
    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TAKE, [list(ids)])
        taken = cursor.fetchall()
        if not taken:
            return 0
        # Locked in the order of their ids, as everywhere, since what went over other channels writes to the same rows.
        told = Notification.objects.filter(pk__in=[notification for _, notification in taken]).order_by("pk")
        rows = list(told.only("user_id", "title", "body", "deal_id").select_for_update(no_key=True))
        told.exclude(state=NotificationState.SENT).update(state=NotificationState.SENT, state_text="")
        record_all([(_event(row), row.user_id) for row in rows])
        milliseconds = (time.perf_counter() - began) * 1000 / len(taken)
        cursor.execute(_SENT, [timezone.now(), milliseconds, [delivery for delivery, _ in taken]])
    return len(taken)


def _event(notification: Notification) -> NotificationSent:
    return NotificationSent(
        notification_id=str(notification.pk),
        title=notification.title,
        body=notification.body,
        deal_id=None if notification.deal_id is None else str(notification.deal_id),
    )
