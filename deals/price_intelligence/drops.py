"""When the next drop of a price may come, from how often it dropped.

Drops of at least 5 % are taken to come at an even rate that we do not know. Before anything is seen the rate is a Gamma
distribution with shape `PRIOR_DROPS` over `PRIOR_DAYS` observed days; k drops in T days make it Gamma(a + k, b + T). The time to
the next one then follows the distribution of Lomax, P(more than x) = ((b + T) / (b + T + x)) ** (a + k): its spread holds both
chance and how little we know (Gelman et al., Bayesian Data Analysis, 2.6). That the last drop was long ago tells nothing under
this assumption. How well the chance holds on real prices: docs/measurements.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final

from deals.price_intelligence.series import History

LEAST_DROP: Final = Decimal("0.05")
PRIOR_DROPS: Final = 0.5
PRIOR_DAYS: Final = 90.0
FEW_DROPS: Final = 3
_FAR_DAYS: Final = 3650.0


@dataclass(frozen=True, slots=True)
class Drop:
    """A fall of the price at a time."""

    at: datetime
    before: Decimal
    after: Decimal

    @property
    def percent(self) -> float:
        return float(100 * (self.before - self.after) / self.before)


@dataclass(frozen=True, slots=True)
class NextDrop:
    """Days until the next drop of 5 % or more: the middle, and the 80 % interval (10 % come sooner than `low_days`, 10 % later than
    `high_days`); the chance that one comes within 30 days, 0 to 1. `usual_percent` is the middle of the drops seen."""

    drops: int
    observed_days: float
    median_days: float
    low_days: float
    high_days: float
    within_30_days: float
    usual_percent: float | None
    last_at: datetime | None
    is_guess: bool
    sentences: tuple[str, ...]


def drops_of(history: History) -> list[Drop]:
    """Every fall of at least 5 % from one price to the next, oldest first. What fell within a gap counts at its end."""
    return [
        Drop(after.start, before.price, after.price)
        for before, after in pairwise(history.runs())
        if after.price <= before.price * (1 - LEAST_DROP)
    ]


def next_drop_of(history: History) -> NextDrop | None:
    """When the next drop may come; None where no price was seen for any time."""
    observed = history.observed_days
    if observed <= 0:
        return None
    drops = drops_of(history)
    shape, days = PRIOR_DROPS + len(drops), PRIOR_DAYS + observed
    low, median, high = (_quantile(share, shape, days) for share in (0.1, 0.5, 0.9))
    within = 1 - (days / (days + 30)) ** shape
    sizes = sorted(drop.percent for drop in drops)
    usual = sizes[len(sizes) // 2] if sizes else None
    return NextDrop(
        drops=len(drops),
        observed_days=observed,
        median_days=median,
        low_days=low,
        high_days=high,
        within_30_days=within,
        usual_percent=usual,
        last_at=drops[-1].at if drops else None,
        is_guess=len(drops) < FEW_DROPS,
        sentences=_words(len(drops), observed, median, low, high, within, usual),
    )


def _quantile(share: float, shape: float, days: float) -> float:
    return float(min(_FAR_DAYS, days * ((1 - share) ** (-1 / shape) - 1)))


def _words(
    drops: int, observed: float, median: float, low: float, high: float, within: float, usual: float | None
) -> tuple[str, ...]:
    days = f"{max(1, round(observed))} {'day' if round(observed) <= 1 else 'days'}"
    chance = f"The chance of a drop of 5 % or more within 30 days is about {round(100 * within)} %"
    if usual is None:
        return (f"We have seen no drop of 5 % or more in {days}. {chance}, which is a guess.",)
    times = f"once in {days}, by" if drops == 1 else f"{drops} times in {days}, usually by about"
    seen = f"It dropped by 5 % or more {times} {usual:.0f} %."
    when = f"The next drop may come in about {_span(median)} (8 in 10: {_span(low)} to {_span(high)})."
    doubt = ", which is a guess from so few drops." if drops < FEW_DROPS else "."
    return seen, when, chance + doubt


def _span(days: float) -> str:
    if days < 1:
        return "less than a day"
    if days < 60:
        return f"{round(days)} {'day' if round(days) == 1 else 'days'}"
    return f"{round(days / 30)} months" if days < 730 else "more than two years"
