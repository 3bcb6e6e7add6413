"""What a series of scores or prices says about its newest value (design, section 4).

The newest value is held against the five before it and not against a window that it is part of: of five values none lies
more than 4/√5 ≈ 1.79 of their sample standard deviations from their mean, so none could ever be an anomaly.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

WINDOW: Final = 5
_FAR: Final = 2  # sample standard deviations


@dataclass(frozen=True)
class Standing:
    """The five values before the newest one (fewer where there are not so many): how many, their mean, and their sample
    standard deviation. `is_anomaly` is None where there are fewer than five."""

    count: int
    moving_average: float | None
    deviation: float | None
    is_anomaly: bool | None

    def as_json(self) -> dict[str, Any]:
        return {
            "count": self.count,
            "moving_average": None if self.moving_average is None else round(self.moving_average, 4),
            "standard_deviation": None if self.deviation is None else round(self.deviation, 4),
            "is_anomaly": self.is_anomaly,
        }


def moving_average(values: Sequence[float]) -> float | None:
    """The mean of the last five values, or of as many as there are; None for none."""
    return statistics.fmean(values[-WINDOW:]) if values else None


def sample_deviation(values: Sequence[float]) -> float | None:
    """The sample standard deviation (n − 1); None for fewer than two values."""
    return statistics.stdev(values) if len(values) > 1 else None


def standing_of(value: float, before: Sequence[float]) -> Standing:
    """Hold a value against those before it, oldest first."""
    last = before[-WINDOW:]
    average, deviation = moving_average(last), sample_deviation(last)
    anomaly = None
    if len(last) == WINDOW and average is not None and deviation is not None:
        anomaly = abs(value - average) > _FAR * deviation
    return Standing(len(last), average, deviation, anomaly)


def stability_of(prices: Sequence[float]) -> float | None:
    """Price stability, 1 − sample standard deviation / mean: 1 for a price that never moves, below 0 for a wild one.
    None for fewer than two prices, or a mean of nothing."""
    deviation = sample_deviation(prices)
    mean = statistics.fmean(prices) if prices else 0.0
    return None if deviation is None or mean <= 0 else 1 - deviation / mean
