"""The specialist behind a SageMaker endpoint, asked in parts side by side; where it is missing the local one answers."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import date
from typing import Final

from django.conf import settings
from pydantic import ValidationError

from agents.pricing.batch import Batch
from agents.pricing.preparing import Description
from agents.pricing.remote.answers import RemoteAnswer
from agents.pricing.remote.exchange import Predictions, request_of
from agents.pricing.remote.sagemaker import TITLE, invoke
from common.breaker import Breaker
from common.services import ServiceFailure, too_slow

_AT_ONCE: Final = 4
_GRACE: Final = 0.2  # seconds
logger = logging.getLogger(__name__)


def breaker_of(endpoint: str) -> Breaker:
    """The circuit breaker that all processes share for an endpoint."""
    return Breaker(f"sagemaker:{endpoint}")


def ask_endpoint(
    batch: Batch, descriptions: Sequence[Description], today: date, *, seconds: float
) -> list[RemoteAnswer] | None:
    """What the endpoint says about each item of a batch, within `seconds`; None where no endpoint is set.

    `descriptions` is what the batch was prepared from. Never raises because of a service: a part that failed has
    answers with the reason in `error`.
    """
    endpoint = settings.SAGEMAKER_ENDPOINT
    if not endpoint:
        return None
    breaker, missing = breaker_of(endpoint), RemoteAnswer(f"sagemaker:{endpoint}")
    answers = [replace(missing, error=str(too_slow(TITLE)))] * len(batch)
    step = settings.SAGEMAKER_BATCH
    parts = [range(start, min(start + step, len(batch))) for start in range(0, len(batch), step)]
    deadline = time.monotonic() + seconds
    pool = ThreadPoolExecutor(max(1, min(_AT_ONCE, len(parts))), thread_name_prefix="sagemaker")
    try:
        under_way: dict[Future[list[RemoteAnswer]], range] = {}
        for part in parts:
            body = request_of(batch, descriptions, part, today)
            under_way[pool.submit(_ask_part, breaker, missing, body, len(part), deadline)] = part
        done, late = wait(under_way, timeout=max(0.0, deadline + _GRACE - time.monotonic()))
        for future in done:
            part = under_way[future]
            answers[part.start : part.stop] = future.result()
        if late:
            breaker.failed()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return answers


def _ask_part(breaker: Breaker, missing: RemoteAnswer, body: bytes, count: int, deadline: float) -> list[RemoteAnswer]:
    if not breaker.allows():
        return [replace(missing, error=f"{TITLE} failed repeatedly, so it is left alone for a while.")] * count
    started = time.monotonic()
    try:
        said = _checked(invoke(body, deadline=deadline), count)
    except Exception as error:
        breaker.failed()
        if not isinstance(error, ServiceFailure):
            logger.exception("The endpoint of the specialist could not be asked")
        sentence = str(error) if isinstance(error, ServiceFailure) else f"{TITLE} could not be asked."
        return [replace(missing, milliseconds=_each(started, count), error=sentence)] * count
    breaker.succeeded()
    version, taken = f"{missing.version}:{said.version}", _each(started, count)
    return [RemoteAnswer(version, float(log), taken) for log in said.logs()]


def _checked(content: bytes, count: int) -> Predictions:
    try:
        said = Predictions.model_validate_json(content)
    except ValidationError:
        raise ServiceFailure(f"{TITLE} answered in another form.") from None
    if len(said.predictions) != count:
        raise ServiceFailure(f"{TITLE} answered for {len(said.predictions)} items instead of {count}.")
    return said


def _each(started: float, count: int) -> float:
    return 1000 * (time.monotonic() - started) / max(1, count)
