"""Which deals are nearest to a vector: a walk through the index of all vectors, and the filters afterwards."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Final

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from pgvector import HalfVector
from pgvector.django import CosineDistance

from deals.models import Deal

Near = list[tuple[uuid.UUID, float]]
"""Deals with their cosine distances, the nearest first."""

LEAST_LIKENESS: Final = 0.4
"""The cosine from which a deal is about what was typed."""
_MOST_AT_ONCE: Final = 1_000
"""The most that pgvector lets `hnsw.ef_search` be, and what it takes to find nearly all that are nearest among many near duplicates."""
_LOOKED_AT: Final = (200, _MOST_AT_ONCE, 4_000)
"""So many of the nearest deals are looked at, whether they meet the filters or not."""
_ENOUGH: Final = 10
_FEW: Final = 2_000
_SETTINGS_SQL: Final = """
    SELECT set_config('hnsw.ef_search', %s, true), set_config('hnsw.iterative_scan', 'strict_order', true)
"""
_WALK_SQL: Final = """
    SELECT deal_id, embedding <=> %s::halfvec AS distance FROM deals_dealvector ORDER BY distance LIMIT %s
"""
_COMPARED_SQL: Final = """
    SELECT deal_id, embedding <=> %s::halfvec FROM deals_dealvector WHERE deal_id = ANY(%s::uuid[])
"""


def walk(vector: HalfVector, count: int = _MOST_AT_ONCE) -> Near:
    """So many of the nearest of all deals, as the index finds them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SETTINGS_SQL, [str(_MOST_AT_ONCE)])
        cursor.execute(_WALK_SQL, [vector.to_text(), count])
        return list(cursor.fetchall())


def compared(vector: HalfVector, deals: Sequence[uuid.UUID]) -> Near:
    """These deals, as far as they have vectors, each compared by itself, in no order."""
    if not deals:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_COMPARED_SQL, [vector.to_text(), list(deals)])
        return list(cursor.fetchall())


def nearest(
    deals: QuerySet[Deal],
    vector: HalfVector,
    count: int,
    also: Sequence[uuid.UUID] = (),
    walked: Near | None = None,
) -> Near:
    """So many of these deals, those with the nearest vectors.

    `also` are deals that may be near and are compared one by one, such as those that have the words: a group of much the same things
    can lie where no walk through the index comes by. `walked` is the `walk` from this vector where it is known.

    The index gives the nearest of all deals; those of them that meet the filters are the nearest that do. Where these are fewer than
    ten, although deals that are further away could still be about it, all that meet the filters are compared if they are few, and
    else the nearest 4,000 of all are looked at: what comes behind so many has little to do with what was typed.
    """
    if walked is None:
        walked = walk(vector)
    known = {pk for pk, _ in walked}
    others = compared(vector, [pk for pk in also if pk not in known])
    for looked_at in _LOOKED_AT:
        if looked_at == _LOOKED_AT[-1] and _estimated(deals) < _FEW:
            break
        if looked_at > _MOST_AT_ONCE:
            walked = walk(vector, looked_at)
        near = _joined(walked, others)[:looked_at]
        there = RawSQL("SELECT unnest(%s::uuid[])", [[pk for pk, _ in near]])
        met = set(deals.filter(pk__in=there).order_by().values_list("pk", flat=True))
        rows = [(pk, distance) for pk, distance in near if pk in met][:count]
        is_all = len(near) < looked_at or near[-1][1] > 1 - LEAST_LIKENESS
        if len(rows) >= _ENOUGH or is_all or looked_at == _LOOKED_AT[-1]:
            return rows
    distance = CosineDistance("vector__embedding", vector) + 0.0
    each = deals.filter(vector__isnull=False).annotate(distance=distance).order_by("distance")
    return list(each.values_list("pk", "distance")[:count])


def _joined(walked: Near, others: Near) -> Near:
    return sorted(dict([*walked, *others]).items(), key=lambda row: row[1])


def _estimated(deals: QuerySet[Deal]) -> float:
    """How many these are by PostgreSQL's statistics."""
    (plan,) = json.loads(deals.order_by().values("pk").explain(format="json"))
    return float(plan["Plan"]["Plan Rows"])
