"""The score of a deal taken apart, as pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from common.templatetags.show import short_money
from deals.models import Deal

_PARTS: Final = {
    "base": "Worth against price",
    "trend": "Price trend",
    "reliability": "Reliability of the source",
    "discount": "Size of the discount",
    "competitiveness": "Against the market",
}


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One line of the score: what it is, why it has so many points, and the points."""

    words: str
    why: str
    points: str


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A score with its parts. `total` is their sum where that was held at 0 or at 100, else empty; `unusual` is a sentence where the
    score is far from the product's last five."""

    score: int
    version: str
    parts: list[ScorePart]
    total: str
    unusual: str
    stability: str


def breakdown_of(deal: Deal) -> Breakdown | None:
    """What was stored with a deal's score, made ready to show; None without a score. Parts of an odd shape are left out."""
    valuation = deal.valuation
    if valuation is None or valuation.score is None:
        return None
    parts, inputs = _mapping(valuation.score_parts), _mapping(valuation.score_inputs)
    rows = []
    # PostgreSQL orders the names of a stored object by their length.
    for name in [*(known for known in _PARTS if known in parts), *(other for other in parts if other not in _PARTS)]:
        points = _number(parts[name])
        if points is not None:
            words = _PARTS.get(name, str(name).replace("_", " ").capitalize())
            rows.append(ScorePart(words, _why(name, inputs, deal), _points(points, signed=name != "base")))
    total = _number(inputs.get("sum"))
    held = total is not None and not 0 <= total <= 100
    statistics = _mapping(valuation.statistics)
    return Breakdown(
        score=valuation.score,
        version=valuation.score_version,
        parts=rows,
        total=_points(total, signed=False) if total is not None and held else "",
        unusual=_unusual(_mapping(statistics.get("score"))),
        stability=_stability(statistics),
    )


def _why(name: str, inputs: Mapping[str, Any], deal: Deal) -> str:
    def money(key: str) -> str:
        amount = _number(inputs.get(key))
        return "" if amount is None else short_money(amount, deal.currency, rough=True)

    if not inputs:
        return ""
    if name == "base":
        return "from a language model's price" if inputs.get("base_from") == "language model" else "from our worth"
    if name == "trend":
        if not money("earlier_price"):
            return "one price in the last 30 days"
        return f"{money('earlier_price')}, then {money('later_price')} on average"
    if name == "reliability":
        return f"{inputs.get('reliability')} for {deal.marketplace}"
    if name == "discount":
        percent = _number(inputs.get("discount_percent"))
        if percent is None or percent <= 0:
            return "none against its worth"
        return f"{percent:.0f} % against its worth"
    if name == "competitiveness":
        if not money("market_average"):
            return "no market price known"
        return f"{money('market_average')} is the average of {inputs.get('market_prices')} comparable prices"
    return ""


def _unusual(standing: Mapping[str, Any]) -> str:
    average, deviation = _number(standing.get("moving_average")), _number(standing.get("standard_deviation"))
    if not standing.get("is_anomaly") or average is None or deviation is None:
        return ""
    return (
        f"This score is unusual: the last five of this product averaged {average:.0f}, and differed by {deviation:.1f}."
    )


def _stability(statistics: Mapping[str, Any]) -> str:
    stability, prices = _number(statistics.get("price_stability")), _number(statistics.get("prices"))
    if stability is None or prices is None:
        return ""
    return f"{max(Decimal(0), stability):.0%}".replace("%", " %") + f" stable, over {prices:.0f} prices"


def _points(points: Decimal, *, signed: bool) -> str:
    text = f"{points:+.1f}" if signed else f"{points:.1f}"
    return text.removesuffix(".0").replace("-", "−")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
