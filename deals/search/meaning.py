"""The vector of what somebody typed, made by the pricing worker, which has the model; this module loads none.

The worker leaves its answer in the cache, where the next one who asks the same finds it. A person who searches waits for it a tenth of a
second at most. While the worker is known to be away or busy it is not asked at all, since questions that nobody waits for keep it from
the next one: then a search is by words and spelling alone, and says so.
"""

from __future__ import annotations

import hashlib
import logging
import struct
import time
from dataclasses import dataclass
from typing import Final

from celery import current_app
from django.core.cache import cache
from kombu.exceptions import OperationalError
from pgvector import HalfVector
from redis.exceptions import RedisError

from deals.models import EMBEDDING_DIMENSIONS

TASK: Final = "search.meaning"
PATIENCE: Final = 0.1  # seconds
_STEP: Final = 0.003
_PAUSE: Final = 1  # seconds without asking, after a wait in vain
_EXPIRES: Final = 10.0  # seconds; later nobody asks the same again
_KEPT: Final = (
    3_600  # seconds; making it anew costs the worker some 10 ms, and what strangers type must not fill the cache
)
_LONGEST: Final = 200  # characters
_FORM: Final = f"<{EMBEDDING_DIMENSIONS}e"
_BUSY: Final = "search:meaning:busy"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to the worker: its key in the cache, the answer where it was there, and until when to wait for one; no key where there is
    nobody to ask."""

    key: str = ""
    vector: HalfVector | None = None
    until: float = 0.0

    def answer(self) -> HalfVector | None:
        """The vector of length one; None where the worker does not answer soon."""
        if self.vector is not None or not self.key:
            return self.vector
        while (found := _cached(self.key)) is None:
            if time.monotonic() >= self.until:
                _remember_busy()
                return None
            time.sleep(_STEP)
        return found


def ask(text: str) -> Asked:
    """Ask for the vector of a text. The database can be asked other things before its `answer` is fetched."""
    text = text[:_LONGEST]
    if not text:
        return Asked()
    key = _key(text)
    try:
        found = _cached(key)
        if found is not None:
            return Asked(key, found)
        if cache.get(_BUSY) is not None:
            return Asked()
        current_app.send_task(TASK, args=[text], ignore_result=True, retry=False, expires=_EXPIRES)
    except (OperationalError, RedisError, OSError):
        logger.warning("The meaning of a search cannot be asked for: the broker or the cache does not answer")
        return Asked()
    return Asked(key, until=time.monotonic() + PATIENCE)


def keep(text: str, vector: list[float]) -> None:
    """For the worker: leave the vector of this text where whoever asked finds it."""
    cache.set(_key(text), struct.pack(_FORM, *vector), _KEPT)


def is_kept(text: str) -> bool:
    """For the worker: whether the answer is there already, since several may have asked the same."""
    return cache.get(_key(text)) is not None


def _cached(key: str) -> HalfVector | None:
    try:
        found = cache.get(key)
    except (RedisError, OSError):
        return None
    return None if found is None else HalfVector(list(struct.unpack(_FORM, found)))


def _remember_busy() -> None:
    try:
        cache.set(_BUSY, 1, _PAUSE)
    except (RedisError, OSError):
        logger.warning("The cache does not answer")


def _key(text: str) -> str:
    return f"search:meaning:{hashlib.sha256(text.encode()).hexdigest()[:32]}"
