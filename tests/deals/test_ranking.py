"""The order "For you": evidence first, taste within bounds, and nothing that anybody pays."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.models import new_id
from deals.ranking import DOWN, GREAT, UP, Offered, evidence_of, rank, why
from deals.taste import Taste, Traits, likings, replayed

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def _offered(category: str = "audio", brand: str = "", score: int | None = 60, **fields: Any) -> Offered:
    values: dict[str, Any] = {"price": Decimal(100), "low": Decimal(100), "first_seen_at": NOW - timedelta(days=9)}
    traits = Traits(category, brand, fields.pop("vector", None))
    return Offered(id=new_id(), score=score, traits=traits, **(values | fields))


def _taste(*doings: tuple[str, str]) -> Taste:
    return replayed([(NOW, Traits(category), kind) for category, kind in doings], NOW)


CATEGORIES = st.sampled_from(["audio", "kitchen", "toys", ""])
TASTES = st.lists(
    st.tuples(CATEGORIES, st.sampled_from(["view", "save", "bought", "dismiss", "too_high"])), max_size=30
)
OFFERS = st.lists(
    st.builds(
        _offered,
        category=CATEGORIES,
        brand=st.sampled_from(["sony", "bose", ""]),
        score=st.one_of(st.none(), st.integers(0, 100)),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(TASTES, OFFERS)
def test_taste_moves_a_deal_within_its_bounds_and_never_a_great_one_down(
    doings: list[tuple[str, str]], offers: list[Offered]
) -> None:
    for placed in rank(offers, _taste(*doings), NOW):
        assert -DOWN <= placed.moved <= UP
        assert placed.evidence < GREAT or placed.moved >= 0
        assert why(placed).endswith(".") and why(placed).count(". ") == 0


@settings(max_examples=60, deadline=None)
@given(TASTES, st.integers(0, 100), st.integers(1, 300), st.integers(0, 40))
def test_a_cheaper_identical_deal_never_ranks_lower(
    doings: list[tuple[str, str]], score: int, price: int, better: int
) -> None:
    dear = _offered(price=Decimal(price), score=score)
    cheap = dataclasses.replace(dear, id=new_id(), price=Decimal(price) / 2, score=min(100, score + better))
    first, second = rank([dear, cheap], _taste(*doings), NOW)
    assert first.points >= second.points and (first.offered == cheap or first.points == second.points)


def test_a_new_reader_gets_the_evidence_alone() -> None:
    good, poor, unknown = _offered(score=80), _offered(score=30), _offered(score=None, low=None)
    suspicious = _offered(score=80, verdict="suspicious")
    order = [placed.offered for placed in rank([poor, unknown, suspicious, good], Taste(), NOW)]
    assert order == [good, suspicious, unknown, poor]
    assert why(rank([good], Taste(), NOW)[0]) == "Its score is 80; your taste does not move it."


def test_the_cautious_end_and_newness_count() -> None:
    plain = _offered()
    assert evidence_of(dataclasses.replace(plain, low=Decimal(130)), NOW) > evidence_of(plain, NOW)
    assert evidence_of(dataclasses.replace(plain, first_seen_at=NOW), NOW) > evidence_of(plain, NOW)


def test_what_is_chosen_rises_and_what_is_dismissed_sinks_among_equals() -> None:
    offers = [_offered("audio"), _offered("kitchen"), _offered("toys")]
    taste = _taste(*[("kitchen", "save")] * 3, *[("toys", "dismiss")] * 3)
    placed = rank(offers, taste, NOW)
    assert [one.offered.traits.category for one in placed] == ["kitchen", "audio", "toys"]
    assert why(placed[0]) == "Higher for you, because you choose kitchen more often than other things."
    assert why(placed[2]) == "Lower for you, because you choose toys less often than other things."


def test_what_is_offered_most_is_not_taken_for_a_taste() -> None:
    """Somebody who looks at what there is, in the same shares, prefers nothing."""
    offered = [Traits("audio")] * 80 + [Traits("toys")] * 20
    liked = likings(_taste(*[("audio", "view")] * 40, *[("toys", "view")] * 10), offered)
    assert all(abs(one.value) < 0.05 for one in liked)


def test_a_vector_says_what_names_do_not() -> None:
    east, west = np.array([1.0, 0.0]), np.array([-1.0, 0.0])
    taste = replayed([(NOW, Traits(vector=east), "save")] * 5, NOW)
    near, far = likings(taste, [Traits(vector=east), Traits(vector=west)])
    assert near.value > 0 > far.value


def test_old_doings_count_less_than_new_ones() -> None:
    old = replayed([(NOW - timedelta(days=120), Traits("audio"), "save")], NOW)
    assert old.liked["categories"]["audio"] == pytest.approx(1.0)


def test_commission_is_not_among_what_enters() -> None:
    """The policy is public: what a sale would earn somebody is not known to the order. All that enters stands here."""
    assert {field.name for field in dataclasses.fields(Offered)} == {
        "id", "price", "first_seen_at", "score", "low", "verdict", "traits",
    }  # fmt: skip
    assert {field.name for field in dataclasses.fields(Traits)} == {"category", "brand", "vector"}
