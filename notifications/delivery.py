"""Delivering: claim with a lease, send, write down what became of it.

A delivery is claimed for longer than a send may take. Whoever claims it counts the try at once, so that one that kills
its worker is not tried for ever. When a worker dies after its claim, another takes the delivery up when the lease ends.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from common.dead_letters import record_dead_letter
from common.enqueue import wake_after_commit
from common.retries import is_exhausted, next_try, sentence_of
from deals.life import why_over
from deals.models import DealState
from notifications.channels.base import TIME_LIMIT, Channel, ChannelConfig, DeliveryError, PermanentError
from notifications.channels.configs import opened_config
from notifications.channels.registry import channel_of
from notifications.messages import message_of
from notifications.models import Delivery, DeliveryState, Notification, NotificationState
from notifications.models.delivery import EMAIL, IN_APP

log = logging.getLogger(__name__)

LEASE = TIME_LIMIT + timedelta(seconds=30)
LONGEST_ROUND = timedelta(minutes=2)
"""A slow service must not run a round into the time limit of its task; the next round goes on."""
WITHHELD_FOR = timedelta(days=7)
"""What was withheld because its deal was over goes out if the deal returns within that time."""
MOST_CLAIMS = 10
"""More than the tries of a service that refuses: a worker that is restarted in the middle is no fault of the delivery."""


def deliver_pending(limit: int = 500) -> int:
    """Deliver what is waiting, at most `limit` deliveries and not for long, and return how many were sent."""
    sent = 0
    ends = time.monotonic() + LONGEST_ROUND.total_seconds()
    for _ in range(limit):
        if time.monotonic() >= ends:
            break
        # One at a time: a worker that dies leaves one delivery waiting for the end of its lease, not a batch of them.
        delivery = _claim()
        if delivery is None:
            break
        sent += _deliver(delivery)
    return sent


def deliver_again(delivery_id: uuid.UUID) -> None:
    """Start one failed delivery from the beginning; what was sent stays sent."""
    with transaction.atomic():
        failed = Delivery.objects.filter(pk=delivery_id, state=DeliveryState.FAILED)
        if failed.update(state=DeliveryState.PENDING, attempts=0, retry_at=None, leased_until=None, error=""):
            Notification.objects.filter(deliveries=delivery_id, state=NotificationState.FAILED).update(
                state=NotificationState.PENDING, state_text=""
            )
    deliver_pending()


def release_withheld(valuation_ids: Sequence[uuid.UUID]) -> int:
    """Let out what was withheld of deals that are offered again on the same terms: their matches have these valuations. In the
    caller's transaction; returns how many deliveries that are."""
    withheld = Delivery.objects.filter(
        state=DeliveryState.WITHHELD,
        notification__match__valuation__in=valuation_ids,
        notification__deal__state=DealState.ACTIVE,
        created_at__gt=timezone.now() - WITHHELD_FOR,
    )
    found = list(withheld.order_by("pk").select_for_update(of=("self",)).values_list("pk", "notification_id"))
    Delivery.objects.filter(pk__in=[pk for pk, _ in found]).update(
        state=DeliveryState.PENDING, attempts=0, error="", retry_at=None, leased_until=None
    )
    Notification.objects.filter(pk__in=[pk for _, pk in found], state=NotificationState.SUPPRESSED).update(
        state=NotificationState.PENDING, state_text=""
    )
    if found:
        wake_after_commit("notify.pending")
    return len(found)


def _claim() -> Delivery | None:
    now = timezone.now()
    with transaction.atomic():
        delivery = (
            Delivery.objects.filter(state=DeliveryState.PENDING)
            .filter(
                Q(leased_until__isnull=True) | Q(leased_until__lt=now), Q(retry_at__isnull=True) | Q(retry_at__lte=now)
            )
            .select_related(
                "user_channel", "notification__user", "notification__user__preferences", "notification__deal"
            )
            .defer("notification__deal__search", "notification__deal__description")
            .order_by("created_at", "id")
            .select_for_update(skip_locked=True, of=("self",))
            .first()
        )
        if delivery is not None:
            delivery.attempts += 1
            delivery.leased_until = now + LEASE
            delivery.save(update_fields=["attempts", "leased_until"])
    return delivery


