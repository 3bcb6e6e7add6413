"""What a goal would find, in words: what meets it now, what would have, and which of its terms is the reason where nothing does."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

from accounts.models import Goal
from common.money import Money, format_money
from deals.previewing import Offered, Preview, preview

_A_YEAR: Final = 365
_FEW: Final = 4
"""Of fewer prices the lowest is named as a price within reach, of more the lower quartile."""
_REASONS: Final = {
    "marketplaces": "the marketplace",
    "condition": "the condition",
    "min_price": "the lowest price",
    "max_price": "the highest price",
    "min_discount": "the discount",
    "min_discount_percent": "the discount in percent",
    "min_score": "the score",
    "location": "the place",
    "excluded_keywords": "the words that rule an offer out",
}


@dataclass(frozen=True, slots=True)
class Foresight:
    """What a goal finds and would have found in `days`. `sentence` sums it up; `reason` says why nothing would have matched, with the
    goal's field `limiting`; `reachable` is a price at which something would have, in the goal's currency."""

    goal: Goal
    days: int
    found: Preview
    sentence: str
    reason: str = ""
    limiting: str = ""
    reachable: Decimal | None = None

    @property
    def current(self) -> Sequence[Offered]:
        """The best few of what meets the goal now."""
        return self.found.current[:5]

    @property
    def best(self) -> Offered | None:
        """The cheapest of what would have matched."""
        return self.found.past[0] if self.found.past else None

    def as_json(self, most: int = 5) -> dict[str, Any]:
        """The shape that the API uses, with `most` offers of each kind."""
        currency = self.goal.currency
        return {
            "days": self.days,
            "sentence": self.sentence,
            "matching_now": len(self.found.current),
            "deals": [_shown(offer) for offer in self.found.current[:most]],
            "would_have_matched": len(self.found.past),
            "best": _shown(self.best) if self.best else None,
            "offers": [_shown(offer) for offer in self.found.past[:most]],
            "of_the_kind": self.found.of_the_kind,
            "reason": self.reason,
            "limiting_field": self.limiting or None,
            "reachable_price": None if self.reachable is None else Money(self.reachable, currency).as_json(),
            "kept_out": {
                name: {"deals": kept.deals, "alone": kept.alone} for name, kept in self.found.kept_out.items()
            },
            "is_partial": self.found.is_partial,
            "lacks_meaning": self.found.lacks_meaning,
        }


def foresee(goal: Goal, days: int = 30) -> Foresight:
    """Work out what a goal, stored or not, finds and would have found. Reads only."""
    found = preview(goal, days)
    period = f"the last {days} days" if days > 1 else "the last day"
    if found.past:
        count = len(found.past)
        best = found.past[0]
        sentence = f"{count:,} offer{'' if count == 1 else 's'} in {period} would have matched; the best was {_price(best, goal)}."
        return Foresight(goal, days, found, sentence)
    sentence = f"No offer of {period} would have matched."
    # What is rare is looked for in a year before it is called unreachable.
    known = found if found.of_the_kind or days >= _A_YEAR else preview(goal, _A_YEAR)
    if not known.of_the_kind:
        return Foresight(
            goal, days, found, sentence, "Nothing of this kind was offered at all. Fewer or other words may find more."
        )
    limiting = _limiting(known)
    reachable = _reachable(known, goal) if limiting in {"max_price", "min_price"} else None
    return Foresight(goal, days, found, sentence, _reason(known, goal, limiting, reachable), limiting, reachable)


def _limiting(found: Preview) -> str:
    """The bound that alone keeps out the most; where none does alone, the one that keeps out the most."""
    if not found.kept_out:
        return ""
    return max(
        found.kept_out, key=lambda name: (found.kept_out[name].alone, found.kept_out[name].deals, name == "max_price")
    )


def _reachable(found: Preview, goal: Goal) -> Decimal | None:
    """The lower quartile of the prices that meet everything but the bounds on the price, rounded up to a whole amount."""
    beyond = [price for price in found.reachable if goal.max_price is None or price > goal.max_price]
    if not beyond:
        return None
    price = beyond[0] if len(beyond) < _FEW else beyond[len(beyond) // 4]
    return price.quantize(Decimal(1), ROUND_CEILING)


def _reason(found: Preview, goal: Goal, limiting: str, reachable: Decimal | None) -> str:
    count = found.of_the_kind
    if not limiting:
        return ""
    known = f"{count:,} offer{' is' if count == 1 else 's are'} of this kind"
    kept = found.kept_out[limiting]
    if not kept.alone:
        most = f"{_REASONS[limiting].capitalize()} keeps out {kept.deals:,} of them"
        return f"{known}, but none meets all terms. {most}, other terms the rest."
    if reachable is not None:
        low, high = (
            format_money(price, goal.currency).removesuffix(".00")
            for price in (found.reachable[0], found.reachable[-1])
        )
        span = low if low == high else f"{low} to {high}"
        target = format_money(reachable, goal.currency).removesuffix(".00")
        return f"The price is the reason: what meets everything else cost {span}. {target} is a price within reach."
    return f"{known}. {_REASONS[limiting].capitalize()} is the reason: without it {kept.alone:,} would have matched."


def _price(offer: Offered, goal: Goal) -> str:
    price, currency = (offer.deal_price, offer.currency) if offer.price is None else (offer.price, goal.currency)
    return format_money(price, currency).removesuffix(".00")


def _shown(offer: Offered) -> dict[str, Any]:
    return {
        "id": _text(offer.deal_id),
        "title": offer.title,
        "price": Money(offer.deal_price, offer.currency).as_json(),
        "at": offer.at.isoformat(),
        "is_live": offer.is_live,
    }


def _text(key: uuid.UUID) -> str:
    return str(key)
