"""The one entrance: batches in, honest answers out, and false bargains that stay false."""

from __future__ import annotations

from decimal import Decimal

import pytest

from agents.pricing.catalogue.base import Product
from agents.pricing.catalogue.memory import MemoryCatalogue
from agents.pricing.model import SHIPPED, PricingModel, load
from agents.pricing.service import Item, as_json, value_items
from agents.training.pipeline import read_rows
from tests.agents.pricing.conftest import World


def test_one_bad_item_does_not_fail_the_others(world: World) -> None:
    items = [
        Item("Duna wireless headphones"),
        Item("", "", price=Decimal(3)),
        Item("x", currency="???"),
        Item("Acme chef knife"),
    ]
    worths = value_items(items, catalogue=world.catalogue, model=world.model)
    assert len(worths) == 4
    assert worths[0].worth is not None
    assert worths[0].worth > worths[3].worth
    assert (worths[2].verdict, worths[2].worth) == ("cannot_say", None)


def test_the_asking_price_does_not_move_the_worth(world: World) -> None:
    title = "Borealis 27 inch monitor"
    worths = value_items(
        [Item(title), Item(title, price=Decimal(10)), Item(f"{title} for $10", price=Decimal(900))],
        catalogue=world.catalogue,
        model=world.model,
    )
    assert worths[0].worth == pytest.approx(worths[1].worth, rel=Decimal("0.01"))
    assert worths[0].worth == pytest.approx(worths[2].worth, rel=Decimal("0.01"))


def test_without_a_price_there_is_no_discount(world: World) -> None:
    (worth,) = value_items([Item("Acme office chair")], catalogue=world.catalogue, model=world.model)
    assert worth.discount is worth.discount_percent is None
    assert worth.comparables


def test_the_answer_as_json_has_the_shape_of_the_contract(world: World) -> None:
    item = Item("Acme office chair", price=Decimal("99.50"))
    (worth,) = value_items([item], catalogue=world.catalogue, model=world.model)
    said = as_json(worth)
    assert {
        "worth",
        "low",
        "high",
        "currency",
        "estimates",
        "comparables",
        "discount",
        "discount_percent",
        "verdict",
    } <= said.keys()
    assert Decimal(said["discount"]) == Decimal(said["worth"]) - Decimal("99.50")
    assert {"estimator", "version", "value"} <= said["estimates"][0].keys()


def test_an_old_price_counts_less_than_a_new_one(world: World) -> None:
    from dataclasses import replace
    from datetime import date

    product = Product("Acme toaster T5", "Acme toaster T5", 100.0)
    rows = read_rows(
        [replace(product, observed_at=date(2015, 1, 1)), replace(product, price=40.0, observed_at=date.today())]
    )
    (worth,) = value_items([Item("Acme toaster T5")], catalogue=rows.catalogue(world.model.wording), model=world.model)
    assert worth.comparables[0].price == 40
    assert worth.comparables[0].weight > 0.9


