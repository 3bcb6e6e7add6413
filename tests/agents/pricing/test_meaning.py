"""The pricing worker gives deals their vectors, with which searches are compared."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from agents.pricing import meaning as writing
from agents.pricing.actions import value_pending
from agents.pricing.embedding import embed
from agents.pricing.tasks import give_vectors
from agents.pricing.text import prepare
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


def test_a_search_is_compared_with_what_the_worker_wrote(sent_tasks: Any) -> None:
    """Two programs make the vectors, one for deals and one for searches, in one space."""
    make_deal("Electric kettle, stainless steel")
    make_deal("Running shoes for women", first_seen_at=timezone.now())
    writing.give_vectors(10)
    found = search_deals(None, DealFilters(search="boil water for tea"))
    assert [deal.title for deal in found.deals] == ["Electric kettle, stainless steel"]
    assert found.explained.found_by == ("words", "spelling", "meaning")


@pytest.mark.parametrize("typed", ["Sony WH-1000XM5 <b>headphones</b> $299 @ Best Buy", "$20", "kettle 30% off"])
def test_what_is_typed_is_prepared_as_deals_are(typed: str) -> None:
    vector = meaning.vector_of(typed)
    assert vector is not None
    assert vector.to_list() == pytest.approx(embed([prepare(typed).text or typed])[0].tolist(), abs=1e-3)


def test_a_search_goes_on_without_the_cache(settings: Any) -> None:
    make_deal("Electric kettle")
    caches = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": caches}
    found = search_deals(None, DealFilters(search="kettle"), same_pages=True)
    assert len(found.deals) == 1 and not found.explained.note
