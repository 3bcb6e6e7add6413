"""How much the index of nearest vectors and the filters lose: `python -m benchmarks.search_recall` writes JSON.

Reads the configured database, which `benchmarks.fill_deals` has filled.
"""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import django

django.setup()

from django.db.models import QuerySet  # noqa: E402  (models are known only now)
from pgvector import HalfVector  # noqa: E402
from pgvector.django import CosineDistance  # noqa: E402

from agents.pricing.embedding import embed  # noqa: E402
from agents.pricing.text import prepare  # noqa: E402
from benchmarks.searches import SENTENCES, Search, searches  # noqa: E402
from deals.models import Deal, DealVector, SearchDocument  # noqa: E402
from deals.search.finding import MOST_BY_MEANING, MOST_BY_WORDS, search_deals  # noqa: E402
from deals.search.nearness import nearest  # noqa: E402
from deals.search.query import read_query  # noqa: E402
from deals.search.words import Spelling, having_words, spelling_of  # noqa: E402
from deals.selectors import DealFilters, documents_for, live_deals  # noqa: E402

_ASKED = 100
_TEN = 10


def main() -> None:
    """Recall of the ten nearest, with and without filters, and what filters lose of what has the words."""
    titles = list(Deal.objects.filter(source__name="bench").order_by("id").values_list("title", flat=True)[:60_000])
    asked = [Search("sentence", text) for text in SENTENCES] + searches(titles, _ASKED)
    vectors = embed([prepare(read_query(search.text).text).text for search in asked])
    plain, filtered, lost, listed = [], [], 0, 0
    for search, vector in zip(asked, vectors, strict=True):
        wanted, spelling = HalfVector(vector), spelling_of(read_query(search.text))
        everything = documents_for(None, DealFilters())
        plain.append(_recall(everything, wanted, spelling))
        filters = _read(search)
        if filters == DealFilters():
            continue
        filtered.append(_recall(documents_for(None, filters), wanted, spelling))
        having = having_words(everything, spelling).values("pk")
        there = _met(list(live_deals().filter(pk__in=having).order_by()), filters)
        found = search_deals(None, replace(filters, search=search.text))
        if found.explained.is_whole:
            listed += len(there)
            lost += len(there - {deal.pk for deal in found.deals})
        in_order = search_deals(None, replace(filters, search=search.text, ordering="price")).deals
        lost += len(there - {deal.pk for deal in in_order})
    print(
        json.dumps(
            {
                "recall": sum(plain) / len(plain),
                "filtered": sum(filtered) / len(filtered),
                "worst filtered": min(filtered),
                "questions": len(plain),
                "filtered questions": len(filtered),
                "listed": listed,
                "lost": lost,
            }
        )
    )


def _recall(deals: QuerySet[SearchDocument], vector: HalfVector, spelling: Spelling) -> float:
    """How many of the ten that are nearest in truth the search finds, by distance: of equally near ones any will do.

    The search looks at those that have the words as well, so these are given here, too. Those that are so far away that the search leaves
    them out count all the same.
    """
    distance = CosineDistance("embedding", vector) + 0.0
    rows = DealVector.objects.filter(deal__in=deals.values("pk")).annotate(distance=distance).order_by("distance")
    exact = list(rows.values_list("distance", flat=True)[:_TEN])
    if not exact:
        return 1.0
    having = having_words(deals, spelling).order_by("-first_seen_at", "-pk")
    also = list(having.values_list("pk", flat=True)[:MOST_BY_WORDS])
    found = [each for _, each in nearest(deals, vector, MOST_BY_MEANING, also)][:_TEN]
    return sum(each <= exact[-1] + 1e-6 for each in found) / len(exact)


def _read(search: Search) -> DealFilters:
    numbers = {"max_price": Decimal, "min_price": Decimal, "min_discount_percent": Decimal, "min_score": int}
    given: dict[str, Any] = {
        name: numbers.get(name, str)(value)
        for name, value in search.filters.items()
        if name not in ("ordering", "page")
    }
    return DealFilters(**given)


def _met(deals: list[Deal], filters: DealFilters) -> set[Any]:
    """Those of the deals that meet the filters, worked out here and not in the database."""

    def meets(deal: Deal) -> bool:
        valuation = deal.valuation
        assert valuation is not None and valuation.score is not None and valuation.discount_percent is not None
        return (
            (filters.max_price is None or deal.price <= filters.max_price)
            and (filters.min_price is None or deal.price >= filters.min_price)
            and filters.marketplace in ("", deal.marketplace)
            and filters.condition in ("", deal.condition)
            and (filters.min_score is None or valuation.score >= filters.min_score)
            and (filters.min_discount_percent is None or valuation.discount_percent >= filters.min_discount_percent)
        )

    return {deal.pk for deal in deals if deal.valuation is not None and deal.currency == "USD" and meets(deal)}


if __name__ == "__main__":
    main()
