"""The geometry of the worth bar: one scale of money for a list, and where the band, the tick and the dot stand on it.

A bar begins at nothing and is as long as the highest of its amounts, in proportion to money: within a list every bar
has the same number of pixels a dollar. An amount far too small for the scale of its list would be a speck, so such a bar
is drawn a round number of times larger and says so (×10).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from common.templatetags.show import short_money
from deals.models import Deal, Valuation

Place = Literal["below", "inside", "above", "alone"]

_STEPS = tuple(Decimal(step) for step in (1, 2, 3, 4, 5, 6, 8))
_ROUND = tuple(Decimal(step) for step in ("1", "1.2", "1.5", "2", "2.5", "3", "4", "5", "6", "8", "10"))


def worth_text(price: Decimal, currency: str, valuation: Valuation | None) -> str:
    """The bar in words: "$129 · worth $182 ($150–$215)"; only the price where nothing can be said of the worth."""
    shown = short_money(price, currency)
    if valuation is None or valuation.worth is None:
        return f"{shown} · worth not known"
    worth = short_money(valuation.worth, currency, rough=True)
    if valuation.low is None or valuation.high is None:
        return f"{shown} · worth {worth}"
    low, high = (short_money(bound, currency, rough=True) for bound in (valuation.low, valuation.high))
    return f"{shown} · worth {worth} ({low}–{high})"


def round_up(amount: Decimal) -> Decimal:
    """The next round amount (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6 or 8 times a power of ten) that is not below the given one."""
    if amount <= 0:
        return Decimal(1)
    power = Decimal(10) ** (amount.adjusted())
    return next(step * power for step in _ROUND if step * power >= amount)


@dataclass(frozen=True, slots=True)
class Bar:
    """Places on the bar in percent of its full width. `band` and `tick` are None where nothing can be said of the worth."""

    end: float
    dot: float
    place: Place
    tick: float | None
    band: tuple[float, float] | None
    times: str
    label: str
    description: str

    @property
    def band_start(self) -> str:
        return percent(self.band[0]) if self.band else ""

    @property
    def band_width(self) -> str:
        return percent(max(self.band[1] - self.band[0], 0.6)) if self.band else ""

    @property
    def band_label(self) -> tuple[str, str]:
        """Where the words under the band stand, and how they are anchored, so that they stay on the bar."""
        middle = sum(self.band) / 2 if self.band else 0.0
        if middle < 30:
            return "0%", "start"
        return ("100%", "end") if middle > 70 else (percent(middle), "middle")


def percent(value: float) -> str:
    """A length for SVG, the same in every language."""
    return f"{value:.2f}%"


def anchor(value: float) -> str:
    """Where a text that stands at a percentage has to begin so that it stays on the bar."""
    if value < 16:
        return "start"
    return "end" if value > 84 else "middle"


def scale_of(deals: Iterable[Deal]) -> Decimal:
    """The amount in US dollars that the full width of the bars of a list stands for: a round one, above all of them."""
    return round_up(max((_in_dollars(_end(deal), deal) for deal in deals), default=Decimal(1)))


def bar_of(deal: Deal, scale: Decimal | None = None) -> Bar:
    """The bar of one deal on a list's scale in US dollars, or on a scale of its own."""
    valuation = deal.valuation
    end = _end(deal)
    top = end if scale is None else scale / _rate(deal)
    times = Decimal(1) if scale is None else _magnification(end, top)

    def place(amount: Decimal) -> float:
        return float(min(max(amount, Decimal(0)) * times / top * 100, Decimal(100)))

    worth = valuation.worth if valuation else None
    band = None
    if valuation and valuation.low is not None and valuation.high is not None:
        band = (place(valuation.low), place(valuation.high))
    return Bar(
        end=place(end),
        dot=place(deal.price),
        place=place_of(deal.price, valuation),
        tick=None if worth is None else place(worth),
        band=band,
        times=_times_text(times),
        label=worth_text(deal.price, deal.currency, valuation),
        description=_description(deal, times),
    )


def place_of(price: Decimal, valuation: Valuation | None) -> Place:
    """Where a price stands to the interval of the worth."""
    if valuation is None or valuation.low is None or valuation.high is None:
        return "alone"
    if price < valuation.low:
        return "below"
    return "above" if price > valuation.high else "inside"


def _end(deal: Deal) -> Decimal:
    valuation = deal.valuation
    bounds = [valuation.worth, valuation.high] if valuation else []
    return max([Decimal("0.01"), deal.price, *(bound for bound in bounds if bound is not None)])


def _rate(deal: Deal) -> Decimal:
    rate = deal.valuation.exchange_rate if deal.valuation else None
    return rate or Decimal(1)


def _in_dollars(amount: Decimal, deal: Deal) -> Decimal:
    return amount * _rate(deal)


def _magnification(end: Decimal, top: Decimal) -> Decimal:
    """The largest of 1, 2, 3, 4, 5, 6, 8, 10, 20 … with which the bar still fits, so that each is at least half as wide
    as the list; the same downwards for an amount above the scale."""
    power = Decimal(10) ** (top / end).adjusted()
    return max(step * power for step in _STEPS if step * power <= top / end)


def _times_text(times: Decimal) -> str:
    if times == 1:
        return ""
    return f"×{times.normalize():f}" if times > 1 else f"÷{(1 / times):.2g}"


_PLACES: dict[Place, str] = {
    "below": "The price is below the whole interval.",
    "inside": "The price is inside the interval.",
    "above": "The price is above the whole interval.",
    "alone": "There is no interval to compare it with.",
}


def _description(deal: Deal, times: Decimal) -> str:
    words = _PLACES[place_of(deal.price, deal.valuation)]
    if times == 1:
        return words
    return f"{words} Drawn {_times_text(times)} on the scale of this list."
