"""Deals and valuations for tests, as the stages would have written them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from deals.models import Deal, Source, Valuation


def make_source(name: str = "shop", **fields: Any) -> Source:
    """A feed that is scanned."""
    values = {"title": name.title(), "url": f"https://{name}.example/feed", "marketplace": name} | fields
    return Source.objects.get_or_create(name=name, defaults=values)[0]


def make_deal(title: str = "Sony headphones", price: str = "129.00", **fields: Any) -> Deal:
    """A live deal that is not valued yet; its id decides its addresses."""
    number = Deal.objects.count() + 1
    values = {
        "source": make_source(),
        "marketplace": "shop",
        "external_id": f"id-{number}",
        "url": f"https://shop.example/{number}",
        "canonical_url": f"https://shop.example/{number}",
        "currency": "USD",
    }
    return Deal.objects.create(title=title, price=Decimal(price), **(values | fields))


def make_valuation(
    deal: Deal, worth: str = "200.00", low: str = "170.00", high: str = "230.00", **fields: Any
) -> Valuation:
    """The valuation that holds for the deal's present price; its discount follows from worth and price."""
    discount = Decimal(worth) - deal.price
    values = {
        "currency": deal.currency,
        "price": deal.price,
        "discount": discount,
        "discount_usd": discount,
        "discount_percent": round(100 * discount / Decimal(worth), 2),
        "input_hash": f"{deal.price}",
        "score": 70,
        "verdict": "good",
        "exchange_rate": Decimal(1),
        "is_opportunity": discount >= 50 and Decimal(low) >= deal.price,
    }
    valuation = Valuation.objects.create(
        deal=deal, worth=Decimal(worth), low=Decimal(low), high=Decimal(high), **(values | fields)
    )
    deal.valuation, deal.value_state = valuation, "done"
    deal.save(update_fields=["valuation", "value_state"])
    return valuation
