"""For the web processes: what is this worth, asked of the pricing worker. Imports no model."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any, Final

from celery import current_app
from celery.exceptions import TaskRevokedError
from celery.exceptions import TimeoutError as NoAnswer
from celery.result import AsyncResult
from celery.states import PENDING
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

# Seconds. A warm worker answers in a fifth of one; a foundation model takes some, and nobody waits much longer for a page.
PATIENCE: Final = 8.0
TASK: Final = "estimate.text"
QUEUE: Final = "pricing"
_SOON: Final = 2.0
_ROLL_CALL: Final = 0.5


class EstimateUnavailable(Exception):
    """No answer can be given now; the message says so to a person."""


class WorkerAway(EstimateUnavailable):
    """Nobody answered in time: the pricing worker is not running, is starting, or has too much to do."""


def estimate_remotely(
    title: str,
    description: str = "",
    price: Decimal | None = None,
    currency: str = "USD",
    *,
    user: uuid.UUID | None = None,
    patience: float = PATIENCE,
) -> dict[str, Any]:
    """The answer of `estimate --json` (contract), with `reasons` and `confidence`, from the pricing worker.

    `user` is who asks, None for a visitor: a foundation model, where there is one, is paid from that user's share.
    Raises `WorkerAway` after `patience` seconds, or as soon as it is known that nobody is there to take the request, and
    `EstimateUnavailable` where the worker failed. A request that nobody took in that time is dropped, so that a worker
    which comes back does not work off old questions; one whose worker died is asked of its successor for as long.
    """
    asked = {
        "title": title,
        "description": description,
        "price": None if price is None else str(price),
        "currency": currency,
    }
    if user is not None:
        asked["user"] = str(user)
    try:
        waiting = current_app.send_task(TASK, kwargs=asked, expires=patience, retry=False)
        answer = _answer(waiting, patience)
    # Revoked is what a worker makes of a request that it came upon too late.
    except (NoAnswer, TaskRevokedError, OperationalError, RedisError, ConnectionError) as error:
        raise WorkerAway("The pricing service does not answer just now. Please try again in a minute.") from error
    except Exception as error:
        raise EstimateUnavailable("The pricing service could not answer this. Please try again later.") from error
    waiting.forget()
    return answer


def _answer(waiting: AsyncResult[Any], patience: float) -> dict[str, Any]:
    """The answer of the worker. Where it is not there soon, and nobody has begun with it, the workers are called by name:
    a person does not wait eight seconds for one that is not running."""
    answer: dict[str, Any]
    if patience > _SOON:
        try:
            answer = waiting.get(timeout=_SOON, interval=0.02)
        except NoAnswer:
            if waiting.state == PENDING and not _somebody_is_there():
                raise
        else:
            return answer
        patience -= _SOON
    answer = waiting.get(timeout=patience, interval=0.02)
    return answer


def _somebody_is_there() -> bool:
    """Whether a worker takes from the queue, busy or not; True where the broker has no way to ask (SQS)."""
    with current_app.connection_for_write() as connection:
        if "fanout" not in connection.transport.implements.exchange_type:
            return True
    queues = current_app.control.inspect(timeout=_ROLL_CALL).active_queues() or {}
    return any(queue["name"] == QUEUE for taken in queues.values() for queue in taken)
