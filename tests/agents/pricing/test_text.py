"""What the models see of a text, and what the rules read in it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.pricing.caution import Terms, caution_about
from agents.pricing.quantities import NAMES, as_columns, read_quantities
from agents.pricing.text import prepare
from common.words.plain import clean


@pytest.mark.parametrize(
    "text",
    [
        "Sony WH-1000XM5 for $248",
        "Sony WH-1000XM5 now US $248.00 (was $399.99)",
        "Sony WH-1000XM5 - 248 USD, 38% off + free shipping",
        "Sony WH-1000XM5 £248",
        "Sony WH-1000XM5 EUR 248,00",
        "Sony WH-1000XM5 248 dollars",
    ],
)
def test_no_price_reaches_a_model(text: str) -> None:
    plain = clean(text)
    assert "248" not in plain
    assert "399" not in plain
    assert "sony wh-1000xm5" in plain


def test_a_models_number_and_its_units_stay() -> None:
    plain = clean("LG OLED65C4PUA 65&quot; TV | 4K, 120 Hz <b>144 W</b> https://shop.example/x?price=1")
    assert "oled65c4pua" in plain
    assert '65"' in plain
    assert "144 w" in plain
    assert "shop.example" not in plain
    assert "<b>" not in plain


def test_catalogue_rows_and_bare_texts_are_prepared_alike() -> None:
    text = "Acme Kettle 1.7 l | stainless steel | 2200 W"
    assert prepare("Acme Kettle 1.7 l", text) == prepare("", text)


def test_the_look_of_a_source_does_not_reach_a_model() -> None:
    assert clean("ACME Kettle | 2200 W | Steel") == clean("acme kettle 2200 w steel")


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_can_be_prepared(title: str, text: str) -> None:
    item = prepare(title, text)
    assert item.text == item.text.lower() or item.text.upper() == item.text.lower().upper()
    assert len(item.text) <= 600
    assert len(item.quantities) == len(NAMES)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("ssd 2tb nvme", "gigabytes", 2000),
        ("laptop 16gb ram 512gb ssd", "memory_gb", 16),
        ("laptop 16gb ram 512gb ssd", "gigabytes", 512),
        ('tv 65" class', "inches", 65),
        ("monitor 27-inch", "inches", 27),
        ("vacuum 1,200 w", "watts", 1200),
        ("perfume 3.4 fl oz", "millilitres", 3.4 * 29.57),
        ("power bank 10000mah", "milliamp_hours", 10000),
        ("lego set 71002 | 291 pieces | 2013", "pieces", 291),
        ("lego set 71002 | 291 pieces | 2013", "year", 2013),
        ("aa batteries 24-pack", "pack", 24),
        ("pack of 4 towels", "pack", 4),
        ("single towel", "pack", 1),
    ],
)
def test_quantities(text: str, name: str, value: float) -> None:
    assert read_quantities(text)[NAMES.index(name)] == pytest.approx(value)


def test_what_is_not_said_is_unknown() -> None:
    assert math.isnan(read_quantities("a towel 3")[NAMES.index("watts")])
    columns = as_columns([read_quantities("a towel"), read_quantities("ssd 2tb")])
    assert columns.shape == (2, len(NAMES))
    assert math.isnan(columns[0][NAMES.index("gigabytes")])


@pytest.mark.parametrize(
    "title",
    [
        "Case for iPhone 15",
        "Spigen Ultra Hybrid iPhone 15 Pro Case, Clear",
        "Silicone Case Compatible with AirPods Pro",
        "Screen protector for Samsung Galaxy S24",
        "Braided watch band for Apple Watch 45mm",
        "Replacement battery for Dyson V8",
        "65W USB-C charger for MacBook Air",
        "HEPA filter for Dyson V11",
        "Ink cartridge for Epson ET-2800",
    ],
)
def test_accessories(title: str) -> None:
    assert caution_about(title).accessory


@pytest.mark.parametrize(
    "title",
    [
        "Apple iPhone 15 128GB",
        "Apple iPhone 15 with free case",
        "Nintendo Switch OLED Console",
        "Canon EOS R50 with bag and battery",
        "Samsung Galaxy Watch 7",
        "Rucksack 30 l for hiking",
        "Bose headphones with charging case",
    ],
)
def test_things_that_are_no_accessories(title: str) -> None:
    assert not caution_about(title).accessory


@pytest.mark.parametrize(
    ("title", "condition"),
    [
        ("Dyson V8 (Refurbished)", "refurbished"),
        ("Apple iPad 9 Renewed", "refurbished"),
        ("Open-Box Sonos Era 100", "refurbished"),
        ("Pre-owned Rolex", "used"),
        ("Used Canon EOS R6", "used"),
        ("iPhone 12 for parts, not working", "parts"),
        ("Never used Canon EOS R6", "new"),
        ("Knife used by chefs", "new"),
        ("Canon EOS R6", "new"),
    ],
)
def test_conditions(title: str, condition: str) -> None:
    assert caution_about(title).condition == condition


def test_a_stated_condition_in_the_text_counts() -> None:
    assert caution_about("Canon EOS R6", "Great camera. Condition: used.").condition == "used"
    assert caution_about("Canon EOS R6", "It can be used anywhere.").condition == "new"


@pytest.mark.parametrize(
    "title",
    ["iPhone 15 $20/mo for 24 months", "Washer rental", "Pixel 9 for $10 per month", "Tesla lease $299 a month"],
)
def test_prices_that_come_again_every_month(title: str) -> None:
    assert caution_about(title).terms is Terms.RENT


@pytest.mark.parametrize(
    "title", ["Seiko watch, 12 month warranty", "Baby Monthly Milestone Blanket", "Parent's guide"]
)
def test_prices_that_do_not(title: str) -> None:
    assert caution_about(title).terms is None


@pytest.mark.parametrize(
    "title",
    [
        "$100 Apple Gift Card",
        "Samsung Galaxy Watch Ultra up to $350 off with trade-in",
        "1-year Xbox Game Pass subscription",
    ],
)
def test_vouchers_and_their_kin(title: str) -> None:
    assert caution_about(title).terms is Terms.VOUCHER


def test_a_gift_card_thrown_in_is_no_voucher() -> None:
    assert caution_about("Meta Quest 3 + $50 gift card").terms is None
