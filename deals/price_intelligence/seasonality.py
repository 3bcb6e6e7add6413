"""In which months a thing is cheap, once a year of it was seen.

Each week's median price is set against the line of Theil and Sen through all of them (only from two years on: within one year a
trend and a season cannot be told apart, so none is taken off), on a logarithmic scale. A month's effect is the median of its
weeks. Strength is that of Hyndman and Athanasopoulos (Forecasting: principles and practice, 6.7): 1 less the share of the spread
that the months do not explain, 0 to 1. Each month of a single year explains itself, so a season takes a month that was cheap in
two years at least; of one year only its cheapest month is told, and that it may be chance.
"""

from __future__ import annotations

import calendar
import math
import statistics
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from deals.price_intelligence.series import History
from deals.price_intelligence.trend import theil_sen, weekly_medians

LEAST_DAYS: Final = 365
_LEAST_MONTHS: Final = 10
_MOST_WEEKS: Final = 5 * 52
_STRONG: Final = 0.4
_DEEP: Final = 5.0  # per cent below the usual price


@dataclass(frozen=True, slots=True)
class MonthEffect:
    """How far a month's prices lie from the usual ones, in per cent, and in how many years that month was seen."""

    month: int
    percent: float
    years: int


@dataclass(frozen=True, slots=True)
class Seasonality:
    """The months that were seen, January first. `is_repeated`: the cheapest month was seen in two years or more. `is_seasonal`: it
    was, it is at least 5 % below the usual price and at least half of that in every year, and the months explain at least 40 % of
    the movement."""

    months: tuple[MonthEffect, ...]
    cheapest: MonthEffect
    strength: float
    is_seasonal: bool
    is_repeated: bool
    sentences: tuple[str, ...]


def seasonality_of(history: History) -> Seasonality | None:
    """The seasons of a price; None with less than a year, or with fewer than ten months of the twelve."""
    if history.span_days < LEAST_DAYS:
        return None
    weeks = weekly_medians(history, min(_MOST_WEEKS, math.ceil(history.span_days / 7)))
    if len(weeks) < 2:
        return None
    first = history.now - timedelta(weeks=min(_MOST_WEEKS, math.ceil(history.span_days / 7)))
    logs = [(week, math.log(price)) for week, price in weeks]
    slope = theil_sen(logs).value if history.span_days >= 2 * LEAST_DAYS else 0.0
    level = statistics.median(value - slope * week for week, value in logs)
    by_month: dict[int, list[float]] = defaultdict(list)
    years: dict[int, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for week, value in logs:
        middle = first + timedelta(weeks=week, days=3.5)
        by_month[middle.month].append(value - slope * week - level)
        years[middle.month][middle.year].append(value - slope * week - level)
    if len(by_month) < _LEAST_MONTHS:
        return None
    effects = {month: statistics.median(values) for month, values in sorted(by_month.items())}
    months = tuple(MonthEffect(month, 100 * math.expm1(effect), len(years[month])) for month, effect in effects.items())
    cheapest = min(months, key=lambda each: each.percent)
    strength = _strength(by_month, effects)
    deep, repeated = cheapest.percent <= -_DEEP, cheapest.years >= 2
    again = all(100 * statistics.median(values) <= -_DEEP / 2 for values in years[cheapest.month].values())
    seasonal = deep and repeated and again and strength >= _STRONG
    words = _words(cheapest, seasonal, alone=deep and not repeated)
    return Seasonality(months, cheapest, strength, seasonal, repeated, (words,))


def _strength(by_month: dict[int, list[float]], effects: dict[int, float]) -> float:
    every = [value for values in by_month.values() for value in values]
    spread = statistics.pvariance(every)
    if spread <= 1e-12:
        return 0.0
    left = statistics.pvariance([value - effects[month] for month, values in by_month.items() for value in values])
    return max(0.0, 1 - left / spread)


def _words(cheapest: MonthEffect, seasonal: bool, *, alone: bool) -> str:
    name = calendar.month_name[cheapest.month]
    depth = f"about {-cheapest.percent:.0f} % below its usual price"
    if seasonal:
        return f"It tends to be cheapest in {name}, {depth}, in {cheapest.years} years that we saw."
    if alone:
        return f"It was cheapest in {name}, {depth}; that is one year alone, which may be chance."
    return "We see no season in the price."
