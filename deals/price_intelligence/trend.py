"""Whether a price rises or falls: the slope of Theil and Sen, and the test of Mann and Kendall.

Both look at the median price of each week, on a logarithmic scale, because prices are kept when they change and not at even times.
Slope: H. Theil (1950), P. K. Sen (1968), with Sen's interval. Test: M. Kendall (1975), with ties; its variance is widened
for prices that follow on each other, after Yue and Wang (2004), since a price that stays is not new evidence each week.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final

from deals.price_intelligence.series import History
from deals.price_intelligence.windows import weighted_median

METHOD: Final = "Theil–Sen slope of weekly median prices, Mann–Kendall test corrected for ties and autocorrelation"
WEEKS: Final = 26
FEWEST_WEEKS: Final = 8
_SIGNIFICANT: Final = 0.05
_SLIGHT: Final = 1.0  # per cent a month: less is no trend that a buyer would notice
_WEEKS_A_MONTH: Final = 30 / 7
_Z95: Final = statistics.NormalDist().inv_cdf(0.975)


class Direction(StrEnum):
    """Where a price is going. STEADY: surely less than 1 % a month; UNCLEAR: it moves, or may, but not in one direction."""

    FALLING = "falling"
    RISING = "rising"
    STEADY = "steady"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Trend:
    """The change in per cent a month (30 days) over the last `weeks` weeks with a price, with its 95 % interval.

    `p_value` is how likely so regular a movement is where there is none.
    """

    direction: Direction
    monthly_percent: float
    low_percent: float
    high_percent: float
    p_value: float
    weeks: int
    sentences: tuple[str, ...]
    method: str = METHOD


@dataclass(frozen=True, slots=True)
class Slope:
    """The median of all slopes between two points, and the 95 % interval around it."""

    value: float
    low: float
    high: float


def trend_of(history: History, weeks: int = WEEKS) -> Trend | None:
    """The trend of the last weeks; None with fewer than eight weeks in which a price is known."""
    points = weekly_medians(history, weeks)
    if len(points) < FEWEST_WEEKS:
        return None
    logs = [(week, math.log(price)) for week, price in points]
    variance = _variance_of_s([value for _, value in logs])
    slope = theil_sen(logs, variance)
    score = mann_kendall_score([value for _, value in logs])
    detrended = [value - slope.value * week for week, value in logs]
    p_value = _p_value(score, variance * _widened_by(detrended))
    monthly, low, high = (
        100 * math.expm1(max(-5.0, min(5.0, _WEEKS_A_MONTH * rate))) for rate in (slope.value, slope.low, slope.high)
    )
    direction = _direction(monthly, low, high, p_value)
    return Trend(direction, monthly, low, high, p_value, len(points), (_words(direction, monthly, len(points)),))


def weekly_medians(history: History, weeks: int) -> list[tuple[int, float]]:
    """The time-weighted median price of each week until now that has one, oldest first: the week's number (0 is the oldest of
    the time asked for) and the price."""
    found = []
    for number in range(weeks):
        start = history.now - timedelta(weeks=weeks - number)
        steps = history.between(start, start + timedelta(weeks=1))
        if sum(step.days for step in steps) > 0:
            found.append((number, float(weighted_median(steps))))
    return found


def theil_sen(points: Sequence[tuple[float, float]], variance: float | None = None) -> Slope:
    """The slope through at least two points with different places; Sen's interval takes the variance of Kendall's S."""
    slopes = sorted(
        (later - earlier) / (after - before)
        for index, (before, earlier) in enumerate(points)
        for after, later in points[index + 1 :]
        if after != before
    )
    if variance is None:
        variance = _variance_of_s([value for _, value in points])
    half = _Z95 * math.sqrt(variance)
    lower = max(0, round((len(slopes) - half) / 2) - 1)
    upper = min(len(slopes) - 1, round((len(slopes) + half) / 2))
    return Slope(statistics.median(slopes), slopes[lower], slopes[upper])


def mann_kendall_score(values: Sequence[float]) -> int:
    """Kendall's S: how many pairs rise, less how many fall."""
    return sum(
        (later > earlier) - (later < earlier) for index, earlier in enumerate(values) for later in values[index + 1 :]
    )


def _variance_of_s(values: Sequence[float]) -> float:
    count = len(values)
    ties = sum(size * (size - 1) * (2 * size + 5) for size in Counter(values).values())
    return (count * (count - 1) * (2 * count + 5) - ties) / 18


def _widened_by(detrended: Sequence[float]) -> float:
    """By how much the variance of S grows with the correlation of neighbours: n over the effective n; at least 1."""
    count = len(detrended)
    mean = statistics.fmean(detrended)
    spread = sum((value - mean) ** 2 for value in detrended)
    if spread <= 1e-18:
        return 1.0
    both = sum((one - mean) * (other - mean) for one, other in pairwise(detrended))
    near = max(0.0, min(0.95, both / spread))
    return 1 + 2 * sum((1 - lag / count) * near**lag for lag in range(1, count))


def _p_value(score: int, variance: float) -> float:
    """Two-sided, by the normal approximation with the correction for continuity."""
    if variance <= 0 or score == 0:
        return 1.0
    return 2 * (1 - statistics.NormalDist().cdf((abs(score) - 1) / math.sqrt(variance)))


def _direction(monthly: float, low: float, high: float, p_value: float) -> Direction:
    if p_value < _SIGNIFICANT and abs(monthly) >= _SLIGHT:
        return Direction.FALLING if monthly < 0 else Direction.RISING
    return Direction.STEADY if low > -_SLIGHT and high < _SLIGHT else Direction.UNCLEAR


def _words(direction: Direction, monthly: float, weeks: int) -> str:
    seen = f"over the last {weeks} weeks that we saw"
    if direction == Direction.STEADY:
        return f"The price is steady {seen}."
    if direction == Direction.UNCLEAR:
        return f"The price shows no clear direction {seen}."
    return f"The price is {direction} by about {abs(monthly):.0f} % a month {seen}."
