"""The small chart of the prices seen for a deal: straight lines on percentages, so that it fits any width unstretched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from common.templatetags.show import short_money
from deals.models import Deal, PricePoint
from deals.web.worth_bar import percent, round_up

HEIGHT = 128
_TOP = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One straight line; x in percent, y in pixels."""

    x1: str
    y1: str
    x2: str
    y2: str


@dataclass(frozen=True, slots=True)
class Trend:
    """The chart: a step line through the prices, a dot for each change, labelled grid lines, and the two ends of time."""

    lines: list[Line]
    dots: list[tuple[str, str]]
    grid: list[tuple[str, str]]
    first: datetime
    last: datetime
    description: str


def trend_of(deal: Deal, points: Sequence[PricePoint], now: datetime) -> Trend | None:
    """The chart of at least two prices in the deal's currency, oldest first, until `now`; None for fewer."""
    same = [point for point in points if point.currency == deal.currency]
    if len(same) < 2:
        return None
    start = same[0].observed_at
    span = max((now - start) / timedelta(seconds=1), 1.0)
    top = round_up(max(point.price for point in same))

    def x(moment: datetime) -> str:
        return percent(max(0.0, min((moment - start) / timedelta(seconds=1) / span, 1.0)) * 100)

    def y(price: Decimal) -> str:
        return f"{HEIGHT - float(price / top) * (HEIGHT - _TOP):.1f}"

    lines: list[Line] = []
    ends = [*(point.observed_at for point in same[1:]), now]
    for index, (point, end) in enumerate(zip(same, ends, strict=True)):
        lines.append(Line(x(point.observed_at), y(point.price), x(end), y(point.price)))
        if index + 1 < len(same):
            lines.append(Line(x(end), y(point.price), x(end), y(same[index + 1].price)))
    low, high = min(point.price for point in same), max(point.price for point in same)
    return Trend(
        lines=lines,
        dots=[(x(point.observed_at), y(point.price)) for point in same],
        grid=[(y(amount), short_money(amount, deal.currency)) for amount in (Decimal(0), top / 2, top)],
        first=start,
        last=now,
        description=(
            f"{len(same)} prices, lowest {short_money(low, deal.currency)}, highest {short_money(high, deal.currency)}, "
            f"now {short_money(deal.price, deal.currency)}."
        ),
    )


def list_price_check(deal: Deal, points: Sequence[PricePoint]) -> str:
    """What a stated list price is worth as evidence, in one sentence; empty without a list price.

    It is held against the lowest price of the 30 days before the present one, and against the top of our interval.
    """
    if deal.list_price is None:
        return ""
    claim = short_money(deal.list_price, deal.currency)
    if deal.list_price <= deal.price:
        return f"The stated list price of {claim} is not above the price, so nothing is taken off."
    since = deal.price_changed_at or deal.first_seen_at
    before = [
        point.price
        for point in points
        if point.currency == deal.currency and since - timedelta(days=30) <= point.observed_at < since
    ]
    if before:
        lowest = short_money(min(before), deal.currency)
        if min(before) <= deal.price:
            return (
                f"The source states a list price of {claim}, yet it cost {lowest} in the 30 days before, "
                "so the reduction is not one."
            )
        return (
            f"The source states a list price of {claim}. The lowest price in the 30 days before was {lowest}; "
            "count the saving from there."
        )
    high = deal.valuation.high if deal.valuation else None
    if high is not None and deal.list_price > high:
        top = short_money(high, deal.currency, rough=True)
        return (
            f"The source states a list price of {claim}. That is above the most we think it is worth ({top}), "
            "so the claimed reduction is larger than the real one."
        )
    return f"The source states a list price of {claim}. We have seen no earlier price to check it against."
