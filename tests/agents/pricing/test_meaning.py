"""The pricing worker gives deals their vectors, and answers searches through the cache."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from agents.pricing import meaning as writing
from agents.pricing.actions import value_pending
from agents.pricing.tasks import answer_search, give_vectors
from deals.models import Deal, DealVector, SearchWord
from deals.search import meaning
from deals.search.finding import search_deals
from deals.selectors import DealFilters
from tests.agents.pricing.conftest import World
from tests.deals.making import make_deal

pytestmark = pytest.mark.django_db


def test_a_deal_has_its_vector_with_its_valuation(world: World, settings: Any, tmp_path: Any) -> None:
    from agents.pricing.model import activate

    settings.MODELS_DIR = tmp_path
    activate(world.folder)
    deal = make_deal("Acme office chair X1 $80", "80")
    value_pending()
    before = DealVector.objects.get(deal=deal)
    assert SearchWord.objects.filter(word="acme").exists()
    Deal.objects.filter(pk=deal.pk).update(title="Acme office chair X1 $70", price=70, value_state="pending")
    value_pending()
    assert DealVector.objects.get(deal=deal).words_hash == before.words_hash, "the price is none of its words"
    Deal.objects.filter(pk=deal.pk).update(title="Acme electric kettle $70", value_state="pending")
    value_pending()
    assert DealVector.objects.get(deal=deal).words_hash != before.words_hash


def test_deals_of_an_older_version_get_theirs_and_a_second_run_changes_nothing(sent_tasks: Any) -> None:
    kettle = make_deal("Electric kettle, stainless steel")
    make_deal("Running shoes for women")
    make_deal("Kettle of last year", state="expired")
    give_vectors()
    assert DealVector.objects.count() == 2
    assert [task.name for task in sent_tasks] == ["value.vectors"]
    assert writing.give_vectors(10) == writing.write_vectors([kettle]) == 0


def test_a_search_is_answered_through_the_cache(sent_tasks: Any) -> None:
    make_deal("Electric kettle, stainless steel")
    make_deal("Running shoes for women", first_seen_at=timezone.now())
    writing.give_vectors(10)
    typed = "boil water for tea"
    assert [deal.title for deal in search_deals(None, DealFilters(search=typed)).deals] == []
    [sent] = [task for task in sent_tasks if task.name == meaning.TASK]
    assert sent.queue == "pricing" and sent.args == (typed,)
    answer_search(*sent.args)
    found = search_deals(None, DealFilters(search=typed))
    assert [deal.title for deal in found.deals] == ["Electric kettle, stainless steel"]
    assert len([task for task in sent_tasks if task.name == meaning.TASK]) == 1, "what is known is not asked again"


def test_nobody_asks_or_waits_for_a_worker_that_is_known_to_be_away(sent_tasks: list[Any]) -> None:
    assert meaning.ask("kettle").answer() is None
    assert meaning.ask("teapot") == meaning.Asked(), "for a moment"
    assert [task.args for task in sent_tasks if task.name == meaning.TASK] == [("kettle",)]
    cache.clear()
    assert meaning.ask("teapot").key
    assert [task.args for task in sent_tasks if task.name == meaning.TASK] == [("kettle",), ("teapot",)]


def test_a_search_goes_on_without_the_cache(settings: Any) -> None:
    make_deal("Electric kettle")
    caches = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": caches}
    found = search_deals(None, DealFilters(search="kettle"), same_pages=True)
    assert len(found.deals) == 1 and found.explained.note
