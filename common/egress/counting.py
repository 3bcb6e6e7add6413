"""How many requests went out, for what and with which outcome, over all processes: a hash in Redis.

Each process counts for itself and adds what it has counted every few seconds. While Redis is away it keeps counting.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import redis
from django.conf import settings

logger = logging.getLogger("common.egress")

Role = Literal[
    "scan", "robots", "webhook", "picture", "push", "slack", "pushover", "apprise", "oidc", "api", "extract", "other"
]
"""What a request is for."""

KEY: Final = "dealfinder:egress:requests"
FLUSH_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class RequestCount:
    """So many requests for one purpose ended in one way: `ok`, `not_modified`, `status_4xx` …, or as in `EgressError`."""

    role: str
    outcome: str
    requests: int
    bytes: int
    seconds: float


class _Counter:
    """What this process has counted and not yet added. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._next = 0.0

    def add(self, role: str, outcome: str, size: int, seconds: float) -> None:
        with self._lock:
            for unit, amount in (("requests", 1), ("bytes", size), ("microseconds", round(seconds * 1_000_000))):
                self._counts[f"{role}:{outcome}:{unit}"] += amount
            due = time.monotonic() >= self._next
        if due:
            self.flush()

    def flush(self) -> None:
        """Add what was counted to the sum of all processes."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            self._next = time.monotonic() + FLUSH_SECONDS
        if not counts:
            return
        try:
            with _connection(settings.REDIS_URL).pipeline(transaction=False) as pipeline:
                for name, amount in counts.items():
                    pipeline.hincrby(KEY, name, amount)
                pipeline.execute()
        except (redis.RedisError, OSError):
            logger.debug("The counts of outgoing requests could not be added; they are kept for later")
            with self._lock:
                self._counts.update(counts)

    def forget(self) -> None:
        """Begin anew in a forked process."""
        self._lock = threading.Lock()
        self._counts = Counter()


_COUNTER: Final = _Counter()
os.register_at_fork(after_in_child=_COUNTER.forget)
atexit.register(_COUNTER.flush)


def note(role: Role, host: str, outcome: str, size: int, seconds: float) -> None:
    """Count one request and log it, without its path, which may hold a secret."""
    _COUNTER.add(role, outcome, size, seconds)
    logger.debug(
        "%s of %s: %s",
        role,
        host,
        outcome,
        extra={"role": role, "host": host, "outcome": outcome, "bytes": size, "seconds": round(seconds, 3)},
    )


def request_counts() -> list[RequestCount]:
    """All requests since Redis was emptied, by purpose and outcome; none while Redis is away."""
    _COUNTER.flush()
    try:
        found = _connection(settings.REDIS_URL).hgetall(KEY)
    except (redis.RedisError, OSError):
        return []
    sums: dict[tuple[str, str], dict[str, int]] = {}
    for name, amount in found.items():
        role, outcome, unit = str(name).split(":")
        sums.setdefault((role, outcome), {})[unit] = int(amount)
    return [
        RequestCount(role, outcome, each.get("requests", 0), each.get("bytes", 0), each.get("microseconds", 0) / 1e6)
        for (role, outcome), each in sorted(sums.items())
    ]


@lru_cache(maxsize=1)
def _connection(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1, decode_responses=True)
