"""Which deals are nearest to a vector: a walk through the index of all vectors, and the filters afterwards."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
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
_WALKED: Final = 300
"""How far a walk goes at first: further than is looked at, because the last it comes by are not all the nearest there are."""
_LOOKED_AT: Final = 200
"""So many of the nearest deals are looked at first, whether they meet the filters or not."""
_FURTHER: Final = 5
"""Where too few meet them, so many times as many are looked at, or fewer where those will do going by the first."""
_FURTHEST: Final = 4_000
_MOST_AT_ONCE: Final = 1_000
"""The most that pgvector lets `hnsw.ef_search` be; a walk for more goes on from there."""
_COMPARED: Final = 100
_ENOUGH: Final = 10
_SETTINGS_SQL: Final = """
    SELECT set_config('hnsw.ef_search', %s, true), set_config('hnsw.iterative_scan', 'strict_order', true)
"""
_WALK_SQL: Final = """
    SELECT deal_id, embedding <=> %s::halfvec AS distance FROM deals_dealvector ORDER BY distance LIMIT %s
"""
_COMPARED_SQL: Final = """
    SELECT deal_id, embedding <=> %s::halfvec FROM deals_dealvector WHERE deal_id = ANY(%s::uuid[])
"""


def walk(vector: HalfVector, count: int = _WALKED) -> Near:
    """So many of the nearest of all deals, as the index finds them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SETTINGS_SQL, [str(min(count, _MOST_AT_ONCE))])
        cursor.execute(_WALK_SQL, [vector.to_text(), count])
        return list(cursor.fetchall())


def compared(vector: HalfVector, deals: Sequence[uuid.UUID]) -> Near:
    """These deals, as far as they have vectors, each compared by itself, in no order."""
    if not deals:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_COMPARED_SQL, [vector.to_text(), _array(deals)])
        return list(cursor.fetchall())


def nearest(
    deals: QuerySet[Deal],
    vector: HalfVector,
    count: int,
    also: Sequence[uuid.UUID] = (),
    walked: Near | None = None,
) -> Near:
    """So many of these deals, those with the nearest vectors.

    `also` are deals that may be near, of which the first hundred are compared one by one, such as those that have the words: a group of
    much the same things can lie where no walk through the index comes by. `walked` is the `walk` from this vector where it is known.

    The index gives the nearest of all deals; those of them that meet the filters are the nearest that do. Where these are fewer than
    ten, although deals that are further away could still be about it, more are looked at, or all that meet the filters are compared
    where these are fewer. What comes behind the nearest 4,000 has little to do with what was typed.
    """
    if walked is None:
        walked = walk(vector)
    known = {pk for pk, _ in walked}
    others = compared(vector, [pk for pk in also[:_COMPARED] if pk not in known])
    looked: set[uuid.UUID] = set()
    met: set[uuid.UUID] = set()
    looked_at = _LOOKED_AT
    while True:
        near = _joined(walked, others)[:looked_at]
        met |= _meeting(deals, [pk for pk, _ in near if pk not in looked])
        looked |= {pk for pk, _ in near}
        rows = [(pk, distance) for pk, distance in near if pk in met][:count]
        is_all = len(near) < looked_at or near[-1][1] > 1 - LEAST_LIKENESS
        if len(rows) >= _ENOUGH or is_all or looked_at >= _FURTHEST:
            return rows
        looked_at = min(_further(looked_at, len(rows)), _FURTHEST)
        if _estimated(deals) < looked_at:
            break
        walked = walk(vector, looked_at)
    distance = CosineDistance("vector__embedding", vector) + 0.0
    each = deals.filter(vector__isnull=False).annotate(distance=distance).order_by("distance")
    return list(each.values_list("pk", "distance")[:count])


def _further(looked_at: int, found: int) -> int:
    """How many to look at so that there are enough: half as many again as it takes at the rate so far."""
    wanted = looked_at * _ENOUGH * 3 // (2 * found) if found else looked_at * _FURTHER
    return min(max(wanted, 2 * looked_at), looked_at * _FURTHER)


def _meeting(deals: QuerySet[Deal], ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    there = deals.filter(pk__in=RawSQL("SELECT unnest(%s::uuid[])", [_array(ids)]))
    return set(there.order_by().values_list("pk", flat=True))


def _array(ids: Iterable[uuid.UUID]) -> str:
    """As PostgreSQL reads them; the driver takes longer over some hundred of them than the database."""
    return f"{{{','.join(map(str, ids))}}}"


def _joined(walked: Near, others: Near) -> Near:
    return sorted(dict([*walked, *others]).items(), key=lambda row: row[1])


def _estimated(deals: QuerySet[Deal]) -> float:
    """How many these are by PostgreSQL's statistics."""
    (plan,) = json.loads(deals.order_by().values("pk").explain(format="json"))
    return float(plan["Plan"]["Plan Rows"])
