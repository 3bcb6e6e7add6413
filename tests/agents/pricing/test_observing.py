"""Prices seen on deals: taken once, never their own evidence, and many of them no more than one opinion."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from agents.pricing.actions import value_pending
from agents.pricing.catalogue.base import Product
from agents.pricing.catalogue.copies import Own
from agents.pricing.catalogue.pgvector import PgvectorCatalogue
from agents.pricing.embedding import embed
from agents.pricing.importing import import_rows
from agents.pricing.observing import Observed, observe_prices
from agents.pricing.records import item_of
from agents.pricing.service import value_items
from agents.pricing.text import prepare
from agents.training.data import Row
from deals.models import CatalogueItem, Deal, PricePoint, StageState
from tests.agents.pricing.conftest import World

Offer = Callable[..., Deal]


@pytest.fixture
def offer(db: None) -> Offer:
    """`offer(title, price)` is a deal that was read and valued, with the price point of its finding."""

    def make(title: str, price: str, **fields: Any) -> Deal:
        number = Deal.objects.count()
        defaults: dict[str, Any] = {
            "marketplace": "shop", "external_id": str(number), "url": f"http://shop.example/{number}", "currency": "USD",
            "canonical_url": f"http://shop.example/{number}", "value_state": StageState.DONE,
        }  # fmt: skip
        deal = Deal.objects.create(title=title, price=Decimal(price), **(defaults | fields))
        PricePoint.objects.create(deal=deal, price=deal.price, currency=deal.currency, observed_at=deal.first_seen_at)
        return deal

    return make


def stock(*listings: tuple[str, float], source: str = "list") -> None:
    import_rows(Row(Product(title, title, price, source), "", 0) for title, price in listings)


def test_a_seen_price_is_taken_once(offer: Offer) -> None:
    deal = offer("Acme office chair X1 $80", "80", category="furniture")
    assert observe_prices() == Observed(taken=1)
    item = CatalogueItem.objects.get()
    assert (item.source, item.deal_id, item.price, item.category) == ("shop", deal.pk, Decimal(80), "furniture")
    assert item.observed_at == deal.first_seen_at.date()
    assert "80" not in item.title
    assert observe_prices() == Observed()
    assert CatalogueItem.objects.count() == 1


def test_each_price_of_a_deal_is_one_row_and_one_that_comes_back_is_brought_up_to_date(offer: Offer) -> None:
    before = timezone.now() - timedelta(days=10)
    deal = offer("Acme office chair X1", "80", first_seen_at=before - timedelta(days=20), last_seen_at=before)
    for days, price in ((20, "70"), (10, "80")):
        PricePoint.objects.create(
            deal=deal, price=Decimal(price), currency="USD", observed_at=timezone.now() - timedelta(days=days)
        )
    observe_prices()
    seen = {item.price: item.observed_at for item in CatalogueItem.objects.all()}
    assert seen == {
        Decimal(70): (timezone.now() - timedelta(days=20)).date(),
        Decimal(80): (timezone.now() - timedelta(days=10)).date(),
    }


def test_a_price_that_still_holds_is_seen_again(offer: Offer) -> None:
    deal = offer("Acme office chair X1", "80", first_seen_at=timezone.now() - timedelta(days=30))
    observe_prices()
    assert CatalogueItem.objects.get().observed_at == deal.last_seen_at.date()
    assert observe_prices() == Observed()


@pytest.mark.parametrize(
    ("title", "fields"),
    [
        ("Acme phone X1, $25 per month", {}),
        ("$50 Acme gift card", {}),
        ("Acme office chair X1 for parts, not working", {}),
        ("Acme office chair X1", {"is_sample": True}),
        ("Acme office chair X1", {"currency": "XXX"}),
    ],
)
def test_what_is_no_price_of_the_thing_is_left_out_and_not_looked_at_again(
    offer: Offer, title: str, fields: Any
) -> None:
    offer(title, "80", **fields)
    assert observe_prices() == Observed(unfit=1)
    assert not CatalogueItem.objects.exists()
    assert observe_prices() == Observed()


def test_a_deal_that_waits_for_its_valuation_is_not_taken_yet(offer: Offer) -> None:
    offer("Acme office chair X1", "80", value_state=StageState.PENDING)
    assert observe_prices() == Observed()


def test_other_currencies_are_taken_in_dollars_and_a_stated_condition_is_kept(offer: Offer) -> None:
    offer("Acme office chair X1", "80", currency="EUR", condition="refurbished")
    observe_prices()
    item = CatalogueItem.objects.get()
    assert item.price != 80
    assert prepare(item.title, item.text).caution.condition == "refurbished"


def test_an_offer_is_never_its_own_evidence_nor_is_it_when_it_comes_through_another_feed(
    offer: Offer, world: World
) -> None:
    mine = offer("Duna office chair X1", "80")
    again = offer("Duna office chair X1!", "80", marketplace="feed")
    other = offer("Duna office chair X1", "300", marketplace="elsewhere")
    observe_prices()
    catalogue = PgvectorCatalogue(world.model.wording)
    found = catalogue.without([item_of(mine).own]).search(embed(["duna office chair x1"]))
    prices = [found.table.products[row].price for row in found.row[0] if row >= 0]
    assert prices == [300.0]
    assert {mine.pk, again.pk, other.pk} == set(CatalogueItem.objects.values_list("deal_id", flat=True))
    everything = catalogue.search(embed(["duna office chair x1"]))
    assert (everything.row[0] >= 0).sum() == 3


def test_the_same_price_long_ago_is_evidence(offer: Offer, world: World) -> None:
    before = timezone.now() - timedelta(days=90)
    offer("Duna office chair X1", "80", first_seen_at=before, last_seen_at=before, state="expired", marketplace="feed")
    observe_prices()
    today = timezone.now().date()
    mine = Own(CatalogueItem.objects.get().pk, 80.0, today, today)
    found = PgvectorCatalogue(world.model.wording).without([mine]).search(embed(["duna office chair x1"]))
    assert (found.row[0] >= 0).sum() == 1


def test_two_hundred_copies_of_a_listing_leave_room_for_others(db: None, world: World) -> None:
    stock(*((f"Duna office chair X1 black #{number}", 900.0 + number % 3) for number in range(200)), source="many")
    others = [(f"Duna office chair X{number}", 250.0 + 10 * number) for number in range(2, 30)]
    stock(*others)
    catalogue = PgvectorCatalogue(world.model.wording)
    found = catalogue.search(embed([prepare("Duna office chair X40").text]))
    sources = [found.table.products[row].source for row in found.row[0] if row >= 0]
    assert sources.count("list") == len(others)
    assert sources.count("many") <= 6
    (worth,) = value_items(
        [item_of(Deal(title="Duna office chair X40", price=Decimal(200), currency="USD"))], model=world.model
    )
    assert worth.worth is not None and worth.worth < 700
    assert {comparable.source for comparable in worth.comparables} >= {"list"}


def test_the_copies_of_the_very_product_still_say_what_it_costs(db: None, world: World) -> None:
    stock(
        *(("Duna office chair X1 black", 500.0) for _ in range(1)), *((f"Corvo kettle K{n}", 30.0) for n in range(40))
    )
    (worth,) = value_items(
        [item_of(Deal(title="Duna office chair X1 black", price=Decimal(200), currency="USD"))], model=world.model
    )
    assert worth.worth is not None and 350 < worth.worth < 650


def test_a_price_far_outside_of_the_worth_is_not_taken(
    offer: Offer, world: World, settings: Any, tmp_path: Any
) -> None:
    from agents.pricing.model import activate

    settings.MODELS_DIR = tmp_path
    activate(world.folder)
    stock(*((f"Acme office chair X{number}", 155.0 + number) for number in range(20)))
    offer("Acme office chair X55", "99000", value_state=StageState.PENDING)
    value_pending()
    assert observe_prices() == Observed(unfit=1)
