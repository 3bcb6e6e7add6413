"""When work that failed is tried again: three tries, each wait longer than the last, no two at the same moment."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.utils import timezone

MAX_TRIES = 3
FIRST_WAIT = timedelta(seconds=20)
LONGEST_WAIT = timedelta(hours=1)
GROWTH = 4


def wait_after(attempts: int) -> timedelta:
    """Return the wait after `attempts` failed tries (1 or more): 20 s, 80 s, … up to an hour, each ± 50 % by chance.

    The chance keeps workers that failed together (a service was down) from coming back together.
    """
    seconds = FIRST_WAIT.total_seconds() * GROWTH ** min(max(attempts, 1) - 1, 10)
    return timedelta(seconds=min(seconds, LONGEST_WAIT.total_seconds()) * random.uniform(0.5, 1.5))  # noqa: S311


def next_try(attempts: int) -> datetime:
    """Return the time (aware, UTC) before which work that failed `attempts` times is not tried again."""
    return timezone.now() + wait_after(attempts)


def is_exhausted(attempts: int) -> bool:
    """Say whether `attempts` failed tries are enough: the work goes to the dead letters."""
    return attempts >= MAX_TRIES


def sentence_of(error: BaseException) -> str:
    """Return what an error says as one line of at most 500 characters, or its kind where it says nothing."""
    text = " ".join(str(error).split())
    return (text or f"An error without a message: {type(error).__name__}.")[:500]
