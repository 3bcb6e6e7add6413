"""Asking the database one thing while another is asked of it: on a thread, by a second connection."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Final, TypeVar

from django.db import OperationalError, connection

Result = TypeVar("Result")

_MOST: Final = 4
"""So many at once; beside them, whoever asks waits as without this module."""
_free = threading.BoundedSemaphore(_MOST)


def beside(work: Callable[[], Result]) -> Callable[[], Result]:
    """Begin to read something, and return what waits for its result, or raises what it raised.

    It is not begun before the result is asked for where nothing is won by it or it would read other things: without a pool of
    connections, since a new one takes longer than most questions; within a transaction, whose writes another connection does not see;
    and where enough others are at it. So is what found no connection free.
    """
    has_pool = connection.settings_dict["OPTIONS"].get("pool") is not None
    if not has_pool or connection.in_atomic_block or not _free.acquire(blocking=False):
        return work
    begun = _threads().submit(_alone, work)

    def result() -> Result:
        try:
            return begun.result()
        except OperationalError:
            return work()

    return result


def _alone(work: Callable[[], Result]) -> Result:
    try:
        return work()
    finally:
        connection.close()  # which gives it back to the pool
        _free.release()


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_MOST, "search")
