"""For the web processes: what is this worth, asked of the pricing worker. Imports no model."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any, Final

from celery import current_app
from celery.exceptions import TimeoutError as NoAnswer
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

PATIENCE: Final = 8.0  # seconds
TASK: Final = "estimate.text"


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
    Raises `WorkerAway` after `patience` seconds, and `EstimateUnavailable` where the worker failed. A request that nobody
    took in that time is dropped, so that a worker which comes back does not work off old questions.
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
        answer: dict[str, Any] = waiting.get(timeout=patience, interval=0.05)
    except (NoAnswer, OperationalError, RedisError, ConnectionError) as error:
        raise WorkerAway("The pricing service does not answer just now. Please try again in a minute.") from error
    except Exception as error:
        raise EstimateUnavailable("The pricing service could not answer this. Please try again later.") from error
    waiting.forget()
    return answer
