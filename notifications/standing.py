"""How a delivery stands, in words for its reader."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from notifications.models import Delivery, DeliveryState
from notifications.models.delivery import IN_APP
from notifications.quiet import clock_words
from notifications.selectors import kind_label, label_of


@dataclass(frozen=True, slots=True)
class DeliveryWords:
    """`channel` is over what it goes, `short` how it stands in a few words, `sentence` the same with its reason, empty where there is
    nothing to explain; `tone` is good, bad or plain."""

    channel: str
    short: str
    sentence: str
    tone: str


def words_of(delivery: Delivery) -> DeliveryWords:
    """How a delivery stands; its channel is at hand. Times are in the time zone that is active."""
    channel = "Here" if delivery.channel == IN_APP else _channel(delivery)
    if delivery.state == DeliveryState.SENT:
        return DeliveryWords(channel, "sent in a digest" if delivery.bundle_id else "sent", "", "good")
    if delivery.state == DeliveryState.FAILED:
        return DeliveryWords(channel, "failed", delivery.error, "bad")
    if delivery.state == DeliveryState.WITHHELD:
        return DeliveryWords(channel, "not sent", delivery.error, "plain")
    if delivery.state == DeliveryState.HELD:
        return DeliveryWords(channel, *_held(delivery), "plain")
    again = f"{delivery.error} It is tried again." if delivery.error else ""
    return DeliveryWords(channel, "waiting", again, "plain")


def _channel(delivery: Delivery) -> str:
    row = delivery.user_channel
    return kind_label(delivery.channel) if row is None else label_of(row)


def _held(delivery: Delivery) -> tuple[str, str]:
    now = timezone.now()
    if delivery.bundle_id is not None:
        return "on its way in a digest", ""
    if delivery.held_until is None or delivery.held_until <= now:
        return "going out now", ""
    zone = timezone.get_current_timezone()
    why = delivery.error.rpartition(": ")[2] or "it waits."
    # Said anew: the sentence that is stored is of the moment at which it was written.
    until = clock_words(delivery.held_until, now, zone)
    return "held", f"Held until {until}: {why}"
