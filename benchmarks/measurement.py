"""What a benchmark gives, and how a time is taken."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Measurement:
    """One number. Times differ from machine to machine; a ratio within one run can be compared between them."""

    name: str
    value: float
    unit: str


def best_seconds(work: Callable[[], object], rounds: int = 5) -> float:
    """The shortest wall time of `rounds` calls, in seconds: the one that other programs disturbed least."""

    def once() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return min(once() for _ in range(rounds))
