"""The score of a deal, 0 to 100, with its parts (design, section 4).

Every part grows or stays the same where the price falls and nothing else changes, so a cheaper identical deal never scores lower.
A change of any number or rule here is a new `VERSION`; a test holds that.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from deals.reliability import ASSUMED, ASSUMED_OTHERS, FURTHEST

VERSION: Final = "2026.11.1"
"""Stored with each score. Scores from before there were versions have an empty one."""

_USUAL_RELIABILITY: Final = 0.8
_TREND: Final = 5
_FLAT: Final = 0.02  # a change of less than 2 % between the halves is no trend
_DISCOUNT_STEPS: Final = ((50, 10), (30, 7), (20, 5), (10, 3))  # over this many per cent: points
_MARKET_STEPS: Final = ((0.8, 10), (0.9, 5))  # below this share of the market average: points
_ABOVE_MARKET: Final = (1.1, -5)
_MIDDLE: Final = 50  # the base of a price at its worth
_SLOPE: Final = 25  # points for each half of the interval's width below the worth
_FURTHEST: Final = 40
_LEAST_TRUST: Final = 0.4


@dataclass(frozen=True)
class Score:
    """The score, the parts that it is the sum of before it was held within 0 to 100, and what each part was worked out from."""

    value: int
    parts: dict[str, float]
    inputs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """One part of the formula in words, with the least and the most points that it can give."""

    part: str
    title: str
    words: str
    least: float
    most: float


def base_of(price: Decimal, worth: Decimal, low: Decimal, high: Decimal, confidence: float) -> float:
    """50 for a price at its worth, more below and less above, pulled to 50 by doubt.

    A price at the cautious end of a certain interval gives about 75.
    """
    width = max(high - low, worth / 50, Decimal("0.01"))
    below = float((worth - price) / (width / 2))
    trust = _LEAST_TRUST + (1 - _LEAST_TRUST) * max(0.0, min(1.0, confidence))
    return _MIDDLE + max(-float(_FURTHEST), min(float(_FURTHEST), _SLOPE * below)) * trust


def halves_of(prices: Sequence[Decimal]) -> tuple[float, float] | None:
    """The means of the earlier and of the later half, oldest first, without the middle one; None for fewer than two prices."""
    if len(prices) < 2:
        return None
    half = len(prices) // 2
    return statistics.mean(map(float, prices[:half])), statistics.mean(map(float, prices[-half:]))


def trend_of(prices: Sequence[Decimal]) -> float:
    """+5 for falling prices, −5 for rising ones, 0 for flat or too few; oldest first, the halves' means compared."""
    halves = halves_of(prices)
    if halves is None:
        return 0.0
    earlier, later = halves
    if earlier <= 0 or abs(later - earlier) <= _FLAT * earlier:
        return 0.0
    return float(_TREND if later < earlier else -_TREND)


def reliability_points(reliability: float) -> float:
    """(reliability − 0.8) × 10, for a reliability from 0 to 1 (`deals.reliability`)."""
    return round((reliability - _USUAL_RELIABILITY) * 10, 4)


def discount_points(percent: Decimal | float | None) -> float:
    """Over 50 % +10, over 30 % +7, over 20 % +5, over 10 % +3."""
    return float(next((points for over, points in _DISCOUNT_STEPS if percent is not None and percent > over), 0))


def market_average(market: Sequence[Decimal]) -> float | None:
    """The mean of the prices of comparables; None where none is known."""
    return max(statistics.mean(map(float, market)), 0.01) if market else None


def competitiveness_points(price: Decimal, market: Sequence[Decimal]) -> float:
    """Below 80 % of the market average +10, below 90 % +5, above 110 % −5; 0 where no market price is known."""
    average = market_average(market)
    if average is None:
        return 0.0
    share, (above, off) = float(price) / average, _ABOVE_MARKET
    below = next((points for under, points in _MARKET_STEPS if share < under), 0)
    return float(below or (off if share > above else 0))


def score(
    *,
    base: float,
    price: Decimal,
    reliability: float,
    discount_percent: Decimal | None,
    history: Sequence[Decimal] = (),
    market: Sequence[Decimal] = (),
    base_from: str = "valuation",
) -> Score:
    """Add the parts up and hold the sum within 0 and 100. `reliability`: that of the marketplace, 0 to 1; `history`: this deal's prices,
    oldest first, in its currency; `market`: prices of comparables in the same currency; `base_from`: whose base it is, "valuation" or
    "language model"."""
    parts = {
        "base": round(base, 2),
        "trend": trend_of(history),
        "reliability": reliability_points(reliability),
        "discount": discount_points(discount_percent),
        "competitiveness": competitiveness_points(price, market),
    }
    halves, average = halves_of(history), market_average(market)
    inputs = {
        "base_from": base_from,
        "earlier_price": None if halves is None else f"{halves[0]:.2f}",
        "later_price": None if halves is None else f"{halves[1]:.2f}",
        "reliability": round(reliability, 4),
        "discount_percent": None if discount_percent is None else str(discount_percent),
        "market_average": None if average is None else f"{average:.2f}",
        "market_prices": len(market),
        "sum": round(sum(parts.values()), 2),
    }
    return Score(value=round(max(0.0, min(100.0, sum(parts.values())))), parts=parts, inputs=inputs)


def rules() -> tuple[Rule, ...]:
    """The formula of `VERSION` in words, made from the numbers above so that the two cannot disagree."""
    steps = ", ".join(f"over {over} % {points:+d}" for over, points in _DISCOUNT_STEPS)
    market = ", ".join(f"below {under:.0%} {points:+d}" for under, points in _MARKET_STEPS).replace("%", " %")
    above = f"above {_ABOVE_MARKET[0]:.0%} {_ABOVE_MARKET[1]:+d}".replace("%", " %")
    least, most = min(*ASSUMED.values(), ASSUMED_OTHERS) - FURTHEST, min(1.0, max(ASSUMED.values()) + FURTHEST)
    return (
        Rule(
            "base",
            "Worth against price",
            f"{_MIDDLE} for a price at its worth; {_SLOPE} points more for each half of the interval's width below it, as many less "
            f"above it, {_FURTHEST} at most; times {_LEAST_TRUST} to 1 by how sure we are. Where a language model named a price, that "
            "is the worth here.",
            _MIDDLE - _FURTHEST,
            _MIDDLE + _FURTHEST,
        ),
        Rule(
            "trend",
            "Price trend",
            f"The deal's prices of the last 30 days, the mean of the later half against that of the earlier one: falling "
            f"{_TREND:+d}, rising {-_TREND:+d}, nothing within {_FLAT * 100:.0f} %.".replace("-", "−"),
            -_TREND,
            _TREND,
        ),
        Rule(
            "reliability",
            "Reliability of the source",
            f"(reliability − {_USUAL_RELIABILITY}) × 10; "
            + ", ".join(f"{name} {value:.2f}" for name, value in ASSUMED.items())
            + f", any other {ASSUMED_OTHERS:.2f}; moved by {FURTHEST:.1f} at most by what people bought, kept and turned down there.",
            reliability_points(least),
            reliability_points(most),
        ),
        Rule("discount", "Size of the discount", f"Against the worth: {steps}.", 0, _DISCOUNT_STEPS[0][1]),
        Rule(
            "competitiveness",
            "Against the market",
            f"The price as a share of the comparables' average price: {market}, {above}.".replace("-", "−"),
            _ABOVE_MARKET[1],
            _MARKET_STEPS[0][1],
        ),
    )
