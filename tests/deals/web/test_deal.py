"""The page of a deal, and what its reader does there."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from deals.models import DealMark, Estimate, Interaction, InteractionKind, PricePoint, Product
from tests.deals.making import make_deal, make_valuation

pytestmark = pytest.mark.django_db

COMPARABLE = {
    "title": "Sony WH-1000XM4",
    "price": "199.99",
    "currency": "USD",
    "similarity": 0.934,
    "source": "catalogue",
    "observed_at": "2026-05-01",
}


def _page(deal: Any, client: Client | None = None) -> str:
    answer = (client or Client()).get(f"/deals/{deal.pk}/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_it_answers_what_it_is_what_it_is_worth_and_whether_to_buy() -> None:
    deal = make_deal("Sony headphones", "129.00", merchant="Shop & Sons")
    valuation = make_valuation(
        deal,
        reasons=["The price is below even the cautious end."],
        comparables=[COMPARABLE],
        score_parts={"base": 60, "discount": 7},
        verdict="buy_now",
    )
    Estimate.objects.create(
        valuation=valuation, estimator="frontier", version="2026.1", value_usd=Decimal(210), weight=0.62
    )
    text = _page(deal)
    for words in (
        "Sony headphones", "Shop &amp; Sons", "worth $200", "$170–$230", "Buy now", "The price is below even the cautious end.",
        "<b>$71</b> below its worth", "Sony WH-1000XM4", "$199.99", "93%", "1 May 2026", "Frontier", "2026.1", "62 %",
        "Size of the discount", "+7",
    ):  # fmt: skip
        assert words in text, words
    assert 'rel="nofollow noopener noreferrer"' in text


def test_the_product_names_the_page_and_the_source_keeps_its_words() -> None:
    product = Product.objects.create(key="sony", name="Sony headphones")
    text = _page(make_deal("Sony headphones $129 @ Shop", product=product))
    assert "<h1>Sony headphones</h1>" in text
    assert "Sony headphones $129 @ Shop" in text


def test_a_deal_without_a_valuation_says_so() -> None:
    assert "has not been valued yet" in _page(make_deal())


def test_a_valuation_that_cannot_say_gives_no_number() -> None:
    deal = make_deal("Mystery box", "20")
    valuation = make_valuation(deal, verdict="cannot_say", reasons=["We know nothing like it."])
    valuation.worth = valuation.low = valuation.high = valuation.discount = None
    valuation.save()
    text = _page(deal)
    assert "worth not known" in text
    assert "below its worth" not in text
    assert "We know nothing like it." in text


def test_a_sample_is_marked_and_has_no_way_to_a_shop() -> None:
    text = _page(make_deal(is_sample=True))
    assert "sample offer of our own" in text
    assert "https://shop.example" not in text


def test_a_deal_that_is_over_says_so_and_offers_no_way_out() -> None:
    expired = make_deal(expires_at=timezone.now() - timedelta(hours=1))
    assert "Expired" in _page(expired)
    assert "See it at" not in _page(expired)
    assert "Sold out" in _page(make_deal(state="sold_out"))


def test_prices_seen_are_drawn_and_listed() -> None:
    deal = make_deal(price="80")
    for days, price in ((20, "120"), (10, "100"), (0, "80")):
        PricePoint.objects.create(
            deal=deal, price=price, currency="USD", observed_at=timezone.now() - timedelta(days=days)
        )
    text = _page(deal)
    assert "3 prices over 20 days: lowest $80, highest $120, newest $80." in text
    assert "3 lines as a table" in text
    assert ">30 days</td>" in text
    assert "We have seen only 3 prices, so confidence is low" in text


def test_a_discount_that_was_made_by_raising_the_price_is_called_so_on_page_and_pane() -> None:
    deal = make_deal(price="100", list_price=Decimal(120))
    for days, price in ((100, "100"), (12, "120"), (1, "100")):
        PricePoint.objects.create(
            deal=deal, price=price, currency="USD", observed_at=timezone.now() - timedelta(days=days)
        )
    words = "Inflated before the sale: it cost $100 until"
    assert words in _page(deal)
    assert words in Client().get(f"/deals/{deal.pk}/", headers={"HX-Request": "true"}).content.decode()


def test_the_page_of_a_product_shows_its_prices_in_one_condition(django_assert_max_num_queries: Any) -> None:
    product = Product.objects.create(key="sony", name="Sony headphones")
    kept = [
        make_deal("New one", "90", product=product),
        make_deal("Not stated", "80", product=product, condition="new"),
    ]
    at = timezone.now() - timedelta(days=20)
    used = make_deal("Old one", "30", product=product, condition="used", merchant="Attic")
    for deal, price in ((kept[0], "90"), (kept[1], "80"), (used, "30")):
        PricePoint.objects.create(deal=deal, product=product, price=price, currency="USD", observed_at=at)
    with django_assert_max_num_queries(8):
        text = Client().get(f"/products/{product.pk}/").content.decode()
    assert "In the last 30 days it always cost $80" in text
    assert "Attic" not in text
    assert 'href="?condition=used"' in text
    assert "always cost $30" in Client().get(f"/products/{product.pk}/?condition=used").content.decode()
    assert f"/products/{product.pk}/" in _page(used)


def test_a_product_without_deals_or_none_at_all_is_404_and_a_merged_one_leads_on() -> None:
    product = Product.objects.create(key="sony", name="Sony headphones")
    merged = Product.objects.create(key="sony-2", name="Sony phones", merged_into=product)
    assert Client().get(f"/products/{product.pk}/").status_code == 404
    assert Client().get(f"/products/{uuid.uuid4()}/").status_code == 404
    assert Client().get(f"/products/{merged.pk}/").headers["Location"] == f"/products/{product.pk}/"


def test_stored_evidence_of_an_odd_shape_does_not_break_the_page() -> None:
    deal = make_deal()
    make_valuation(deal, comparables=["text", {}, {"price": "x", "similarity": None}], score_parts=["odd"])
    assert "Untitled" in _page(deal)


def test_an_unknown_deal_is_404() -> None:
    answer = Client().get(f"/deals/{uuid.uuid4()}/")
    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()


def test_a_look_is_written_down_once_in_a_while(owner: Any, signed_in: Callable[[Any], Client]) -> None:
    deal = make_deal()
    client = signed_in(owner)
    for _ in range(3):
        _page(deal, client)
    _page(deal)
    assert list(Interaction.objects.values_list("kind", "user")) == [(InteractionKind.VIEW, owner.pk)]


@pytest.mark.parametrize("kind", ["save", "unsave", "dismiss", "too_high", "too_low", "bought"])
def test_what_a_reader_does_is_recorded_and_leads_back(
    kind: str, owner: Any, signed_in: Callable[[Any], Client]
) -> None:
    deal = make_deal()
    answer = signed_in(owner).post(f"/deals/{deal.pk}/{kind}/", {"next": "/saved/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/saved/")
    assert Interaction.objects.get().kind == kind


@pytest.mark.parametrize("address", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""])
def test_the_way_back_never_leaves_the_site(address: str, owner: Any, signed_in: Callable[[Any], Client]) -> None:
    deal = make_deal()
    answer = signed_in(owner).post(f"/deals/{deal.pk}/save/", {"next": address})
    assert answer.headers["Location"] == f"/deals/{deal.pk}/"


@pytest.mark.parametrize("kind", ["view", "click", "nonsense"])
def test_there_is_nothing_else_to_do_with_a_deal(kind: str, owner: Any, signed_in: Callable[[Any], Client]) -> None:
    assert signed_in(owner).post(f"/deals/{make_deal().pk}/{kind}/").status_code == 404
    assert not Interaction.objects.exists()


def test_a_visitor_who_saves_is_led_to_the_deal_after_signing_in() -> None:
    deal = make_deal()
    answer = Client().post(f"/deals/{deal.pk}/save/")
    assert answer.headers["Location"] == f"/accounts/login/?next=/deals/{deal.pk}/"


def test_with_htmx_a_visitor_is_sent_to_the_login_as_a_whole_page() -> None:
    deal = make_deal()
    answer = Client().post(f"/deals/{deal.pk}/save/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == f"/accounts/login/?next=/deals/{deal.pk}/"
    assert answer.content == b""


def test_doing_something_wants_post(owner: Any, signed_in: Callable[[Any], Client]) -> None:
    deal = make_deal()
    assert signed_in(owner).get(f"/deals/{deal.pk}/save/").status_code == 405
    assert not DealMark.objects.exists()


def test_with_htmx_saving_gives_the_button_back(owner: Any, signed_in: Callable[[Any], Client]) -> None:
    deal = make_deal()
    text = signed_in(owner).post(f"/deals/{deal.pk}/save/", headers={"HX-Request": "true"}).content.decode()
    assert f"/deals/{deal.pk}/unsave/" in text
    assert "<html" not in text
