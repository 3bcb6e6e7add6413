"""The worth bar for mail: a line of text that every mail client can show, and its label."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from common.speech import spoken_estimate, spoken_money, spoken_span

WIDTH = 40


@dataclass(frozen=True, slots=True)
class WorthBar:
    """`line` draws the interval as a band, the worth as a tick and the price as a dot; `label` says the same in words."""

    line: str
    label: str
    position: str

    @classmethod
    def of(cls, data: dict[str, Any]) -> WorthBar | None:
        """Return the bar for a notification's data, or None where its worth is not known."""
        if not (data.get("worth") and data.get("low") and data.get("high")):
            return None
        currency = data["price"]["currency"]
        price, worth, low, high = (Decimal(data[name]["amount"]) for name in ("price", "worth", "low", "high"))
        label = _("{price} · worth {worth} ({span})").format(
            price=spoken_money(price, currency),
            worth=spoken_estimate(worth, currency),
            span=spoken_span(low, high, currency),
        )
        position = "below" if price < low else "above" if price > high else "within"
        return cls(_line(price, worth, low, high), label, position)


def _line(price: Decimal, worth: Decimal, low: Decimal, high: Decimal) -> str:
    first, last = min(price, low), max(price, high)
    room = (last - first) or Decimal(1)

    def cell(amount: Decimal) -> int:
        return int((amount - first) / room * (WIDTH - 1))

    marks = ["─"] * WIDTH
    marks[cell(low) : cell(high) + 1] = "━" * (cell(high) - cell(low) + 1)
    marks[cell(worth)] = "┃"
    marks[cell(price)] = "●"
    return "".join(marks)
