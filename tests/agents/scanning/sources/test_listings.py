"""What marketplaces write where a price should be, and what is made of the rest of a listing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.scanning.sources.base import Offer, RawEntry, Skip, SourceConfig
from agents.scanning.sources.listing import availability_of, condition_of, price_of, read_listing, shipping_of
from common.money import Money


@pytest.mark.parametrize(
    ("text", "currency", "amount", "code"),
    [
        ("$1,234", "USD", "1234", "USD"), ("$1,234.50", "USD", "1234.50", "USD"), ("1.106,18 €", "EUR", "1106.18", "EUR"),
        ("2 200 zł", "PLN", "2200", "PLN"), ("£85", "GBP", "85", "GBP"),
        ("C $12.00", "USD", "12.00", "CAD"), ("AU $30", "AUD", "30", "AUD"),
        ("129.99", "CAD", "129.99", "CAD"), ("$350", "AUD", "350", "AUD"), ("1500", "JPY", "1500", "JPY"),
    ],
)  # fmt: skip
def test_one_price_is_read_exactly(text: str, currency: str, amount: str, code: str) -> None:
    assert price_of(text, currency) == Money(Decimal(amount), code)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "states no price"), ("Free", "given away"), ("$0", "given away"), ("Za darmo", "given away"), ("POA", "on request"),
        ("Please contact", "on request"), ("Price on application", "on request"),
        ("Proszę o kontakt", "on request"), ("Offers", "asks for offers"),
        ("Swap / Trade", "asks for offers"), ("Wymienię", "no price"),
        ("$10.00 to $25.00", "range"), ("£5 - £9", "range"), ("from $19.99", "begin"),
        ("od 100 zł", "begin"), ("ab 5 €", "begin"), ("£850 pcm", "again and again"), ("$30/mo", "again and again"), ("???", "no price"),
        ("$3.299", "no price"), ("1,2,3", "no price"),
    ],
)  # fmt: skip
def test_what_is_no_price_is_skipped_with_the_reason(text: str, words: str) -> None:
    reason = price_of(text, "USD")
    assert isinstance(reason, str) and words in reason


@given(st.text(max_size=40), st.sampled_from(["USD", "EUR", "PLN", "JPY"]))
def test_no_text_is_an_accident(text: str, currency: str) -> None:
    found = price_of(text, currency)
    assert (isinstance(found, Money) and found.amount > 0) or (isinstance(found, str) and found)
    shipping_of(text, currency)
    condition_of(text)
    availability_of(text)


@pytest.mark.parametrize("price", ["$1", "$12345", "$123456", "$11111", "$99999"])
def test_an_amount_that_stands_for_an_offer_is_no_price_among_neighbours_only(price: str) -> None:
    entry = RawEntry("1", "https://town.example/1", "Sofa", extra={"price": price})
    assert isinstance(read_listing(entry, SourceConfig(), is_classified=True), Skip)
    assert isinstance(read_listing(entry, SourceConfig()), Offer)


@pytest.mark.parametrize("price", ["$1,234", "$10", "$100", "$1.50", "$111"])
def test_an_ordinary_amount_is_one_among_neighbours_too(price: str) -> None:
    entry = RawEntry("1", "https://town.example/1", "Sofa", extra={"price": price})
    assert isinstance(read_listing(entry, SourceConfig(), is_classified=True), Offer)


@pytest.mark.parametrize(
    ("words", "condition"),
    [
        ("Brand New", "new"), ("New with tags", "new"), ("Pre-Owned", "used"),
        ("Open box", "used"), ("used_like_new", "used"), ("Używany", "used"),
        ("Certified - Refurbished", "refurbished"), ("https://schema.org/UsedCondition", "used"),
        ("https://schema.org/NewCondition", "new"),
        ("For parts or not working", "used"), ("like new", "used"), ("", ""), ("Canon", ""),
    ],
)  # fmt: skip
def test_the_words_for_a_condition(words: str, condition: str) -> None:
    assert condition_of(words) == condition


@pytest.mark.parametrize(
    ("words", "cost"),
    [
        ("Free shipping", "0"),
        ("+$5.35 shipping", "5.35"),
        ("$4 delivery", "4"),
        ("+£3 postage", None),
        ("Shipping not specified", None),
        ("0.00", "0"),
    ],
)
def test_what_sending_costs(words: str, cost: str | None) -> None:
    assert shipping_of(words, "USD") == (None if cost is None else Decimal(cost))


def test_a_list_price_counts_only_above_the_price_and_in_its_currency() -> None:
    def listed(text: str) -> Decimal | None:
        offer = read_listing(
            RawEntry("1", "https://a.example/1", "Sofa", extra={"price": "$50", "list_price": text}), SourceConfig()
        )
        assert isinstance(offer, Offer)
        return offer.list_price

    assert (listed("$80"), listed("$40"), listed("80 €"), listed("$50 to $80")) == (Decimal(80), None, None, None)
