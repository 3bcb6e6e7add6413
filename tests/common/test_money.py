"""Money: read exactly or not at all, shown in the usual way, converted with a rate that carries its date."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import Money, UnknownRate, amount_text, convert, find_amounts, format_money, parse_price


@pytest.mark.parametrize(
    ("text", "default", "amount", "currency"),
    [
        ("1.106,18 €", "USD", "1106.18", "EUR"),
        ("€1.299", "USD", "1299", "EUR"),
        ("EUR 1.106,18", "USD", "1106.18", "EUR"),
        ("1.234.567,89 EUR", "USD", "1234567.89", "EUR"),
        ("20,- €", "EUR", "20", "EUR"),
        ("US $129.99", "AUD", "129.99", "USD"),
        ("$1,299.00", "USD", "1299.00", "USD"),
        ("$1,299.00", "AUD", "1299.00", "AUD"),
        ("$14.47 USD", "AUD", "14.47", "USD"),
        ("A$37", "USD", "37", "AUD"),
        ("AU $12.50", "USD", "12.50", "AUD"),
        ("CAD $50", "USD", "50", "CAD"),
        ("$50 CAD", "USD", "50", "CAD"),
        ("C$12", "USD", "12", "CAD"),
        ("NZ$9.90", "USD", "9.90", "NZD"),
        ("R$ 1.299,90", "USD", "1299.90", "BRL"),
        ("£1,299", "USD", "1299", "GBP"),
        ("£11.24 GBP", "USD", "11.24", "GBP"),
        ("¥12,800", "USD", "12800", "JPY"),
        ("¥128", "CNY", "128", "CNY"),
        ("1 299,00 zł", "USD", "1299.00", "PLN"),
        ("1\u00a0299 kr", "SEK", "1299", "SEK"),
        ("kr 1.299", "DKK", "1299", "DKK"),
        ("₹1,29,999", "USD", "129999", "INR"),
        ("Rs. 499", "USD", "499", "INR"),
        ("€1 299,00", "USD", "1299.00", "EUR"),
        ("$1 299", "USD", "1299", "USD"),
        ("CHF 1'299.–", "USD", "1299", "CHF"),
        ("1.250 KWD", "USD", "1.250", "KWD"),
        ("99¢", "USD", "0.99", "USD"),
        ("129.99", "USD", "129.99", "USD"),
        ("1.106", "EUR", "1106", "EUR"),
        ("Price: $20.00", "USD", "20.00", "USD"),
    ],
)
def test_a_price_is_read_as_people_write_it(text: str, default: str, amount: str, currency: str) -> None:
    assert parse_price(text, default_currency=default) == Money(Decimal(amount), currency)


@pytest.mark.parametrize(
    "text",
    [
        "", "free", "$3.299", "1.106", "$10 - $25", "$1.2k", "$19⁹⁹", "$1,299,99", "12.5.2", "299 kr", "-5", "£5 USD", "$", "GC$20",
        "NaN", "iPhone 15", "$1e5",
    ],
)  # fmt: skip
def test_what_is_not_certain_is_not_read(text: str) -> None:
    assert parse_price(text, default_currency="USD") is None


@pytest.mark.parametrize(
    "text", ["HDMI cable 6 Ft", "PHP 8.3", "2024 CAD software", "RM 55", "AED 3", "R7, 16GB", "USB 3.2", "1080p"]
)
def test_words_beside_numbers_are_no_money(text: str) -> None:
    assert find_amounts(text, "USD") == []


def test_the_places_of_amounts_are_known() -> None:
    text = "was £20.50, now US$9"
    assert [text[span.start : span.end] for span in find_amounts(text, "AUD")] == ["£20.50", "US$9"]


@given(
    st.decimals(min_value="0.01", max_value="999999999", places=2), st.sampled_from(["USD", "EUR", "GBP", "AUD", "PLN"])
)
def test_what_is_shown_is_read_back(amount: Decimal, currency: str) -> None:
    assert parse_price(format_money(amount, currency), default_currency="USD") == Money(amount, currency)


@given(st.decimals(min_value="0.01", max_value="999999999", places=2))
def test_german_and_english_ways_of_writing_are_the_same_amount(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    for text in (f"€{english}", f"{german} €"):
        assert parse_price(text, default_currency="USD") == Money(amount, "EUR")


@given(st.text(max_size=80), st.sampled_from(["USD", "EUR", "JPY", "SEK"]))
def test_no_text_breaks_the_reading(text: str, currency: str) -> None:
    for span in find_amounts(text, currency):
        assert 0 <= span.start < span.end <= len(text)
    parse_price(text, default_currency=currency)


def test_amounts_are_shown_exactly_to_machines_and_as_usual_to_people() -> None:
    assert Money(Decimal("129.9000"), "USD").as_json() == {"amount": "129.90", "currency": "USD"}
    assert Money(Decimal("1E3"), "JPY").as_json() == {"amount": "1000", "currency": "JPY"}
    assert amount_text(Decimal("0.1234"), "USD") == "0.1234"
    assert amount_text(Decimal(0), "USD") == "0.00"
    assert str(Money(Decimal("1299.5"), "USD")) == "$1,299.50"
    assert str(Money(Decimal(37), "AUD")) == "A$37.00"
    assert str(Money(Decimal(99), "PLN")) == "PLN\u00a099.00"


def test_a_conversion_carries_its_rate_and_date() -> None:
    converted = convert(Money(Decimal(100), "USD"), "EUR", on=datetime.date(2016, 11, 20))
    assert converted.rate_date == datetime.date(2016, 11, 18)
    assert converted.money == Money(Decimal("94.08"), "EUR")
    newest = convert(Money(Decimal(100), "AUD"), "USD")
    assert newest.money.currency == "USD"
    assert newest.money.amount == (100 * newest.rate).quantize(Decimal("0.01"))
    assert newest.rate_date <= datetime.datetime.now(datetime.UTC).date()
    assert convert(Money(Decimal("5.55"), "USD"), "USD").money == Money(Decimal("5.55"), "USD")


@pytest.mark.parametrize(
    ("currency", "on"),
    [
        ("RUB", None),
        ("RUB", datetime.date(2024, 1, 2)),
        ("XYZ", None),
        ("USD", datetime.date(1990, 1, 1)),
        ("KWD", None),
    ],
)
def test_a_rate_is_never_guessed(currency: str, on: datetime.date | None) -> None:
    with pytest.raises(UnknownRate):
        convert(Money(Decimal(1), currency), "EUR", on=on)