def _deliver(delivery: Delivery) -> bool:
    if delivery.attempts > MOST_CLAIMS:
        _give_up(delivery, f"Its worker ended in the middle of it, {MOST_CLAIMS} times.")
        return False
    if sentence := _over(delivery):
        _withhold(delivery, sentence)
        return False
    started = time.perf_counter()
    try:
        channel = channel_of(delivery.channel)
        message, config = message_of(delivery), _config(delivery, channel)
        if channel.writes_here:
            return _record_sent(delivery, started, write=lambda: channel.send(message, config))
        return _record_sent(delivery, started, receipt=channel.send(message, config) or "")
    except PermanentError as error:
        _record_failed(delivery, sentence_of(error), started)
    except Exception as error:  # whatever else went wrong is tried again, and never stops the other deliveries
        expected = isinstance(error, DeliveryError)
        log.log(
            logging.WARNING if expected else logging.ERROR, "Delivery %s failed", delivery.pk, exc_info=not expected
        )
        sentence = sentence_of(error) if expected else "It failed unexpectedly; the operators' log says more."
        if is_exhausted(delivery.attempts):
            _give_up(delivery, sentence, started)
        else:
            _record_retry(delivery, sentence, started)
    return False


def _over(delivery: Delivery) -> str:
    """Why nobody is told of this any more, in a sentence: the deal was over before its turn came. Empty where it is not."""
    deal = delivery.notification.deal
    word = why_over(deal, timezone.now()) if deal is not None else ""
    return f"Not sent: the deal was over before it could go out ({word.lower()})." if word else ""


def _withhold(delivery: Delivery, sentence: str) -> None:
    """Put a delivery aside. It goes out after all if the same offer returns (`release_withheld`)."""
    with transaction.atomic():
        notification = Notification.objects.select_for_update(no_key=True).get(pk=delivery.notification_id)
        if not _settle(delivery, None, state=DeliveryState.WITHHELD, error=sentence):
            return
        if notification.state == NotificationState.PENDING:
            notification.state, notification.state_text = NotificationState.SUPPRESSED, sentence
            notification.save(update_fields=["state", "state_text"])


def _config(delivery: Delivery, channel: Channel) -> ChannelConfig:
    """The settings of the channel that a delivery goes over. Raises `PermanentError`."""
    if delivery.user_channel is not None:
        return opened_config(channel, delivery.user_channel.config)
    if channel.kind not in (IN_APP, EMAIL):
        raise PermanentError("Its channel was removed.")
    return channel.config()


def _record_sent(
    delivery: Delivery, started: float, *, receipt: str = "", write: Callable[[], object] | None = None
) -> bool:
    """Write down that it went out; `write` is what sending is where that is a write of our own."""
    with transaction.atomic():
        fields = {"state": DeliveryState.SENT, "sent_at": timezone.now(), "error": "", "receipt": receipt[:200]}
        if not _settle(delivery, started, **fields):
            return False
        if write is not None:
            write()
        Notification.objects.filter(pk=delivery.notification_id).update(state=NotificationState.SENT, state_text="")
    return True


def _record_retry(delivery: Delivery, sentence: str, started: float) -> None:
    _settle(delivery, started, state=DeliveryState.PENDING, error=sentence, retry_at=next_try(delivery.attempts))


def _record_failed(delivery: Delivery, sentence: str, started: float | None) -> bool:
    with transaction.atomic():
        # The notification's row is the lock: two deliveries that fail together must not each wait for the other's end.
        notification = Notification.objects.select_for_update(no_key=True).get(pk=delivery.notification_id)
        if not _settle(delivery, started, state=DeliveryState.FAILED, error=sentence):
            return False
        others = Delivery.objects.filter(notification=notification).exclude(state=DeliveryState.FAILED)
        if notification.state == NotificationState.PENDING and not others.exists():
            notification.state, notification.state_text = NotificationState.FAILED, sentence[:300]
            notification.save(update_fields=["state", "state_text"])
    return True


def _give_up(delivery: Delivery, sentence: str, started: float | None = None) -> None:
    with transaction.atomic():
        if _record_failed(delivery, sentence, started):
            payload = {"channel": delivery.channel, "notification": str(delivery.notification_id)}
            record_dead_letter("tell", delivery.pk, "notify.delivery", sentence, payload)


def _settle(delivery: Delivery, started: float | None, **fields: object) -> bool:
    """Write the outcome, unless the lease was lost and somebody else has the delivery now."""
    if started is not None:
        fields["milliseconds"] = (time.perf_counter() - started) * 1000
    mine = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.PENDING, leased_until=delivery.leased_until)
    if mine.update(leased_until=None, **fields):
        return True
    log.warning("Delivery %s was taken over by another worker", delivery.pk)
    return False
