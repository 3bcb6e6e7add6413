"""The score of a deal, 0 to 100, with its parts (design, section 4)."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

RELIABILITY: Final = {"amazon": 0.95, "walmart": 0.90, "bestbuy": 0.85, "target": 0.85, "ebay": 0.75}
OTHER_RELIABILITY: Final = 0.60
_TREND: Final = 5
_FLAT: Final = 0.02  # a change of less than 2 % between the halves is no trend
_DISCOUNT_STEPS: Final = ((50, 10), (30, 7), (20, 5), (10, 3))  # over this many per cent: points


@dataclass(frozen=True)
class Score:
    """The score and the parts that it is the sum of, before it was held within 0 to 100."""

    value: int
    parts: dict[str, float]


def base_of(price: Decimal, worth: Decimal, low: Decimal, high: Decimal, confidence: float) -> float:
    """Where no language model gave one: 50 for a price at its worth, more below and less above, pulled to 50 by doubt.

    A price at the cautious end of a certain interval gives about 75.
    """
    width = max(high - low, worth / 50, Decimal("0.01"))
    below = float((worth - price) / (width / 2))
    return 50 + max(-40.0, min(40.0, 25 * below)) * (0.4 + 0.6 * max(0.0, min(1.0, confidence)))


def trend_of(prices: Sequence[Decimal]) -> float:
    """+5 for falling prices, −5 for rising ones, 0 for flat or too few; oldest first, the halves' means compared."""
    if len(prices) < 2:
        return 0.0
    half = len(prices) // 2
    earlier, later = (statistics.mean(map(float, part)) for part in (prices[:half], prices[-half:]))
    if earlier <= 0 or abs(later - earlier) <= _FLAT * earlier:
        return 0.0
    return float(_TREND if later < earlier else -_TREND)


def reliability_points(marketplace: str) -> float:
    """(reliability − 0.8) × 10 of a marketplace by its name, such as "amazon" or "amazon.com"."""
    name = marketplace.lower().removeprefix("www.").split(".")[0].replace(" ", "")
    return round((RELIABILITY.get(name, OTHER_RELIABILITY) - 0.8) * 10, 4)


def discount_points(percent: Decimal | float | None) -> float:
    """Over 50 % +10, over 30 % +7, over 20 % +5, over 10 % +3."""
    return float(next((points for over, points in _DISCOUNT_STEPS if percent is not None and percent > over), 0))


def competitiveness_points(price: Decimal, market: Sequence[Decimal]) -> float:
    """Below 80 % of the market average +10, below 90 % +5, above 110 % −5; 0 where no market price is known."""
    if not market:
        return 0.0
    share = float(price) / max(statistics.mean(map(float, market)), 0.01)
    return 10.0 if share < 0.8 else 5.0 if share < 0.9 else -5.0 if share > 1.1 else 0.0


def score(
    *,
    base: float,
    price: Decimal,
    marketplace: str,
    discount_percent: Decimal | None,
    history: Sequence[Decimal] = (),
    market: Sequence[Decimal] = (),
) -> Score:
    """Add the parts up and hold the sum within 0 and 100. `history`: this deal's prices, oldest first, in its currency;
    `market`: prices of comparables in the same currency."""
    parts = {
        "base": round(base, 2),
        "trend": trend_of(history),
        "reliability": reliability_points(marketplace),
        "discount": discount_points(discount_percent),
        "competitiveness": competitiveness_points(price, market),
    }
    return Score(value=round(max(0.0, min(100.0, sum(parts.values())))), parts=parts)
