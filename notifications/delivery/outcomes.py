"""Writing down what became of deliveries, each only by who holds its lease, and what follows for notifications and channels."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from common.dead_letters import record_dead_letter
from common.text import one_line
from notifications.actions import Notice, notify_matches
from notifications.channel_actions import note_failure
from notifications.channels.base import Channel, Message, PermanentError
from notifications.channels.registry import channel_of
from notifications.delivery.attempts import Result, wait_of
from notifications.models import Delivery, DeliveryState, Notification, NotificationState, UserChannel

log = logging.getLogger(__name__)

POSTPONED: Final = timedelta(seconds=2)
"""For so long a message waits whose service is left alone just now."""
REASON_CHANNEL: Final = "channel"
_CHANNELS_PAGE: Final = "/settings/channels/"


def record_written(channel: Channel, letters: Sequence[tuple[Delivery, Message]], milliseconds: float) -> int:
    """Send what is a write of our own, and write down that it was sent, in one transaction. Returns how many it were."""
    with transaction.atomic():
        results = [(delivery, Result(milliseconds)) for delivery, _ in letters]
        sent = record_sent(results)
        channel.send_all([message for delivery, message in letters if delivery.pk in sent])
    return len(sent)


def record_sent(results: Sequence[tuple[Delivery, Result]]) -> set[Any]:
    """Write down many that were sent, in a few statements. Returns the ids of those whose lease was not lost."""
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE notifications_delivery AS delivery
               SET state = 'sent', sent_at = %s, error = '', retry_at = NULL, leased_until = NULL,
                   milliseconds = sent.milliseconds, receipt = sent.receipt
              FROM unnest(%s::uuid[], %s::timestamptz[], %s::float8[], %s::text[]) AS sent (id, leased_until, milliseconds, receipt)
             WHERE delivery.id = sent.id AND delivery.state = 'pending' AND delivery.leased_until = sent.leased_until
            RETURNING delivery.id
            """,
            [
                now,
                [delivery.pk for delivery, _ in results],
                [delivery.leased_until for delivery, _ in results],
                [result.milliseconds for _, result in results],
                [one_line(result.receipt)[:200] for _, result in results],
            ],
        )
        done = {pk for (pk,) in cursor.fetchall()}
        mine = [delivery for delivery, _ in results if delivery.pk in done]
        if mine:
            _note_sent(mine, now)
    for delivery, _ in results:
        if delivery.pk not in done:
            _lost(delivery)
    return done


def record_failure(delivery: Delivery, channel: Channel, result: Result) -> None:
    """Write down that a service has not taken a message: it is tried again later, or was refused for good, or was tried enough."""
    if result.is_postponed:
        # It was not asked, so that was no try. By then the service is tried by one; the others follow when it answers.
        later = timezone.now() + POSTPONED
        _settle(
            delivery,
            result,
            state=DeliveryState.PENDING,
            error=result.sentence,
            retry_at=later,
            attempts=F("attempts") - 1,
        )
    elif isinstance(result.error, PermanentError):
        fail(delivery, result.sentence, result, gone=result.error.gone)
    elif (wait := wait_of(delivery, channel, result)) is None:
        give_up(delivery, result.sentence, result)
    else:
        with transaction.atomic():
            error, retry_at = result.sentence, timezone.now() + wait
            kept = _settle(delivery, result, state=DeliveryState.PENDING, error=error, retry_at=retry_at)
            if kept and delivery.user_channel is not None:
                note_failure(delivery.user_channel, error)


def fail(delivery: Delivery, sentence: str, result: Result | None = None, *, gone: bool = False) -> None:
    """Write down that a delivery was refused for good. If that disables its channel, its owner is told of it over the others."""
    with transaction.atomic():
        if not _end(delivery, DeliveryState.FAILED, sentence, result):
            return
        row = delivery.user_channel
        if row is None or not delivery.notification.user.is_active:
            return
        if note_failure(row, sentence, permanent=True, gone=gone):
            is_removed = gone and channel_of(row.kind).removed_when_gone
            _tell_of_disabled(row, sentence, is_removed=is_removed)
            if is_removed:
                UserChannel.objects.filter(pk=row.pk).delete()


def give_up(delivery: Delivery, sentence: str, result: Result | None = None) -> None:
    """Put a delivery that was tried enough on the list of the dead letters, from which it can be replayed."""
    with transaction.atomic():
        if not _end(delivery, DeliveryState.FAILED, sentence, result):
            return
        row = delivery.user_channel
        if row is not None:
            unheard = channel_of(row.kind).disabled_when_given_up and not _has_taken_something(row, delivery.created_at)
            if note_failure(row, sentence, permanent=unheard, gone=unheard):
                _tell_of_disabled(row, sentence, is_removed=False)
        payload = {"channel": delivery.channel, "notification": str(delivery.notification_id)}
        record_dead_letter("tell", delivery.pk, "notify.delivery", sentence, payload, attempts=delivery.attempts)


