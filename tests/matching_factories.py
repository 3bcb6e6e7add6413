"""Deals with valuations, and goals, for the tests of matching and telling."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from accounts.actions.terms import write_terms
from accounts.models import Goal, User
from common.models import new_id
from common.money import Money, UnknownRate, convert
from deals.models import Deal, Valuation, Verdict


def make_deal(
    title: str = "Sony WH-1000XM5 headphones", price: str = "228", *, worth: str | None = "310", **fields: Any
) -> Deal:
    """A live deal with its present valuation, which nobody has matched yet."""
    score = fields.pop("score", 84)
    key = str(new_id())
    values = {
        "marketplace": "amazon",
        "merchant": "Amazon",
        "external_id": key,
        "url": f"https://shop.example/{key}",
        "canonical_url": f"https://shop.example/{key}",
        "currency": "USD",
        "value_state": "done",
    }
    deal = Deal.objects.create(title=title, price=Decimal(price), **values | fields)
    value_deal(deal, worth, score)
    return deal


def value_deal(deal: Deal, worth: str | None, score: int | None = 84) -> Valuation:
    """Give the deal a new valuation, with an interval of ± 15 %."""
    known = None if worth is None else Decimal(worth)
    discount = None if known is None else known - deal.price
    try:
        rate = convert(Money(Decimal(1), deal.currency), "USD").rate
    except UnknownRate:
        rate = None
    deal.valuation = Valuation.objects.create(
        deal=deal,
        input_hash=str(new_id()),
        currency=deal.currency,
        price=deal.price,
        worth=known,
        low=None if known is None else known * Decimal("0.85"),
        high=None if known is None else known * Decimal("1.15"),
        discount=discount,
        discount_percent=None if known is None or discount is None else round(100 * discount / known, 2),
        exchange_rate=rate,
        score=score if known is not None else None,
        verdict=Verdict.CANNOT_SAY if known is None else Verdict.GOOD,
        confidence=0 if known is None else 0.7,
    )
    deal.save(update_fields=["valuation"])
    return deal.valuation


def make_goal(user: User, title: str = "Headphones for the train", **fields: Any) -> Goal:
    """An active goal with its terms, without the limits of a tier."""
    goal = Goal.objects.create(user=user, title=title, **fields)
    write_terms([goal])
    return goal
