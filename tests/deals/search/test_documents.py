"""What searching reads of deals follows them, in whatever way they are written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from deals.models import Deal, SearchDocument, Source, Valuation
from tests.deals.making import make_deal, make_source, make_valuation

pytestmark = pytest.mark.django_db

OF_THE_DEAL = (
    "first_seen_at", "published_at", "expires_at", "source_id", "price", "state", "currency", "condition", "marketplace", "category",
)  # fmt: skip
OF_THE_VALUATION = ("discount_usd", "discount_percent", "score")
_WORDS_SQL = """
    SELECT words = setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', brand), 'A')
                || setweight(to_tsvector('english', merchant), 'B') || setweight(to_tsvector('english', d.category), 'B')
                || setweight(to_tsvector('english', description), 'C')
      FROM deals_searchdocument document JOIN deals_deal d ON d.id = document.deal_id
"""


def holds_for_all() -> bool:
    """Whether each document says what its deal and its valuation say."""
    assert SearchDocument.objects.count() == Deal.objects.count()
    for document in SearchDocument.objects.select_related("deal__valuation"):
        deal, valuation = document.deal, document.deal.valuation
        if any(getattr(document, name) != getattr(deal, name) for name in OF_THE_DEAL):
            return False
        if any(getattr(document, name) != getattr(valuation, name, None) for name in OF_THE_VALUATION):
            return False
    with connection.cursor() as cursor:
        cursor.execute(_WORDS_SQL)
        return all(is_same for (is_same,) in cursor.fetchall())


def found_by(word: str) -> list[str]:
    return list(SearchDocument.objects.filter(words=word).values_list("deal__title", flat=True))


def test_a_deal_and_its_document_are_written_together() -> None:
    deal = make_deal("Sony headphones", brand="Sony", description="They cancel noise", category="Audio")
    assert holds_for_all() and found_by("noise") == ["Sony headphones"]
    Deal.objects.bulk_create([Deal(**_fields_of(deal, number)) for number in range(3)])
    assert holds_for_all() and SearchDocument.objects.count() == 4
    deal.delete()
    assert holds_for_all() and SearchDocument.objects.count() == 3


def _fields_of(deal: Deal, number: int) -> dict[str, Any]:
    return {
        "marketplace": "ebay", "external_id": str(number), "url": deal.url, "canonical_url": f"https://other.example/{number}",
        "title": f"Kettle {number}", "price": Decimal(number + 1), "currency": "EUR",
    }  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"price": Decimal("7.5")}, {"state": "sold_out"}, {"expires_at": timezone.now() + timedelta(days=1)}, {"currency": "EUR"},
        {"condition": "used"}, {"marketplace": "ebay"}, {"category": "Kitchen"}, {"published_at": timezone.now()},
        {"first_seen_at": timezone.now() - timedelta(days=9)}, {"source": None}, {"title": "Kettle"}, {"brand": "Bosch"},
        {"merchant": "Kettle shop"}, {"description": "For tea"},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_each_change_of_a_deal_is_one_of_its_document(change: dict[str, Any]) -> None:
    make_valuation(make_deal("Sony headphones"), score=70)
    other = make_deal("Something else")
    Deal.objects.exclude(pk=other.pk).update(**change)
    assert holds_for_all()


def test_words_follow_the_title() -> None:
    deal = make_deal("Sony headphones")
    Deal.objects.filter(pk=deal.pk).update(title="Electric kettle")
    assert found_by("headphones") == [] and found_by("kettle") == ["Electric kettle"]


def test_what_a_deal_is_worth_is_of_the_valuation_that_holds() -> None:
    deal = make_deal("Sony headphones")
    first = make_valuation(deal, score=70)
    assert holds_for_all() and SearchDocument.objects.get().score == 70
    second = make_valuation(deal, score=20, input_hash="second")
    assert holds_for_all() and SearchDocument.objects.get().score == 20
    Valuation.objects.filter(pk=second.pk).update(score=21)
    Valuation.objects.filter(pk=first.pk).update(score=99)
    assert holds_for_all() and SearchDocument.objects.get().score == 21
    Valuation.objects.bulk_update([Valuation(pk=second.pk, score=22)], ["score"])
    assert holds_for_all() and SearchDocument.objects.get().score == 22
    second.delete()
    assert holds_for_all() and SearchDocument.objects.get().score is None


def test_a_source_that_goes_is_no_longer_that_of_its_deals() -> None:
    source = make_source("elsewhere")
    make_deal("Kettle", source=source)
    Source.objects.filter(pk=source.pk).delete()
    assert holds_for_all() and SearchDocument.objects.get().source_id is None


def test_a_change_that_says_nothing_writes_nothing() -> None:
    """Each scan writes when it saw a deal, and each write of a document would be one in the index of words."""
    deal = make_deal("Kettle")
    with connection.cursor() as cursor:
        cursor.execute("SELECT ctid, xmin FROM deals_searchdocument")
        before = cursor.fetchall()
        Deal.objects.filter(pk=deal.pk).update(last_seen_at=timezone.now(), value_attempts=3)
        deal.refresh_from_db()
        deal.save()
        cursor.execute("SELECT ctid, xmin FROM deals_searchdocument")
        assert cursor.fetchall() == before


def test_operators_delete_a_document_with_its_deal_alone(operator: User, signed_in: Callable[[User], Client]) -> None:
    client, deal = signed_in(operator), make_deal("Kettle")
    address = f"/admin/deals/searchdocument/{deal.pk}"
    assert client.get(f"{address}/change/").status_code == 200
    assert client.post(f"{address}/delete/", {"post": "yes"}).status_code == 403
    assert SearchDocument.objects.exists()
    assert client.post(f"/admin/deals/deal/{deal.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not SearchDocument.objects.exists() and not Deal.objects.exists()
