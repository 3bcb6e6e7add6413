"""What is kept of a product's words gives the same table as the words themselves, by a plain reference."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import numpy as np
import pytest
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.pricing.catalogue import pgvector
from agents.pricing.catalogue.base import NEAREST, Product, ProductTable
from agents.pricing.catalogue.compared import Compared
from agents.pricing.catalogue.pgvector import PgvectorCatalogue
from agents.pricing.embedding import embed
from agents.pricing.importing import import_rows
from agents.pricing.sameness import is_model_number
from agents.pricing.text import Prepared, prepare
from agents.pricing.wording import Wording, _word_bucket, dots
from agents.training.data import Row
from deals.models import CatalogueItem
from tests.agents.pricing.conftest import World

WORDS = (
    "acme",
    "kettle",
    "steel",
    "pro",
    "mini",
    "wh-1000xm5",
    "75375",
    "128",
    "gb",
    "2-pack",
    "used",
    "case",
    "for",
    "15",
)
titles = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join)


@lru_cache(maxsize=1)
def wording() -> Wording:
    return Wording.learn([prepare(f"{first} {second}") for first in WORDS for second in WORDS])


def likeness(one: Prepared, other: Prepared, rarity: np.ndarray) -> float:
    """The cosine of the rare words in common, as it is defined."""
    sides = [{_word_bucket(word) for word in item.words} for item in (one, other)]
    squares = [sum(float(rarity[bucket]) ** 2 for bucket in side) for side in (*sides, sides[0] & sides[1])]
    return squares[2] / max(np.sqrt(squares[0] * squares[1]), 1e-9)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(titles, min_size=1, max_size=4), st.lists(titles, min_size=1, max_size=4))
def test_the_table_says_what_the_words_say(asked: Sequence[str], known: Sequence[str]) -> None:
    mine, theirs = [prepare(title) for title in asked], [prepare(title) for title in known]
    table = ProductTable.of([Product(title, "", 5.0) for title in known], theirs, wording(), date(2026, 11, 1))
    everything = np.tile(np.arange(len(known)), (len(asked), 1))
    found = dots(wording().words(mine), table.words, everything)
    expected = [[likeness(one, other, wording().word_rarity) for other in theirs] for one in mine]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    for row, item in enumerate(theirs):
        name = set(item.title_words)
        assert set(table.names.words[row].indices) == {_word_bucket(word) for word in name}
        marks = {word for word in name if word in ("pro", "mini") or any(map(str.isdigit, word))}
        assert set(table.names.marks[row].indices) == {_word_bucket(word) for word in marks}
        assert set(table.names.models[row].indices) == {_word_bucket(word) for word in filter(is_model_number, name)}
        assert table.accessory[row] == item.caution.accessory
        assert table.pack[row] == item.caution.pack


@given(titles)
def test_it_comes_back_from_json_as_it_was(title: str) -> None:
    compared = Compared.of(prepare(title))
    assert Compared.unpacked(json.loads(json.dumps(compared.packed()))) == compared


def test_a_product_is_read_once_and_its_price_each_time(
    db: None, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_rows([Row(product, "", number) for number, product in enumerate(world.products[:40])])
    catalogue, vectors = PgvectorCatalogue(world.model.wording), embed(["Duna wireless headphones"])
    first = catalogue.search(vectors)
    catalogue._words_of(set(CatalogueItem.objects.values_list("pk", flat=True)))
    CatalogueItem.objects.update(price=F("price") + 100, category="kettles")
    monkeypatch.setattr(pgvector.reading, "unpacked", lambda kept: pytest.fail("it was read a second time"))
    second = catalogue.search(vectors)
    before, after = (found.table.products[found.row[0, 0]] for found in (first, second))
    assert before.identity == after.identity
    assert (after.title, after.text) == (before.title, before.text)
    assert (after.price, after.category) == (pytest.approx(before.price + 100), "kettles")
    assert second.table.log_price[second.row[0, 0]] == pytest.approx(np.log(after.price))
    CatalogueItem.objects.filter(pk=after.identity).delete()
    left = catalogue.search(vectors)
    assert after.identity not in {product.identity for product in left.table.products}


def test_no_more_products_are_remembered_than_there_is_room_for(
    db: None, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pgvector, "_REMEMBERED", 10)
    import_rows([Row(product, "", number) for number, product in enumerate(world.products[:40])])
    catalogue = PgvectorCatalogue(world.model.wording)
    for _ in range(2):
        found = catalogue.search(embed(["Duna wireless headphones", "electric kettle"]))
        assert (found.row[:, 0] >= 0).all()
        assert len(catalogue._words) == 10


def test_no_questions_no_answers(db: None, world: World) -> None:
    assert PgvectorCatalogue(world.model.wording).search(embed([])).row.shape == (0, NEAREST)
