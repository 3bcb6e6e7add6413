"""A profile of what its owner did: learned at once, made anew the same, forgotten, and of nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from deals.actions import record_interaction
from deals.models import Deal, DealVector, Interaction, InteractionKind, TasteProfile
from deals.ranked_lists import RankedDeals, taste_of, why_for
from deals.reliability import FURTHEST, learned_reliability
from deals.selectors import deals_for
from deals.taste_actions import forget_taste, relearn
from tests.deals.making import make_deal, make_valuation

pytestmark = pytest.mark.django_db


def _valued(title: str, category: str, **fields: Any) -> Deal:
    deal = make_deal(title, category=category, **fields)
    make_valuation(deal)
    return deal


def test_the_feed_follows_its_reader_and_nobody_else(owner: Any, stranger: Any, signed_in: Any) -> None:
    lamps = [_valued(f"Lamp {n}", "Lighting") for n in range(3)]
    for number in range(3):
        _valued(f"Speaker {number}", "Audio")
    for lamp in lamps[:2]:
        record_interaction(owner, lamp, InteractionKind.SAVE)
    mine = [deal.title for deal in RankedDeals(owner, deals_for(owner), "test", begins=True)[:3]]
    assert set(mine) == {"Lamp 0", "Lamp 1", "Lamp 2"}
    theirs = [deal.title for deal in RankedDeals(stranger, deals_for(stranger), "test", begins=True)[:3]]
    assert theirs == ["Speaker 2", "Speaker 1", "Speaker 0"]
    page = signed_in(owner).get("/").content.decode()
    assert page.index("Lamp 2") < page.index("Speaker 2")
    assert "because you choose lighting more often than other things" in page
    newest = signed_in(owner).get("/?ordering=-first_seen_at").content.decode()
    assert newest.index("Speaker 2") < newest.index("Lamp 2") and "because you choose" not in newest
    api_order = signed_in(owner).get("/api/v1/deals?ordering=for_you").json()
    assert api_order["count"] == 6 and api_order["results"][0]["title"].startswith("Lamp")


def test_learning_step_by_step_is_the_same_as_from_the_log(owner: Any) -> None:
    lamp, speaker = _valued("Lamp", "Lighting", brand="Ikea"), _valued("Speaker", "Audio")
    DealVector.objects.create(deal=lamp, words_hash="x", embedding=[1.0] + [0.0] * 383)
    for deal, kind in [(lamp, "view"), (lamp, "save"), (speaker, "dismiss"), (speaker, "too_low")]:
        record_interaction(owner, deal, InteractionKind(kind))
    stepped = TasteProfile.objects.get(user=owner)
    again = relearn(owner)
    assert again.liked["brands"]["ikea"] == pytest.approx(stepped.liked["brands"]["ikea"], rel=1e-3)
    assert again.disliked["categories"]["audio"] == pytest.approx(4.0, rel=1e-3)
    assert again.direction[0] == pytest.approx(stepped.direction[0], rel=1e-3) and again.direction[0] > 4
    assert (again.interactions, stepped.interactions) == (4, 4)


def test_what_was_forgotten_does_not_come_back(owner: Any, stranger: Any, api: Any) -> None:
    lamp = _valued("Lamp", "Lighting")
    for user in (owner, stranger):
        record_interaction(user, lamp, InteractionKind.SAVE)
    Interaction.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    assert api(owner).get("/api/v1/me/taste").json()["liked_categories"] == ["lighting"]
    assert api(owner).delete("/api/v1/me/taste").status_code == 204
    assert relearn(owner).interactions == 0
    assert api(owner).get("/api/v1/me/taste").json()["liked_categories"] == []
    assert taste_of(stranger).interactions == 1
    forget_taste(owner)
    record_interaction(owner, lamp, InteractionKind.VIEW)
    assert taste_of(owner).interactions == 1


def test_why_is_said_of_a_deal_that_is_in_no_list_any_more(owner: Any) -> None:
    deal = _valued("Lamp", "Lighting", state="sold_out")
    placed, sentence = why_for(owner, deal, deals_for(owner))
    assert placed.offered.id == deal.pk and "your taste does not move it" in sentence


def test_pages_join_whatever_the_reader_does_between_them(owner: Any) -> None:
    deals = [_valued(f"Thing {n}", "Lighting" if n % 2 else "Audio") for n in range(8)]
    first = RankedDeals(owner, deals_for(owner), "k", begins=True)[:4]
    record_interaction(owner, deals[1], InteractionKind.BOUGHT)
    second = RankedDeals(owner, deals_for(owner), "k", begins=False)[4:8]
    assert {deal.pk for deal in [*first, *second]} == {deal.pk for deal in deals}


def test_what_is_beyond_the_candidates_comes_newest_first(owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deals.ranked_lists.NEWEST", 2)
    monkeypatch.setattr("deals.ranked_lists.BEST", 0)
    deals = [_valued(f"Thing {n}", "Audio") for n in range(5)]
    ranked = RankedDeals(owner, deals_for(owner), "k", begins=True)
    assert len(ranked) == 5
    assert [deal.pk for deal in ranked[0:5]] == [deal.pk for deal in deals[::-1]]
    assert [deal.pk for deal in ranked[1:4]] == [deal.pk for deal in deals[3:0:-1]]


def test_reliability_moves_with_people_within_bounds_and_not_with_one(
    owner: Any, stranger: Any, operator: Any, django_user_model: Any
) -> None:
    assert learned_reliability(["amazon", "unheard-of"])["amazon"].value == 0.95
    good = [_valued(f"Good {n}", "Audio", marketplace="ebay") for n in range(12)]
    bad = [_valued(f"Bad {n}", "Audio", marketplace="amazon") for n in range(12)]
    people = [django_user_model.objects.create_user(email=f"p{n}@example.com") for n in range(6)]
    Interaction.objects.bulk_create(
        Interaction(user=person, deal=deal, kind=kind)
        for person in people
        for kind, deals in (("bought", good[:4]), ("too_high", bad[:4]))
        for deal in deals
    )
    learned = learned_reliability(["ebay", "amazon", "walmart"])
    assert 0.75 < learned["ebay"].value <= 0.75 + FURTHEST
    assert 0.95 - FURTHEST <= learned["amazon"].value < 0.95
    assert learned["walmart"].value == 0.90
    before = learned["amazon"].seen
    Interaction.objects.bulk_create(
        Interaction(user=owner, deal=deal, kind="dismiss") for deal in bad for _ in range(20)
    )
    assert learned_reliability(["amazon"])["amazon"].seen - before <= 5