SHOP = [
    ("Apple iPhone 15 128GB", 729),
    ("Apple iPhone 15 Pro 256GB", 999),
    ("Samsung Galaxy Watch Ultra 47mm", 599),
    ("Samsung Galaxy S24 128GB", 699),
    ("Dyson V15 Detect cordless vacuum", 649),
    ("Dyson V8 cordless vacuum", 349),
    ("Sony WH-1000XM5 wireless headphones", 379),
    ("Apple AirPods Pro 2", 239),
    ("Apple MacBook Air 13 M3 16GB 256GB", 1049),
    ("Duracell AA batteries 24-pack", 19),
    ("Duracell AA batteries 100-pack", 62),
    ("Finish dishwasher tablets 90 count", 22),
    ("Canon EOS R6 Mark II body", 2199),
    ("Nintendo Switch OLED console", 329),
    ("LG C4 65 inch OLED TV", 1599),
    ("Peloton Bike", 1445),
    ("Bosch dishwasher 500 series", 1099),
]
FALSE_BARGAINS = [
    ("Samsung Galaxy Watch Ultra up to $350 off with trade-in", "350", "new"),
    ("Case for Apple iPhone 15 128GB", "19.99", "new"),
    ("Apple iPhone 15 Pro case, clear, with MagSafe", "24.99", "new"),
    ("Screen protector for Samsung Galaxy S24, 3-pack", "12.99", "new"),
    ("Replacement battery for Dyson V8 cordless vacuum", "39.99", "new"),
    ("HEPA filter for Dyson V15 Detect cordless vacuum", "24.99", "new"),
    ("Ear pads for Sony WH-1000XM5 wireless headphones", "18.99", "new"),
    ("Silicone case for Apple AirPods Pro 2", "9.99", "new"),
    ("Charger compatible with Apple MacBook Air 13 M3", "29.99", "new"),
    ("Watch band for Samsung Galaxy Watch Ultra 47mm", "15.99", "new"),
    ("Wall mount for LG C4 65 inch OLED TV", "49.99", "new"),
    ("Carrying case for Nintendo Switch OLED console", "17.99", "new"),
    ("Apple iPhone 15 128GB $20/mo for 24 months", "20", "new"),
    ("Apple iPhone 15 Pro 256GB $30 per month with new line", "30", "new"),
    ("Peloton Bike rental, $89 a month", "89", "new"),
    ("LG C4 65 inch OLED TV, lease for $45 a month", "45", "new"),
    ("Apple iPhone 15 128GB, cracked, for parts", "150", "new"),
    ("$100 gift card for Apple AirPods Pro 2", "90", "new"),
    ("Canon EOS R6 Mark II body, deposit only", "200", "new"),
    ("Sony WH-1000XM5 wireless headphones (refurbished)", "250", "new"),
    ("Apple iPhone 15 128GB, used", "420", "used"),
    ("Dyson V8 cordless vacuum", "230", "refurbished"),
    ("Duracell AA batteries 4-pack", "6.49", "new"),
    ("Nintendo Switch OLED console, trade-in value up to $200", "129", "new"),
]


@pytest.fixture(scope="module")
def shipped() -> PricingModel:
    (folder,) = [path for path in SHIPPED.iterdir() if path.is_dir() and not path.name.startswith("_")]
    return load(folder)


@pytest.fixture(scope="module")
def shop(shipped: PricingModel) -> MemoryCatalogue:
    return read_rows([Product(title, title, float(price)) for title, price in SHOP]).catalogue(shipped.wording)


@pytest.mark.parametrize(("title", "price", "condition"), FALSE_BARGAINS)
def test_false_bargains_stay_false(
    title: str, price: str, condition: str, shipped: PricingModel, shop: MemoryCatalogue
) -> None:
    item = Item(title, price=Decimal(price), condition=condition)
    (worth,) = value_items([item], catalogue=shop, model=shipped)
    assert worth.verdict != "buy_now", worth.reasons


@pytest.mark.parametrize(("title", "price"), [(title, price) for title, price in SHOP if price >= 300])
def test_true_bargains_are_found_beside_a_small_catalogue(
    title: str, price: float, shipped: PricingModel, shop: MemoryCatalogue
) -> None:
    (worth,) = value_items([Item(title, price=Decimal(str(price * 0.45)))], catalogue=shop, model=shipped)
    assert worth.verdict == "buy_now" and (worth.discount_usd or 0) >= 50, worth.reasons


def test_a_well_known_product_has_a_tighter_interval_than_an_unknown_one(
    shipped: PricingModel, shop: MemoryCatalogue
) -> None:
    known, unknown = value_items(
        [Item("Dyson V15 Detect cordless vacuum"), Item("Fabulo garden gnome, hand painted")],
        catalogue=shop,
        model=shipped,
    )
    assert known.worth == pytest.approx(Decimal(649), rel=Decimal("0.15"))
    assert known.high / known.low < Decimal("2.5")
    assert unknown.worth is None or unknown.high / unknown.low > Decimal("1.3") * known.high / known.low
    assert known.confidence > unknown.confidence
