"""Calls to a service elsewhere: one kind of failure, and further tries within a time limit."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

TRIES: Final = 3
_FIRST_WAIT: Final = 0.25  # seconds
_LONGEST_WAIT: Final = 4.0

T = TypeVar("T")


class ServiceFailure(Exception):
    """A service gave no usable answer. The message is one plain sentence without secrets.

    `transient`: the same call may well succeed a moment later. `wait`: how many seconds the service asked us to stay away.
    """

    def __init__(self, sentence: str, *, transient: bool = False, wait: float = 0.0) -> None:
        super().__init__(sentence)
        self.transient = transient
        self.wait = wait


def too_slow(service: str) -> ServiceFailure:
    """The failure of a service that has not answered when the time was over."""
    return ServiceFailure(f"{service} did not answer in time.")


def jitter(failures: int) -> float:
    """Seconds to wait after `failures` failed tries (1 or more): anything from 0 to 0.25, 0.5, 1, 2 … at most 4 s.

    "Full jitter": callers that were turned away together do not come back together (Brooker, AWS Architecture Blog, 2015).
    """
    return random.uniform(0, min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (failures - 1)))  # noqa: S311


def call(service: str, once: Callable[[float], T], *, deadline: float, tries: int = TRIES) -> T:
    """What `once(seconds left)` returns, after at most `tries` tries of which none begins after `deadline` (monotonic clock).

    Only transient failures are tried again. Raises the last `ServiceFailure`.
    """
    for failures in range(1, tries + 1):
        left = deadline - time.monotonic()
        if left <= 0:
            raise too_slow(service)
        try:
            return once(left)
        except ServiceFailure as failure:
            wait = max(jitter(failures), failure.wait)
            if not failure.transient or failures == tries or time.monotonic() + wait >= deadline:
                raise
        time.sleep(wait)
    raise too_slow(service)
