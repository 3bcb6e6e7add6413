"""Goals that ask for meaning are met by deals that say nearly the same in other words, and all other goals as before."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pgvector import HalfVector

from accounts.actions.goals import update_goal
from accounts.models import Goal
from agents.planning.actions import match_goal
from agents.pricing.meaning import give_goal_vectors, give_vectors
from agents.pricing.tasks import give_goal_meanings
from deals.foresight import foresee
from deals.matching import find_matches, find_matches_of_goal
from deals.models import Deal, DealVector, GoalVector, Match
from tests.matching_factories import make_deal, make_goal

pytestmark = pytest.mark.django_db


def _vector(likeness: float) -> HalfVector:
    """A vector of length one whose cosine to that of likeness 1 is this."""
    return HalfVector([likeness, (1 - likeness**2) ** 0.5, *[0.0] * 382])


def _mean(deal: Deal, likeness: float) -> Deal:
    DealVector.objects.create(deal=deal, words_hash="test", embedding=_vector(likeness))
    return deal


def _asking(owner: Any, least: float | None = 0.8, **fields: Any) -> Goal:
    goal = make_goal(owner, min_similarity=least, **{"keywords": ["earbuds"]} | fields)
    GoalVector.objects.create(goal=goal, words_hash="test", embedding=_vector(1), as_of=goal.updated_at)
    return goal


def _found(goal: Goal, deal: Deal) -> list[float | None]:
    """How nearly the same it means, for each time it is found: by the batch, by the goal, which have to agree."""
    assert deal.valuation is not None
    by_batch = [pair for pair in find_matches([deal.valuation.pk]) if pair.goal_id == goal.pk]
    assert by_batch == find_matches_of_goal(goal.pk)
    return [pair.similarity for pair in by_batch]


def test_a_deal_without_the_words_counts_from_the_threshold_on(owner: Any) -> None:
    near, far = _mean(make_deal(), 0.85), _mean(make_deal(), 0.75)
    goal = _asking(owner)
    assert _found(goal, near) == [pytest.approx(0.85, abs=0.005)]
    assert far.valuation is not None and find_matches([far.valuation.pk]) == []


@pytest.mark.parametrize(
    "terms",
    [
        {"least": None},
        {"max_price": Decimal(100)},
        {"brands": ["Bose"]},
        {"category": "Speakers"},
        {"excluded_keywords": ["sony"]},
        {"max_matches": 1, "match_count": 1},
        {"status": "paused"},
    ],
    ids=lambda terms: next(iter(terms)),
)
def test_meaning_stands_in_for_the_words_alone(owner: Any, terms: dict[str, Any]) -> None:
    deal = _mean(make_deal(category="Headphones"), 0.95)
    assert _found(_asking(owner, **terms), deal) == []


def test_what_has_the_words_is_found_by_them(owner: Any) -> None:
    deal = _mean(make_deal("Sony earbuds"), 0.9)
    assert _found(_asking(owner), deal) == [None]
    assert _found(_asking(owner, least=1.0), deal) == [None], "and no likeness can keep it out"


def test_a_vector_older_than_its_goal_is_not_used(owner: Any) -> None:
    deal, goal = _mean(make_deal(), 0.9), _asking(owner)
    GoalVector.objects.update(as_of=goal.updated_at - timedelta(seconds=1))
    assert _found(goal, deal) == []


def test_the_worker_makes_the_vector_and_the_match_says_how_near(owner: Any, sent_tasks: Any) -> None:
    deal = make_deal("Electric kettle, stainless steel")
    give_vectors(10)
    goal = make_goal(owner, keywords=["electric water kettle"], min_similarity=0.5)
    match_goal(goal.pk)
    assert not Match.objects.exists()
    give_goal_meanings()
    assert ("match.goal", (str(goal.pk),)) in [(task.name, task.args) for task in sent_tasks]
    match_goal(goal.pk)
    likeness = find_likeness(goal, deal)
    assert Match.objects.get().reasons[0] == f"It means nearly the same: {likeness:.2f}"
    assert give_goal_vectors() == [], "a second time changes nothing"
    update_goal(owner, goal, priority=4)
    assert give_goal_vectors() == [] and GoalVector.objects.get().as_of == Goal.objects.get().updated_at
    update_goal(owner, goal, keywords=["toaster"])
    assert give_goal_vectors() == [goal.pk]


def find_likeness(goal: Goal, deal: Deal) -> float:
    asked, said = GoalVector.objects.get(goal=goal).embedding, DealVector.objects.get(deal=deal).embedding
    return float(sum(one * other for one, other in zip(asked, said, strict=True)))


def test_a_preview_finds_by_meaning_what_no_word_says(owner: Any) -> None:
    make_deal("Electric kettle, stainless steel")
    give_vectors(10)
    goal = Goal(user=owner, title="Kettle", keywords=["electric water kettle"], min_similarity=0.5)
    found = foresee(goal).found
    assert not found.lacks_meaning and [offer.title for offer in found.past] == ["Electric kettle, stainless steel"]


def test_a_preview_says_when_meaning_could_not_be_looked_for(owner: Any, without_model: None) -> None:
    make_deal("Electric kettle, stainless steel")
    found = foresee(Goal(user=owner, title="Kettle", keywords=["electric water kettle"], min_similarity=0.5)).found
    assert found.lacks_meaning and not found.past
