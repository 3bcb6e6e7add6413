"""Offers that look like bargains, valued the way of a deal: which of them would be called an opportunity."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from agents.pricing.catalogue.base import Catalogue, Product
from agents.pricing.model import PricingModel
from agents.pricing.records import item_of
from agents.pricing.service import Worth, value_items
from deals.models import Deal, Valuation
from deals.selectors import is_opportunity

_AMOUNTS: Final = ("price", "list_price", "against_price")


@dataclass(frozen=True)
class Offer:
    """An offer at a price as a careless reader would take it. `against` is the product that it is mistaken for, and
    `against_price` what that costs, in US dollars (None where the sample catalogue has it); `why` says why it is none."""

    title: str
    price: Decimal
    currency: str = "USD"
    text: str = ""
    condition: str = "unknown"
    list_price: Decimal | None = None
    against: str = ""
    against_price: Decimal | None = None
    why: str = ""

    def deal(self) -> Deal:
        """The deal that reading would make of it, not stored."""
        return Deal(
            title=self.title,
            description=self.text,
            price=self.price,
            currency=self.currency,
            condition=self.condition,
            list_price=self.list_price,
        )


@dataclass(frozen=True)
class Called:
    """An offer with its worth, and whether it is an opportunity by the installation's threshold."""

    offer: Offer
    worth: Worth
    opportunity: bool


def read_offers(path: Path) -> list[Offer]:
    """The offers of a file of JSON lines, whose keys are the fields of `Offer`. Raises `ValueError` for another key."""
    return [_offer(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _offer(record: dict[str, Any]) -> Offer:
    unknown = record.keys() - {field.name for field in fields(Offer)}
    if unknown:
        raise ValueError(f"An offer has no {', '.join(sorted(unknown))}.")
    values: dict[str, Any] = {name: Decimal(value) if name in _AMOUNTS else value for name, value in record.items()}
    return Offer(**values)


def compared_with(offers: Sequence[Offer]) -> list[Product]:
    """The products that offers name with a price of their own, each once: they belong into the catalogue beside them."""
    named = {offer.against: offer.against_price for offer in offers if offer.against_price is not None}
    return [Product(title, title, float(price)) for title, price in named.items()]


def call(offers: Sequence[Offer], catalogue: Catalogue, model: PricingModel) -> list[Called]:
    """Value offers beside a catalogue, in their order."""
    worths = value_items([item_of(offer.deal()) for offer in offers], catalogue=catalogue, model=model)
    return [Called(offer, worth, _is_opportunity(offer, worth)) for offer, worth in zip(offers, worths, strict=True)]


def _is_opportunity(offer: Offer, worth: Worth) -> bool:
    valuation = Valuation(
        price=offer.price,
        low=worth.low,
        discount_usd=worth.discount_usd,
        verdict=worth.verdict,
        currency=offer.currency,
    )
    return is_opportunity(valuation, settings.OPPORTUNITY_THRESHOLD)
