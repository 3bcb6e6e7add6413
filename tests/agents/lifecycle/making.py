"""Valuations of the past and offers that came after them."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from agents.models import ModelVersion
from deals.models import Deal, Estimate, PricePoint, Product, Valuation
from tests.deals.making import make_deal


def make_model(version: str, **fields: Any) -> ModelVersion:
    return ModelVersion.objects.create(version=version, location="local", checksum="0" * 64, **fields)


def product(key: str = "acme kettle") -> Product:
    return Product.objects.get_or_create(key=key, defaults={"name": key.title()})[0]


def valued(
    version: str,
    worth: float,
    *,
    price: float = 100,
    at: datetime | None = None,
    thing: Product | None = None,
    answers: tuple[float, ...] = (),
    similarity: float = 0.8,
    **fields: Any,
) -> Deal:
    """A deal that was valued by that version in the past (ten days ago unless told)."""
    at = at or timezone.now() - timedelta(days=10)
    deal = make_deal(
        str(uuid.uuid4()),
        str(price),
        product=thing or product(),
        condition="new",
        first_seen_at=at,
        **_places(),
        **fields,
    )
    valuation = Valuation.objects.create(
        deal=deal,
        input_hash=uuid.uuid4().hex,
        currency=deal.currency,
        price=deal.price,
        worth=Decimal(str(worth)) if worth else None,
        exchange_rate=Decimal(1),
        comparables=[{"similarity": similarity}],
        created_at=at,
    )
    said = answers or (worth or 1.0,) * 3
    Estimate.objects.bulk_create(
        Estimate(valuation=valuation, estimator=kind, version=version, value_usd=Decimal(str(round(value, 2))))
        for kind, value in zip(("neural", "frontier", "specialist"), said, strict=True)
    )
    return deal


def offered(price: float, *, days_ago: float = 5, thing: Product | None = None, **fields: Any) -> Deal:
    """Another offer of the product, first seen since."""
    at = timezone.now() - timedelta(days=days_ago)
    values = {"condition": "new"} | fields
    deal = make_deal(str(uuid.uuid4()), str(price), product=thing or product(), first_seen_at=at, **_places(), **values)
    PricePoint.objects.create(deal=deal, product=deal.product, price=deal.price, currency=deal.currency, observed_at=at)
    return deal


def _places() -> dict[str, str]:
    name = uuid.uuid4().hex
    return {"external_id": name, "url": f"https://shop.example/{name}", "canonical_url": f"https://shop.example/{name}"}
