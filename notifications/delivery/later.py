"""Deliveries that go out after all: what had failed, and what was withheld until its deal returned."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from common.enqueue import wake_after_commit
from deals.models import DealState
from notifications.channels.base import PermanentError
from notifications.channels.registry import channel_of
from notifications.models import Delivery, DeliveryState, Notification, NotificationState, UserChannel

WITHHELD_FOR: Final = timedelta(days=7)
"""What was withheld because its deal was over goes out if the deal returns within that time."""
_ANEW: Final[dict[str, Any]] = {
    "state": DeliveryState.PENDING,
    "attempts": 0,
    "error": "",
    "retry_at": None,
    "leased_until": None,
}


def may_send_again(delivery: Delivery) -> bool:
    """Whether its reader may have it sent again: what failed, and what a receiver that knows its id would leave out if it has it."""
    if delivery.bundle_id is not None:
        return False
    try:
        takes_key = channel_of(delivery.channel).takes_key
    except PermanentError:
        return False
    return delivery.state == DeliveryState.FAILED or (takes_key and delivery.state == DeliveryState.SENT)


def send_again(user: User, delivery_id: uuid.UUID) -> bool:
    """Let a delivery of the user's own start from the beginning, under the same id. Returns whether it may (`may_send_again`)."""
    delivery = Delivery.objects.filter(pk=delivery_id, notification__user=user).first()
    if delivery is None or not may_send_again(delivery):
        return False
    again = deliver_again(delivery_id, DeliveryState(delivery.state))
    wake_after_commit("notify.pending")
    return again


def deliver_again(delivery_id: uuid.UUID, state: DeliveryState = DeliveryState.FAILED) -> bool:
    """Let one failed delivery start from the beginning, with the members of its digest; what was sent stays sent.

    Returns whether there was something in that state to start; it goes out with the next round.
    """
    with transaction.atomic():
        told = Delivery.objects.filter(Q(pk=delivery_id) | Q(bundle=delivery_id)).values("notification")
        notifications = Notification.objects.filter(pk__in=told).order_by("pk")
        list(notifications.select_for_update(no_key=True).values_list("pk", flat=True))
        ended = Delivery.objects.filter(pk=delivery_id, state=state)
        if not ended.update(**_ANEW):
            return False
        Delivery.objects.filter(bundle=delivery_id, state=DeliveryState.FAILED).update(
            state=DeliveryState.HELD, error=""
        )
        notifications.filter(state=NotificationState.FAILED).update(state=NotificationState.PENDING, state_text="")
        # Whoever sends it again has looked at the channel: what it refused before counts no more.
        UserChannel.objects.filter(deliveries=delivery_id).update(failures=0)
    return True


def release_withheld(valuation_ids: Sequence[uuid.UUID]) -> int:
    """Let out what was withheld of deals that are offered again on the same terms: their matches have these valuations. In the
    caller's transaction; returns how many deliveries that are."""
    # What was withheld before its turn came, by a snooze or a cap, was never tried, and stays as its owner wanted it.
    withheld = Delivery.objects.filter(
        state=DeliveryState.WITHHELD,
        attempts__gt=0,
        notification__match__valuation__in=valuation_ids,
        notification__deal__state=DealState.ACTIVE,
        created_at__gt=timezone.now() - WITHHELD_FOR,
    )
    found = list(withheld.order_by("pk").select_for_update(of=("self",)).values_list("pk", "notification_id"))
    Delivery.objects.filter(pk__in=[pk for pk, _ in found]).update(**_ANEW)
    Notification.objects.filter(pk__in=[pk for _, pk in found], state=NotificationState.SUPPRESSED).update(
        state=NotificationState.PENDING, state_text=""
    )
    if found:
        wake_after_commit("notify.pending")
    return len(found)
