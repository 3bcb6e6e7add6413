"""Whether what a discount is counted from was raised before the sale: the claimed price itself, or the price that was asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal

from deals.price_intelligence.series import DAY, History

_CHARGED: Final = Decimal("0.98")
_ABOVE: Final = Decimal("1.005")
_RECENT: Final = 90 * DAY
_RAISED_RECENTLY: Final = Decimal("1.05")
_RAISED_LONG_AGO: Final = Decimal("1.15")  # list prices creep: within a year somewhat more is no news
_LONGEST: Final = 365 * DAY
_USUAL_BEFORE: Final = 180 * DAY
_BRIEF: Final = 30.0  # days at the raised price; more makes it a price of its own
_LEAST_BEFORE: Final = 7.0  # days at the lower price before it was raised
_SEEN_REDUCED: Final = Decimal("1.02")


@dataclass(frozen=True, slots=True)
class Inflation:
    """What was raised ("claim" or "price"), from what to what, and when the lower one was last there."""

    of: Literal["claim", "price"]
    before: Decimal
    after: Decimal
    last_lower_at: datetime


def inflation_of(history: History, claimed: Decimal, price: Decimal, began: datetime) -> Inflation | None:
    """What was raised before the sale that began at a time; None where nothing is seen to have been."""
    if claimed <= price * _ABOVE:
        return None
    return _raised_price(history, claimed, price, began) or _raised_claim(history, claimed, price)


def _raised_claim(history: History, claimed: Decimal, price: Decimal) -> Inflation | None:
    """The claim is above an earlier claim of the same offer by more than the price rose since, and nobody was ever asked so much.

    An earlier claim counts where it was above the price then; one at the price says that there was no discount, or that none
    was read. Within 90 days a rise by 5 % counts, within a year one by 15 %. Of several the largest rise is named.
    """
    if any(step.price >= claimed * _CHARGED for step in history.steps):
        return None
    found: tuple[Decimal, Inflation] | None = None
    for step in history.steps:
        if step.claimed is None or step.claimed <= step.price * _ABOVE or step.claimed >= claimed:
            continue
        age = history.now - step.end
        if age > _LONGEST:
            continue
        raised = claimed / step.claimed / max(Decimal(1), price / step.price)
        enough = _RAISED_RECENTLY if age <= _RECENT else _RAISED_LONG_AGO
        if raised > enough and (found is None or raised >= found[0]):
            found = raised, Inflation("claim", step.claimed, claimed, step.end)
    return found[1] if found else None


def _raised_price(history: History, claimed: Decimal, price: Decimal, began: datetime) -> Inflation | None:
    """The price was put up by 5 % or more, for less than 30 days, and then brought back to at least what it had been before, with
    a claim of about the higher price.

    What it had been before is the lowest price within the 30 days before the sale. A price that stood at the higher level for
    30 days or more within half a year was no show; a lower price that lasted less than a week was a sale itself.
    """
    before = [step for step in history.between(began - timedelta(days=30), began) if step.start < began]
    if not before:
        return None
    top, low = before[-1], min(before, key=lambda step: step.price)
    put_up = low.price <= price * _ABOVE and top.price >= low.price * _RAISED_RECENTLY
    if not put_up or top.price < price * _SEEN_REDUCED or claimed > top.price * _RAISED_RECENTLY:
        return None
    half_year = [step for step in history.between(began - _USUAL_BEFORE, began) if step.start < began]
    at_top = sum(step.days for step in half_year if step.price >= top.price * Decimal("0.95"))
    at_low = sum(step.days for step in half_year if step.price <= price * _ABOVE)
    if at_top >= _BRIEF or at_low < _LEAST_BEFORE:
        return None
    return Inflation("price", low.price, top.price, low.end)
