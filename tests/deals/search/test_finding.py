"""Searching: what is found, in which order, for whom, and what is said about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from deals.actions import record_interaction
from deals.models import Deal, DealVector, InteractionKind, Product, SearchWord
from deals.search import finding, hits, nearness
from deals.search.finding import AWAY, search_deals
from deals.search.likeness import similar_deals
from deals.search.marking import marked
from deals.search.meaning import HalfVector
from deals.search.nearness import nearest
from deals.search.query import read_query
from deals.search.words import count_words, note_words, spelling_of
from deals.selectors import DealFilters, deal_by_id, deals_for, documents_for, name_of
from tests.deals.making import make_deal, make_valuation
from tests.deals.search.conftest import direction, meant_deal

pytestmark = pytest.mark.django_db


def found(search: str, reader: User | None = None, **filters: Any) -> list[str]:
    return [deal.title for deal in search_deals(reader, DealFilters(search=search, **filters)).deals]


@pytest.fixture
def shelf() -> None:
    for title in (
        "Sony WH-1000XM5 noise cancelling headphones",
        "Sony WH-1000XM4 noise cancelling headphones",
        "Bose QuietComfort headphones, cancelling no noise",
        "Dyson V15 vacuum cleaner, refurbished",
        "Apple iPhone 15 case",
    ):
        make_deal(title)
    count_words()


XM5, XM4, BOSE, DYSON, CASE = (
    "Sony WH-1000XM5 noise cancelling headphones",
    "Sony WH-1000XM4 noise cancelling headphones",
    "Bose QuietComfort headphones, cancelling no noise",
    "Dyson V15 vacuum cleaner, refurbished",
    "Apple iPhone 15 case",
)


@pytest.mark.parametrize(
    ("search", "titles"),
    [
        ("wh1000xm5", {XM5}),
        ("WH 1000XM5", {XM5}),
        ("wh 1000 xm5", {XM5}),
        ("wh-1000xm6", set()),
        ("iphone15", {CASE}),
        ("hedphones", {XM5, XM4, BOSE}),
        ("dysno vacum", {DYSON}),
        ("head phones", {XM5, XM4, BOSE}),
        ('"noise cancelling"', {XM5, XM4}),
        ("headphones -bose", {XM5, XM4}),
        ('headphones -"noise cancelling"', {BOSE}),
        ("bose or dyson", {BOSE, DYSON}),
        ("-sony -iphone", {BOSE, DYSON}),
        ("quietcom", {BOSE}),
        ("the", set()),
        ("%", set()),
        ("sony dyson", set()),
    ],
)
def test_what_people_type(shelf: None, search: str, titles: set[str]) -> None:
    assert set(found(search)) == titles
    assert set(found(search, ordering="price")) == titles, "an order changes nothing but the order"


def test_a_slip_is_told_and_what_was_typed_comes_first(shelf: None) -> None:
    rare = make_deal("Vacum sealer bags")
    for number in range(11):
        make_deal(f"Vacuum sealer number {number}")
    count_words()
    told = search_deals(None, DealFilters(search="vacum"))
    assert dict(told.explained.meant) == {"vacum": ("vacuum",)}
    assert told.deals[0].pk == rare.pk
    assert len(told.deals) == 13


def test_words_of_a_new_deal_are_known_before_they_are_counted() -> None:
    deal = make_deal("Brandnew Zwixlamp")
    note_words([deal])
    note_words([deal])
    assert list(SearchWord.objects.values_list("word", "deals").order_by("word")) == [("brandnew", 1), ("zwixlamp", 1)]
    assert found("zwixlmap") == ["Brandnew Zwixlamp"]
    make_deal("Zwixlamp again")
    assert count_words() == 3
    assert SearchWord.objects.get(word="zwixlamp").deals == 2
    Deal.objects.update(state="expired")
    assert count_words() == 0 and not SearchWord.objects.exists()


def test_meaning_finds_what_no_word_says(answered: Callable[..., None]) -> None:
    meant_deal("Electric kettle", [1, 0.2])
    meant_deal("Garden hose", [0, 1])
    answered("boil water quickly", 1, 0)
    told = search_deals(None, DealFilters(search="boil water quickly"))
    assert [deal.title for deal in told.deals] == ["Electric kettle"]
    assert told.explained.found_by == ("words", "spelling", "meaning") and told.explained.note == ""


def test_without_the_model_words_are_searched_and_that_is_said(
    shelf: None, without_model: None, tmp_path: Path
) -> None:
    told = search_deals(None, DealFilters(search="headphones"))
    assert len(told.deals) == 3
    assert told.explained.found_by == ("words", "spelling") and told.explained.note == AWAY
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"cut short")
    assert search_deals(None, DealFilters(search="headphones")).explained.note == AWAY


def test_small_words_and_parts_of_words_are_not_taken_for_slips(answered: Callable[..., None]) -> None:
    meant_deal("Brother printer", [0, 1])
    meant_deal("Smartphone", [1, 0])
    count_words()
    answered("calls on the way", 1, 0)
    told = search_deals(None, DealFilters(search="calls on the way"))
    assert told.explained.meant == () and [deal.title for deal in told.deals] == ["Smartphone"], "not of a brother"
    assert spelling_of(read_query("phone")).likely == "phone"
    assert found("phone") == ["Smartphone"]


def test_what_all_rankings_agree_on_comes_first(answered: Callable[..., None]) -> None:
    meant_deal("Case for headphones", [0.5, 1])
    best = meant_deal("Headphones", [1, 0])
    meant_deal("Earbuds", [1, 0.1])
    answered("headphones", 1, 0)
    titles = found("headphones")
    assert titles[0] == best.title and set(titles) == {"Headphones", "Earbuds", "Case for headphones"}


def test_phrases_and_exclusions_hold_for_meaning_too(answered: Callable[..., None]) -> None:
    meant_deal("Kettle, refurbished", [1, 0])
    meant_deal("Electric kettle", [1, 0.1])
    for search in ("kettle -refurbished", '"electric kettle"'):
        answered(search, 1, 0)
        assert found(search) == ["Electric kettle"]


@pytest.mark.parametrize(
    "filters",
    [
        {"max_price": Decimal(50)}, {"marketplace": "ebay"}, {"condition": "used"}, {"category": "kitchen"}, {"min_score": 90},
        {"min_discount_percent": Decimal(80)}, {"source": "elsewhere"}, {"since": timezone.now() + timedelta(hours=1)},
    ],
)  # fmt: skip
def test_filters_hold_for_all_rankings(answered: Callable[..., None], filters: dict[str, Any]) -> None:
    for number in range(3):
        make_valuation(meant_deal(f"Kettle {number}", [1, number / 10], price="129.00"))
    make_valuation(
        meant_deal(
            "Kettle that is meant", [0.7, 0.7], price="20.00", marketplace="ebay", condition="used", category="Kitchen",
            source=None, first_seen_at=timezone.now() + timedelta(hours=2),
        ), score=95,
    )  # fmt: skip
    from tests.deals.making import make_source

    Deal.objects.filter(title="Kettle that is meant").update(source=make_source("elsewhere"))
    answered("kettle", 1, 0)
    assert found("kettle", **filters) == ["Kettle that is meant"]
    answered("boil water", 1, 0)
    assert found("boil water", **filters) == ["Kettle that is meant"], "by meaning alone"


@pytest.mark.parametrize(("cost", "steps"), [(0, [5]), (1e9, [5, 5, 5])], ids=["few meet it", "looked further"])
def test_a_filter_that_few_meet_loses_nothing_to_the_index(
    monkeypatch: pytest.MonkeyPatch, cost: float, steps: list[int]
) -> None:
    """Where none of the nearest meets the filter, all that do are compared if that costs little, and else more of the nearest looked at."""
    for number in range(12):
        meant_deal(f"Near {number}", [1, number / 1000])
    wanted = meant_deal("Far, and the only used one", [0.8, 0.6], condition="used")
    monkeypatch.setattr(nearness, "_LOOKED_AT", 5)
    monkeypatch.setattr(nearness, "_cost_of", lambda _: cost)
    used = documents_for(None, DealFilters(condition="used"))
    with CaptureQueriesContext(connection) as asked:
        rows = nearest(used, HalfVector(direction(1, 0)), 10)
    assert [pk for pk, _ in rows] == [wanted.pk]
    fetched = re.findall(r"FETCH (\d+)", " ".join(query["sql"] for query in asked.captured_queries))
    assert [int(number) for number in fetched] == steps


def test_a_marketplace_that_no_deal_is_of_finds_nothing(answered: Callable[..., None]) -> None:
    """Django does not ask the database what it knows to find nothing, and raises where it is made to write that down."""
    answered("kettle", 1, 0)
    meant_deal("Kettle", [1, 0])
    for ordering in ("", "price"):
        assert found("kettle", marketplace="nowhere", ordering=ordering) == []
    assert nearest(documents_for(None, DealFilters()).none(), HalfVector(direction(1, 0)), 10) == []


def test_deals_where_no_walk_comes_by_are_compared_as_well(db: None) -> None:
    near, far = meant_deal("A", (1, 0)), meant_deal("B", (0.5, 1))
    rows = nearest(documents_for(None, DealFilters()), HalfVector(direction(1, 0)), 10, [far.pk, near.pk], walked=[])
    assert [pk for pk, _ in rows] == [near.pk, far.pk]


def test_dismissed_and_past_deals_are_not_found(owner: User, stranger: User, answered: Callable[..., None]) -> None:
    dull = meant_deal("Kettle", [1, 0])
    meant_deal("Kettle of last year", [1, 0], state="expired")
    record_interaction(owner, dull, InteractionKind.DISMISS)
    answered("kettle", 1, 0)
    assert found("kettle", owner) == []
    assert found("kettle", stranger) == found("kettle") == ["Kettle"]


def test_further_pages_go_on_where_the_first_ended(answered: Callable[..., None]) -> None:
    for number in range(6):
        meant_deal(f"Kettle {number}", [1, number / 10])
    filters = DealFilters(search="kettle")
    first = search_deals(None, filters)
    answered("kettle", 0.5, 1)
    make_deal("Kettle that came meanwhile")
    again = search_deals(None, filters, same_pages=True)
    assert again.deals.ids == first.deals.ids  # type: ignore[union-attr]
    assert again.explained == first.explained
    assert search_deals(None, filters).deals.ids != first.deals.ids  # type: ignore[union-attr]
    Deal.objects.filter(pk=first.deals[0].pk).update(state="expired")
    assert len(search_deals(None, filters, same_pages=True).deals[0:3]) == 2


def test_an_order_of_the_readers_own_lists_all_by_words_and_else_by_meaning(answered: Callable[..., None]) -> None:
    meant_deal("Dear kettle", [1, 0], price="90.00")
    meant_deal("Cheap kettle", [1, 0.5], price="10.00")
    meant_deal("Teapot", [1, 0.1], price="5.00")
    for search in ("kettle", "boil water"):
        answered(search, 1, 0)
    assert found("kettle", ordering="price") == ["Cheap kettle", "Dear kettle"]
    assert found("boil water", ordering="-price") == ["Dear kettle", "Cheap kettle", "Teapot"]


def test_an_order_is_counted_with_its_first_page_and_read_on_from_there(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(hits, "_FIRST", 3)
    for price in (30, 10, 50, 20, 40):
        make_deal("Kettle", price=str(price))
    listed = search_deals(None, DealFilters(search="kettle", ordering="price")).deals
    assert [deal.price for deal in listed[3:5]] == [40, 50] and listed[0].price == 10
    with django_assert_num_queries(2):
        assert len(listed) == 5 and [deal.price for deal in listed[:3]] == [10, 20, 30]
    assert [deal.price for deal in listed[2:4]] == [30, 40] and [deal.price for deal in listed] == [10, 20, 30, 40, 50]
    assert len(search_deals(None, DealFilters(search="kettle", ordering="price", max_price=Decimal(5))).deals) == 0


def test_too_many_to_rank_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MOST_BY_WORDS", 2)
    for number in range(3):
        make_deal(f"Kettle {number}")
    told = search_deals(None, DealFilters(search="kettle"))
    assert len(told.deals) == 2 and not told.explained.is_whole
    assert len(found("kettle", ordering="price")) == 3


def test_marks_are_the_only_markup() -> None:
    deal = make_deal('<b>Sony</b> & "headphones" <script>')
    product = Product.objects.create(key="k", name="Sony thing")
    Deal.objects.filter(pk=deal.pk).update(product=product)
    told = search_deals(None, DealFilters(search="sony hedphones"))
    note_words([deal])
    told = search_deals(None, DealFilters(search="sony hedphones"))
    title = marked({deal.pk: deal.title}, told.spelling)[deal.pk]
    assert title == "&lt;b&gt;<mark>Sony</mark>&lt;/b&gt; &amp; &quot;<mark>headphones</mark>&quot; &lt;script&gt;"
    assert marked({deal.pk: name_of(deal_by_id(deal.pk))}, told.spelling)[deal.pk] == "<mark>Sony</mark> thing"
    part = search_deals(None, DealFilters(search="ony"))
    assert (
        "S<mark>ony</mark>" in marked({deal.pk: deal.title}, part.spelling)[deal.pk]
        or "<mark>Sony</mark>" in marked({deal.pk: deal.title}, part.spelling)[deal.pk]
    )
    assert marked({deal.pk: deal.title}, search_deals(None, DealFilters(search="-sony")).spelling) == {}


def test_a_search_costs_the_same_queries_for_any_number(
    answered: Callable[..., None], django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        meant_deal(f"Kettle {number}", [1, 0])
    answered("kettle", 1, 0)
    with django_assert_max_num_queries(10):
        assert len(list(search_deals(None, DealFilters(search="kettle")).deals)) == 12


def test_similar_deals_are_other_things_alike_in_meaning() -> None:
    product, other = (Product.objects.create(key=name, name=name) for name in ("one", "two"))
    deal = meant_deal("Kettle", [1, 0], product=product)
    meant_deal("The same kettle elsewhere", [1, 0], product=product)
    meant_deal("Teapot", [1, 0.3], product=other)
    meant_deal("The same teapot elsewhere", [1, 0.2], product=other)
    meant_deal("Samovar without a product", [1, 0.5])
    meant_deal("Kettle of last year", [1, 0], state="expired")
    meant_deal("Garden hose", [0, 1])
    assert [each.title for each in similar_deals(deal)] == ["The same teapot elsewhere", "Samovar without a product"]
    assert len(similar_deals(deal, limit=1)) == 1
    DealVector.objects.filter(deal=deal).delete()
    assert "The same kettle elsewhere" not in [each.title for each in similar_deals(deal)]
    assert deals_for(None).count() == 6
