"""The geometry and the words of the worth bar."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from deals.models import Deal, Valuation
from deals.web.worth_bar import bar_of, round_up, scale_of, worth_text

amounts = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(1_000_000), places=2)


def a_deal(price: str, worth: str | None = None, low: str | None = None, high: str | None = None, **more: Any) -> Deal:
    """A deal that is stored nowhere."""
    currency = more.pop("currency", "USD")
    known = {
        name: None if text is None else Decimal(text) for name, text in (("worth", worth), ("low", low), ("high", high))
    }
    valuation = Valuation(currency=currency, price=Decimal(price), exchange_rate=more.pop("rate", Decimal(1)), **known)
    return Deal(
        price=Decimal(price), currency=currency, valuation=valuation if worth or more.pop("valued", False) else None
    )


def test_places_are_proportional_to_money_on_the_list_s_scale() -> None:
    bar = bar_of(a_deal("50", "80", "70", "100"), Decimal(100))
    assert (bar.dot, bar.tick, bar.band, bar.end) == (50, 80, (70, 100), 100)
    assert bar.times == ""


def test_two_bars_of_a_list_have_the_same_number_of_pixels_a_dollar() -> None:
    small, large = a_deal("60", "70", "60", "80"), a_deal("90", "95", "90", "100")
    scale = scale_of([small, large])
    assert bar_of(small, scale).end / 80 == pytest.approx(bar_of(large, scale).end / 100)


def test_a_bar_too_small_to_read_says_how_much_larger_it_is_drawn() -> None:
    bar = bar_of(a_deal("9", "8", "7", "10"), Decimal(1000))
    assert bar.times == "×100"
    assert bar.end == 100
    assert "Drawn ×100" in bar.description


def test_a_bar_above_the_scale_is_drawn_smaller_and_says_so() -> None:
    bar = bar_of(a_deal("300", "250", "200", "400"), Decimal(100))
    assert bar.times == "÷5"
    assert bar.end == 80


@given(price=amounts, worth=amounts, scale=amounts)
def test_every_bar_fits_and_can_be_read(price: Decimal, worth: Decimal, scale: Decimal) -> None:
    deal = a_deal(str(price), str(worth), str(worth / 2), str(worth * 2))
    bar = bar_of(deal, scale)
    assert bar.band is not None and bar.tick is not None
    assert 0 <= bar.band[0] <= bar.tick <= bar.band[1] <= bar.end <= 100
    assert 0 <= bar.dot <= bar.end
    assert bar.end >= 49.9


@given(amounts)
def test_the_scale_is_a_round_amount_not_below_and_not_far_above(amount: Decimal) -> None:
    assert amount <= round_up(amount) <= amount * Decimal("1.34")


@pytest.mark.parametrize(
    ("price", "place"),
    [("149.99", "below"), ("150", "inside"), ("182", "inside"), ("215", "inside"), ("215.01", "above")],
)
def test_the_dot_says_where_the_price_stands_to_the_interval(price: str, place: str) -> None:
    assert bar_of(a_deal(price, "182", "150", "215")).place == place


def test_the_label_reads_as_in_the_design() -> None:
    deal = a_deal("129", "182.40", "150.20", "214.60")
    assert worth_text(deal.price, "USD", deal.valuation) == "$129 · worth $182 ($150–$215)"


def test_cents_stay_where_they_matter() -> None:
    deal = a_deal("9.49", "8.20", "7.10", "9.90")
    assert worth_text(deal.price, "USD", deal.valuation) == "$9.49 · worth $8.20 ($7.10–$9.90)"


def test_other_currencies_use_their_own_sign_and_the_scale_s_dollars() -> None:
    deal = a_deal("400", "500", "450", "600", currency="AUD", rate=Decimal("0.5"))
    assert scale_of([deal]) == 300
    assert bar_of(deal, Decimal(300)).end == 100
    assert bar_of(deal).label == "A$400 · worth A$500 (A$450–A$600)"


def test_without_a_worth_there_is_a_dot_alone() -> None:
    bar = bar_of(a_deal("40"), Decimal(50))
    assert (bar.tick, bar.band, bar.place, bar.dot) == (None, None, "alone", 80)
    assert bar.label == "$40 · worth not known"


@pytest.mark.parametrize(
    ("price", "shape"), [("100", "<circle"), ("160", '<path class="worth-dot"'), ("300", "worth-dot-above")]
)
def test_the_drawing_has_a_text_alternative_and_a_shape_for_each_place(price: str, shape: str) -> None:
    deal = a_deal(price, "182", "150", "215")
    html = Template("{% load deal_parts %}{% worth_bar deal scale %}").render(
        Context({"deal": deal, "scale": Decimal(400)})
    )
    assert 'role="img"' in html
    assert f'<title id="wt-{deal.pk.hex[-12:]}">${price} · worth $182 ($150–$215)</title>' in html
    assert "<desc" in html
    assert shape in html


def test_numbers_in_the_drawing_do_not_follow_the_reader_s_language() -> None:
    from django.utils import translation

    with translation.override("de"):
        html = Template("{% load deal_parts %}{% worth_bar deal %}").render(
            Context({"deal": a_deal("12.5", "20", "15", "30")})
        )
    assert 'x="41.67%"' in html
