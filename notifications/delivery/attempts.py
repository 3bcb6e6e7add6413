"""One try to send one message: prepared where the database may be asked, made in a thread that only waits for a service."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from common.breaker import Breaker
from common.retries import sentence_of
from common.text import one_line
from deals.life import why_over
from notifications.channels.base import Channel, ChannelConfig, DeliveryError, Message, PermanentError, TransientError
from notifications.channels.configs import opened_config
from notifications.channels.registry import channel_of
from notifications.messages import message_of
from notifications.models import ChannelState, Delivery
from notifications.models.delivery import EMAIL, IN_APP
from notifications.routing import when_late

log = logging.getLogger(__name__)

UNEXPECTED: Final = "It failed unexpectedly; the operators' log says more."
BREAK_AFTER: Final = 5
BREAK_SECONDS: Final = 30.0
FIRST_BREAK_SECONDS: Final = 3.0
"""A service that fails for one in five answers five in a row badly every few minutes; that costs its readers no more than this."""
LONGEST_WAIT: Final = timedelta(days=1)
"""However much patience a service asks for."""


LATE: Final = timedelta(minutes=5)
"""What was routed so long ago is routed anew in one respect: quiet hours may have begun."""


class Unwanted(Exception):
    """Nobody is told of this over this channel any more: why, in a sentence."""


class Asleep(Exception):
    """Its turn has come so late that its reader's quiet hours have begun: until when they last, and the same in a sentence."""

    def __init__(self, until: datetime, sentence: str) -> None:
        super().__init__(sentence)
        self.until = until


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent: a message for a channel, with the settings of that channel, and the name of the service that it asks."""

    channel: Channel
    message: Message
    config: ChannelConfig
    service: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a service said: nothing is wrong where there is no `error`. `is_postponed` where it was not asked, and no try was made."""

    milliseconds: float
    receipt: str = ""
    error: DeliveryError | None = None
    is_postponed: bool = False

    @property
    def sentence(self) -> str:
        return one_line(sentence_of(self.error)) if self.error else ""

    @property
    def is_well(self) -> bool:
        """Whether the service answered as one that works."""
        return not isinstance(self.error, TransientError) or self.error.answered


def letter_of(delivery: Delivery) -> Letter:
    """Make of a delivery what is sent. Raises `PermanentError`, `Unwanted` where it is not to be sent any more, or `Asleep`."""
    deal = delivery.notification.deal
    if deal is not None and (word := why_over(deal, timezone.now())):
        raise Unwanted(f"Not sent: the deal was over before it could go out ({word.lower()}).")
    channel = channel_of(delivery.channel)
    message = message_of(delivery)
    row = delivery.user_channel
    if row is None:
        if channel.kind not in (IN_APP, EMAIL):
            raise PermanentError("Its channel was removed.")
        return Letter(channel, message, channel.config(), channel.kind)
    row.user = delivery.notification.user
    if row.state == ChannelState.PAUSED:
        raise Unwanted("Not sent: you paused the channel.")
    if row.state == ChannelState.DISABLED:
        raise Unwanted(f"Not sent: the channel was disabled. {row.disabled_reason}")
    if delivery.created_at < timezone.now() - LATE:
        late = when_late(delivery, row)
        if late.held_until is not None:
            raise Asleep(late.held_until, late.sentence)
    config = opened_config(channel, row.config)
    if obstacle := channel.obstacle(row):
        raise Unwanted(obstacle)
    return Letter(channel, message, config, channel.breaker_name(config))


def attempt(letter: Letter) -> Result:
    """Send, once, unless the service is left alone. Raises nothing."""
    breaker = Breaker(
        f"notify:{letter.service}", failures=BREAK_AFTER, pause=BREAK_SECONDS, first_pause=FIRST_BREAK_SECONDS
    )
    if not breaker.allows():
        error = TransientError("Its service failed several times in a row, and is left alone for a while.")
        return Result(0.0, error=error, is_postponed=True)
    result = _sent(letter, time.perf_counter())
    if result.is_well:
        breaker.succeeded()
    else:
        breaker.failed()
    return result


def _sent(letter: Letter, began: float) -> Result:
    try:
        receipt = letter.channel.send(letter.message, letter.config) or ""
    except DeliveryError as error:
        return Result(_since(began), error=error)
    except Exception:  # whatever else went wrong is tried again, and never stops the other deliveries
        log.exception("Delivery %s failed unexpectedly", letter.message.id)
        return Result(_since(began), error=TransientError(UNEXPECTED))
    return Result(_since(began), receipt)


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def wait_of(delivery: Delivery, channel: Channel, result: Result) -> timedelta | None:
    """When a delivery that failed for now is tried again, from now on; None where it was tried often enough."""
    wait = channel.wait_after(delivery.attempts)
    asked = result.error.retry_after if isinstance(result.error, TransientError) else None
    return max(wait, min(asked, LONGEST_WAIT)) if wait is not None and asked is not None else wait
