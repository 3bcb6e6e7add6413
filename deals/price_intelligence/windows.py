"""Lowest, median and highest price over a time, and where today's price stands among them; all by how long a price held."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from common.templatetags.show import short_money
from deals.price_intelligence.series import History, Step

WINDOWS: Final = (30, 90, 365)
_STANDING_DAYS: Final = 365
_FEWEST_DAYS: Final = 7.0  # of less than a week nothing is said of where a price stands


@dataclass(frozen=True, slots=True)
class Window:
    """The prices of the last `days` days. `median` is weighted by time: half of the observed time it cost at most so much.

    `observed_days` is how much of the time is known, `points` how many prices held at some time in it.
    """

    days: int
    lowest: Decimal
    median: Decimal
    highest: Decimal
    observed_days: float
    points: int
    sentences: tuple[str, ...]

    @property
    def coverage(self) -> float:
        """Which share of the days is known, 0 to 1."""
        return min(1.0, self.observed_days / self.days)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where today's price stands in the last `days` days. `percentile` is the share of the observed time, 0 to 100, at which it
    was cheaper, with half of the time at the same price: 0 is the cheapest. `above` is the share at which it cost more."""

    percentile: float
    above: float
    days: int
    observed_days: float
    is_lowest: bool
    sentences: tuple[str, ...]


def window_of(history: History, days: int) -> Window | None:
    """The prices of the last `days` days until now; None where none is known in that time."""
    steps = history.between(history.now - timedelta(days=days), history.now)
    if not steps:
        return None
    lowest, highest = min(step.price for step in steps), max(step.price for step in steps)
    median = weighted_median(steps)
    observed = sum(step.days for step in steps)
    low, middle, high = (short_money(amount, history.currency) for amount in (lowest, median, highest))
    if lowest == highest:
        words = f"In the last {days} days it always cost {low}"
    else:
        words = f"In the last {days} days it cost between {low} and {high}, in the middle {middle}"
    known = "." if observed >= 0.9 * days else f", as far as we saw it ({_days(observed)} of {days})."
    return Window(days, lowest, median, highest, observed, len({step.start for step in steps}), (words + known,))


def windows_of(history: History) -> tuple[Window, ...]:
    """The windows of 30, 90 and 365 days in which something is known."""
    return tuple(window for window in (window_of(history, days) for days in WINDOWS) if window is not None)


def standing_of(history: History) -> Standing | None:
    """Where the newest price stands in the last year; None with less than a week of prices."""
    steps = history.between(history.now - timedelta(days=_STANDING_DAYS), history.now)
    observed = sum(step.days for step in steps)
    if observed < _FEWEST_DAYS or history.price is None:
        return None
    today = history.price
    below = sum(step.days for step in steps if step.price < today) / observed
    above = sum(step.days for step in steps if step.price > today) / observed
    is_lowest = all(step.price >= today for step in steps)
    percentile = 100 * (below + (1 - below - above) / 2)
    days = min(_STANDING_DAYS, max(1, round(history.span_days)))
    newest = "Today's price" if history.is_current else "The last price that we saw"
    words = _standing_words(newest, below, above, is_lowest, observed)
    return Standing(percentile, 100 * above, days, observed, is_lowest, (words,))


def weighted_median(steps: Sequence[Step]) -> Decimal:
    """The price at or below which it stood for half of the time; between the two where the half falls on a change. The plain
    median where no step lasts."""
    ordered = sorted(steps, key=lambda step: step.price)
    half = sum((step.end - step.start for step in ordered), timedelta()) / 2
    if not half:
        return statistics.median(step.price for step in ordered)
    lasting = [step for step in ordered if step.end > step.start]
    sum_so_far = timedelta()
    for index, step in enumerate(lasting):
        sum_so_far += step.end - step.start
        if sum_so_far == half and index + 1 < len(lasting):
            return (step.price + lasting[index + 1].price) / 2
        if sum_so_far >= half:
            return step.price
    return lasting[-1].price


def lowest_between(history: History, start: datetime, end: datetime) -> tuple[Decimal, float] | None:
    """The lowest price that held at some time from `start` until before `end`, and how many of those days are known; None where
    nothing is."""
    steps = [step for step in history.between(start, end) if step.start < end]
    if not steps:
        return None
    return min(step.price for step in steps), sum(step.days for step in steps)


def _standing_words(newest: str, below: float, above: float, is_lowest: bool, observed: float) -> str:
    seen = f"in {_days(observed)} that we saw"
    if below == above == 0:
        return f"The price never changed {seen}."
    if is_lowest:
        return f"{newest} is the lowest {seen}; it cost more {_share(above)}."
    if below < 0.005:
        return f"It was hardly ever cheaper than that {seen}; it cost more {_share(above)}."
    return f"It was cheaper {_share(below)} {seen}."


def _share(part: float) -> str:
    if part >= 0.995:
        return "nearly all of the time"
    return "less than 1 % of the time" if part < 0.01 else f"{part:.0%} of the time".replace("%", " %")


def _days(days: float) -> str:
    count = max(1, round(days))
    return "1 day" if count == 1 else f"{count} days"
