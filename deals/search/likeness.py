"""Deals that are like another one."""

from __future__ import annotations

import uuid
from typing import Final

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Q, QuerySet
from pgvector import HalfVector

from deals.models import Deal, DealVector, SearchDocument
from deals.search.nearness import LEAST_LIKENESS, nearest
from deals.selectors import live_deals

_LOOKED_AT: Final = 8  # times what is wanted: the nearest are often the same thing elsewhere
_TITLE: Final = 200  # characters


def similar_deals(deal: Deal, limit: int = 6) -> list[Deal]:
    """Return live deals of other things like this one, the most alike first, one a product.

    By what they mean; a deal that has no vector yet is compared by the letters of its title.
    """
    others = live_deals().exclude(pk=deal.pk)
    if deal.product_id is not None:
        others = others.filter(Q(product=None) | ~Q(product=deal.product_id))
    vector = DealVector.objects.filter(deal=deal.pk).values_list("embedding", flat=True).first()
    if vector is None:
        return _alike_in_letters(deal, others, limit)
    documents = SearchDocument.objects.filter(deal__in=others.order_by().values("pk"))
    near = nearest(documents, HalfVector(vector), limit * _LOOKED_AT)
    found = others.in_bulk([pk for pk, distance in near if distance <= 1 - LEAST_LIKENESS])
    return _one_a_product([found[pk] for pk, _ in near if pk in found])[:limit]


def _one_a_product(deals: list[Deal]) -> list[Deal]:
    first: dict[uuid.UUID, Deal] = {}
    for deal in deals:
        first.setdefault(deal.product_id or deal.pk, deal)
    return list(first.values())


def _alike_in_letters(deal: Deal, others: QuerySet[Deal], limit: int) -> list[Deal]:
    title = deal.title[:_TITLE]
    # The comparison is written so that the index on titles answers it.
    alike = others.extra(where=["%s <%% UPPER(deals_deal.title)"], params=[title.upper()])
    ranked = alike.annotate(likeness=TrigramWordSimilarity(title, "title"))
    return _one_a_product(list(ranked.order_by("-likeness", "-first_seen_at")[: limit * 2]))[:limit]