def _has_taken_something(row: UserChannel, since: datetime) -> bool:
    return UserChannel.objects.filter(pk=row.pk, last_success_at__gt=since).exists()


def withhold(delivery: Delivery, sentence: str) -> None:
    """Put a delivery aside that nobody wants any more. One whose deal was over goes out after all if the same offer returns."""
    with transaction.atomic():
        _end(delivery, DeliveryState.WITHHELD, sentence)


def hold(delivery: Delivery, until: datetime, sentence: str) -> None:
    """Hold a delivery whose turn came late, in its reader's quiet hours; that was no try."""
    _settle(delivery, None, state=DeliveryState.HELD, held_until=until, error=sentence, attempts=F("attempts") - 1)


def _end(delivery: Delivery, state: DeliveryState, sentence: str, result: Result | None = None) -> bool:
    """End a delivery unsent, with the members of its digest. Returns whether it was still ours; in the caller's transaction.

    A notification of which nothing is on its way any more, and nothing was sent, ends with the last of its deliveries.
    """
    told = [delivery.notification_id, *delivery.members.values_list("notification_id", flat=True)]
    # The notifications' rows are the lock: two deliveries that end together must not each wait for the other's end.
    notifications = list(Notification.objects.select_for_update(no_key=True).filter(pk__in=told).order_by("pk"))
    if not _settle(delivery, result, state=state, error=sentence):
        return False
    delivery.members.filter(state=DeliveryState.HELD).update(state=state, error=sentence)
    for notification in notifications:
        if notification.state != NotificationState.PENDING:
            continue
        states = set(notification.deliveries.values_list("state", flat=True))
        if not states & {DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.SENT}:
            failed = DeliveryState.FAILED in states
            notification.state = NotificationState.FAILED if failed else NotificationState.SUPPRESSED
            notification.state_text = sentence[:300]
            notification.save(update_fields=["state", "state_text"])
    return True


def _note_sent(deliveries: Sequence[Delivery], now: datetime) -> None:
    """What follows for the members of digests, for notifications and for channels. Rows are locked in order, since others do the same."""
    members = Delivery.objects.filter(bundle__in=deliveries, state=DeliveryState.HELD)
    told = {delivery.notification_id for delivery in deliveries}
    if others := set(members.values_list("notification_id", flat=True)):
        members.update(state=DeliveryState.SENT, sent_at=now, error="")
        told |= others
    untold = Notification.objects.filter(pk__in=told).exclude(state=NotificationState.SENT)
    locked = list(untold.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    if locked:
        Notification.objects.filter(pk__in=locked).update(state=NotificationState.SENT, state_text="")
    if used := {one.user_channel_id for one in deliveries if one.user_channel_id is not None}:
        rows = UserChannel.objects.filter(pk__in=used)
        list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
        rows.update(last_success_at=now, failures=0)


def _tell_of_disabled(row: UserChannel, sentence: str, *, is_removed: bool) -> None:
    """Tell the owner, once for each time: it is disabled by one statement, and only while it is enabled."""
    became = "removed" if is_removed else "disabled"
    advice = "Add it again where you want it." if is_removed else "Look at its settings, send a test, and resume it."
    label = channel_of(row.kind).label
    name = f"{label} “{row.name}”" if row.name else label
    notify_matches(
        [
            Notice(
                user_id=row.user_id,
                goal_id=None,
                deal_id=None,
                match_id=None,
                product_key=f"channel:{row.pk}",
                title=f"{name} was {became}: it does not take our messages",
                body=f"The last answer was: {sentence} {advice}",
                reason_text="You hear of this over your other channels, because alerts no longer reach you over this one.",
                data={"kind": REASON_CHANNEL, "url": _CHANNELS_PAGE},
                reason=REASON_CHANNEL,
            )
        ]
    )


def _settle(delivery: Delivery, result: Result | None, **fields: object) -> bool:
    """Write the outcome, unless the lease was lost and somebody else has the delivery now."""
    if result is not None and not result.is_postponed:
        fields["milliseconds"] = result.milliseconds
    mine = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.PENDING, leased_until=delivery.leased_until)
    if mine.update(leased_until=None, **fields):
        return True
    _lost(delivery)
    return False


def _lost(delivery: Delivery) -> None:
    log.warning("Delivery %s was taken over by another worker", delivery.pk)
