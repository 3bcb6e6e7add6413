"""The map of deals: who is near whom, whom it shows, and that it is drawn from what is there now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone
from pgvector import HalfVector

from accounts.models import User
from agents.pricing.mapping import FEWEST, draw_map, laid_out
from deals.actions import record_interaction
from deals.models import Deal, DealVector, MapPlace
from deals.web.deal_map import regions_of
from tests.deals.making import make_deal, make_valuation


def _with_vector(number: int, **fields: Any) -> Deal:
    deal = make_deal(f"Thing {number}", **fields)
    vector = np.zeros(384)
    vector[number % 2], vector[2 + number] = 1, 0.3
    DealVector.objects.create(deal=deal, words_hash="x", embedding=HalfVector(vector / np.linalg.norm(vector)))
    return deal


def test_what_means_nearly_the_same_is_near_and_a_second_drawing_is_the_same() -> None:
    groups = np.repeat([0, 1, 2], 6)
    vectors = np.eye(8)[groups] + np.random.default_rng(3).normal(scale=0.1, size=(18, 8))
    places = laid_out(vectors)
    assert places.shape == (18, 2) and places.min() == 0 and places.max() == 1
    distances = np.linalg.norm(places[:, None] - places[None], axis=2) + 9 * np.eye(18)
    assert list(groups[distances.argmin(axis=1)]) == list(groups)
    assert np.array_equal(laid_out(vectors), places)


def test_deals_of_the_same_words_lie_beside_each_other_and_not_upon() -> None:
    places = laid_out(np.tile(np.eye(8)[0], (6, 1)))
    assert np.isfinite(places).all() and len({tuple(place) for place in places}) == 6


@pytest.mark.django_db
def test_the_map_is_of_what_can_be_had_now(client: Client) -> None:
    deals = [_with_vector(number) for number in range(FEWEST + 1)]
    make_deal("Without a vector")
    assert draw_map() == FEWEST + 1
    Deal.objects.filter(pk=deals[0].pk).update(expires_at=timezone.now() - timedelta(days=1))
    page = client.get("/map/").content.decode()
    assert page.count("map-reach") == FEWEST and f"/deals/{deals[0].pk}/" not in page
    assert draw_map() == FEWEST == MapPlace.objects.count()
    Deal.objects.filter(pk=deals[1].pk).update(state="withdrawn")
    assert draw_map() == 0, "too few are left, so an old map does not stay"
    assert not MapPlace.objects.exists()


@pytest.mark.django_db
def test_what_its_reader_dismissed_is_not_on_it(signed_in: Any, owner: User, stranger: User) -> None:
    deals = [_with_vector(number) for number in range(FEWEST)]
    draw_map()
    record_interaction(owner, deals[0], "dismiss")
    assert f"/deals/{deals[0].pk}/" not in signed_in(owner).get("/map/").content.decode()
    assert f"/deals/{deals[0].pk}/" in signed_in(stranger).get("/map/").content.decode()


@pytest.mark.django_db
def test_a_map_that_is_not_there_is_asked_for_once(client: Client, sent_tasks: list[Any]) -> None:
    for _ in range(3):
        assert "Nothing is drawn yet" in client.get("/map/").content.decode()
    assert [task.name for task in sent_tasks] == ["maintenance.map"]


@pytest.mark.django_db
def test_categories_are_named_where_they_lie_and_the_best_of_each_comes_first(client: Client) -> None:
    for number in range(FEWEST):
        deal = _with_vector(number, category="Audio" if number < 3 else "")
        make_valuation(deal, score=10 * number)
    draw_map()
    answer = client.get("/map/")
    audio, rest = regions_of(answer.context["dots"])
    assert [dot.deal.title for dot in audio.dots] == ["Thing 2", "Thing 1", "Thing 0"]
    assert (rest.name, len(rest.dots), rest.x) == ("Everything else", 2, None)
    assert sorted(dot.x for dot in audio.dots)[1] == audio.x
