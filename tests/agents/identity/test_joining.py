"""Products that are alike: joined, suggested, left alone; and that what a person said of them holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.db import connections

from agents.identity import joining
from agents.identity.joining import Compared, compare_new
from agents.identity.likeness import BUCKETS, FEATURES, Likeness, doubtful, refused
from agents.identity.names import read_name
from agents.identity.weighing import Model, Trees, load
from deals.models import (
    DealPicture,
    MergeState,
    Product,
    ProductMerge,
    ProductNumber,
    ProductSuggestion,
    SuggestionState,
)
from deals.product_actions import merge_products, undo_merge
from deals.suggestion_actions import accept, decline, join_alike, suggest
from tests.deals.making import make_deal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def plain_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """One tree that asks for the words that two names share: above 0.9 it is sure, above 0.6 it is in doubt."""
    trees = Trees(
        np.array([[0, 0, -1, -1, -1]], np.int16),
        np.array([[0.9, 0.6, 0.0, 0.0, 0.0]]),
        np.array([[1, 3, 0, 0, 0]], np.int16),
        np.array([[2, 4, 0, 0, 0]], np.int16),
        np.array([[0.0, 0.0, 5.0, -5.0, 1.0]]),
    )
    monkeypatch.setattr(joining, "load", lambda: Model(np.ones(BUCKETS), trees, 0.98, 0.6))


def product(name: str, **fields: Any) -> Product:
    return Product.objects.create(key=name.lower(), name=name, **fields)


def pair(first: str = "Acme Kettle Steel Rapid", second: str = "Acme Steel Kettle Rapid", **of_second: Any) -> Any:
    return product(first), product(second, **of_second)


def test_the_same_words_in_another_order_are_joined_once_with_the_reason() -> None:
    a, b = pair()
    assert compare_new() == Compared(2, 1, 0)
    merge = ProductMerge.objects.get()
    assert (merge.kept, merge.merged, merge.by) == (a, b, None)
    assert "alike" in merge.reason
    assert merge.confidence == pytest.approx(1 / (1 + np.exp(-5)))
    Product.objects.update(compared_at=None)
    assert compare_new() == Compared(2, 0, 0)
    assert compare_new() == Compared()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Acme Kettle Steel Rapid", "Acme Kettle Steel Rapid, pack of 3"),
        ("Acme Phone Galaxy Nova", "Case for Acme Phone Galaxy Nova"),
        ("Acme Phone Galaxy Nova", "Acme Phone Galaxy Nova for parts not working"),
        ("Acme Phone Galaxy Nova 128GB", "Acme Phone Galaxy Nova 256GB"),
        ("Acme Steel Rapid Kettle KX1001", "Acme Steel Rapid Kettle KX2002"),
        ("Acme Kettle Steel Rapid", "Bosch Drill Cordless Heavy"),
    ],
)
def test_another_quantity_part_condition_storage_or_model_is_another_thing(first: str, second: str) -> None:
    pair(first, second)
    assert compare_new() == Compared(2, 0, 0)
    assert not ProductMerge.objects.exists() and not ProductSuggestion.objects.exists()


@pytest.mark.parametrize("field", ["gtin", "mpn"])
def test_two_numbers_that_differ_are_two_things(field: str) -> None:
    a, b = (
        product("Acme Kettle Steel Rapid", **{field: "04006381333931"}),
        product("Acme Steel Kettle Rapid", **{field: "1"}),
    )
    assert compare_new() == Compared(2, 0, 0)
    assert join_alike(a.pk, b.pk, reason="", confidence=1) is None


def test_a_word_that_may_tell_variants_apart_is_for_a_person() -> None:
    pair("Acme Kettle Steel Rapid Boil Quiet", "Acme Kettle Steel Rapid Boil Quiet Black")
    assert compare_new() == Compared(2, 0, 1)
    Product.objects.update(compared_at=None)
    assert compare_new() == Compared(2, 0, 0)
    assert ProductSuggestion.objects.get().state == SuggestionState.OPEN


def test_a_product_with_a_number_is_a_candidate_and_stays_but_is_not_asked_itself() -> None:
    a, b = pair()
    ProductNumber.objects.create(value="gtin:1:", product=b)
    assert compare_new() == Compared(2, 1, 0)
    assert ProductMerge.objects.get().kept == b
    a.refresh_from_db()
    assert a.merged_into == b
    for at, each in enumerate(pair("Acme Toaster Red", "Acme Red Toaster")):
        ProductNumber.objects.create(value=f"gtin:{at}:x", product=each)
    assert compare_new() == Compared(2, 0, 0)


def test_what_was_taken_apart_is_never_joined_again_even_by_its_parts(operator: Any) -> None:
    a, b = pair()
    compare_new()
    undo_merge(ProductMerge.objects.get())
    Product.objects.update(compared_at=None)
    assert compare_new() == Compared(2, 0, 0)
    assert ProductMerge.objects.get().state == MergeState.UNDONE
    c = product("Something else")
    merge_products(c, a, reason="", by=operator)
    assert join_alike(c.pk, b.pk, reason="", confidence=1) is None
    assert suggest(c.pk, b.pk, reason="", confidence=1) is None


def test_the_reason_of_a_suggestion_names_the_same_picture() -> None:
    pair("Acme Kettle Steel Rapid Boil Quiet", "Acme Kettle Steel Rapid Boil Quiet Black")
    pair("Borealis Lamp Oak Round Warm Dim", "Borealis Lamp Oak Round Warm Dim White")
    for number, each in enumerate(Product.objects.order_by("name")):
        deal = make_deal(each.name, product=each, home=each, marketplace=f"shop {number}")
        picture = 0x0123_4567_89AB_CDEF if "Acme" in each.name else 0x0F0F << number * 12
        DealPicture.objects.create(deal=deal, url="https://shop.example/1.jpg", hash=picture)
    compare_new()
    reasons = {each.kept.name[:4]: each.reason for each in ProductSuggestion.objects.select_related("kept")}
    assert "shown with the same picture." in reasons["Acme"]
    assert "picture" not in reasons["Bore"]


def test_a_declined_pair_is_neither_suggested_nor_joined(operator: Any) -> None:
    a, b = pair()
    asked = suggest(a.pk, b.pk, reason="Alike.", confidence=0.7)
    assert asked is not None
    assert suggest(b.pk, a.pk, reason="Alike.", confidence=0.7) is None
    assert decline(asked, by=operator) and not decline(asked, by=operator) and not accept(asked, by=operator)
    assert compare_new() == Compared(2, 0, 0)
    assert suggest(a.pk, b.pk, reason="", confidence=1) is None
    assert not ProductMerge.objects.exists()


def test_accepting_what_is_one_product_already_closes_the_suggestion(operator: Any) -> None:
    a, b, c = product("A"), product("B"), product("C")
    asked = suggest(a.pk, b.pk, reason="", confidence=0.7)
    assert asked is not None
    merge_products(c, a, reason="", by=operator)
    merge_products(c, b, reason="", by=operator)
    assert not accept(asked, by=operator)
    asked.refresh_from_db()
    assert asked.state == SuggestionState.ACCEPTED


@pytest.mark.django_db(transaction=True)
def test_two_processes_do_not_compare_at_once() -> None:
    pair()
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [joining._LOCK])
        assert compare_new() == Compared()
    finally:
        other.close()
    assert compare_new() == Compared(2, 1, 0)


@pytest.mark.parametrize("persona", [None, "stranger", "operator"])
@pytest.mark.parametrize("action", ["accept_all", "decline_all"])
def test_only_an_operator_sees_and_decides_suggestions(
    persona: str | None, action: str, signed_in: Callable[[Any], Any], client: Any, request: Any
) -> None:
    a, b = pair("Acme Kettle Steel Rapid Boil Quiet", "Acme Kettle Steel Rapid Boil Quiet Black")
    compare_new()
    browser = signed_in(request.getfixturevalue(persona)) if persona else client
    seen = browser.get("/admin/deals/productsuggestion/")
    asked = ProductSuggestion.objects.get()
    browser.post("/admin/deals/productsuggestion/", {"action": action, "_selected_action": [str(asked.pk)]})
    asked.refresh_from_db()
    b.refresh_from_db()
    if persona != "operator":
        assert a.name not in seen.content.decode()
        assert (asked.state, b.merged_into) == (SuggestionState.OPEN, None)
        return
    assert b.name in seen.content.decode()
    assert asked.by is not None
    accepted = action == "accept_all"
    assert asked.state == (SuggestionState.ACCEPTED if accepted else SuggestionState.DECLINED)
    assert b.merged_into == (a if accepted else None)
    assert "Products that may be one" in browser.get("/operations/").content.decode()


def test_the_shipped_model_is_surer_of_the_same_thing() -> None:
    model = load()
    name = read_name("Sony Cyber-shot DSC-W120 digital camera, silver")
    others = [
        read_name("Sony Cybershot W120 Digital Camera DSCW120 Silver"),
        read_name("Sony leather case for cameras"),
    ]
    features = Likeness(model.rarity).compared(name, others)
    assert features.shape == (2, len(FEATURES))
    same, other = model.trees.likelihood(features)
    assert same > model.suggest > other
    assert 0 < model.suggest <= model.join


def test_a_shared_model_number_does_not_make_a_thing_of_its_case() -> None:
    phone, case = read_name("Acme Nova KX1001 phone"), read_name("Case for Acme Nova KX1001 phone")
    assert refused(phone, case)
    assert not refused(phone, phone)
    assert doubtful(phone, read_name("Acme Nova KX1001 phone black"))
