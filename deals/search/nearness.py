"""Which deals are nearest to a vector: a walk through the index of all vectors, and the filters afterwards."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet
from pgvector import HalfVector
from pgvector.django import CosineDistance

from deals.models import Deal, DealVector, SearchDocument

Deals = QuerySet[Deal] | QuerySet[SearchDocument]
"""Deals, or what searching reads of them; either by its identifier."""
Near = list[tuple[uuid.UUID, float]]
"""Deals with their cosine distances, the nearest first."""

LEAST_LIKENESS: Final = 0.4
"""The cosine from which a deal is about what was typed."""
_LOOKED_AT: Final = 300
"""So many of the nearest deals are looked at first, whether they meet the filters or not."""
_FURTHER: Final = 5
"""Where too few meet them, so many times as many are looked at, or fewer where those will do going by the first."""
_FURTHEST: Final = 4_000
_STEP: Final = 2.5
"""A step of a walk takes as long as comparing so many deals that are known to meet the filters."""
_MOST_AT_ONCE: Final = 1_000
"""The most that pgvector lets `hnsw.ef_search` be; a walk for more goes on from there."""
_COMPARED: Final = 100
_ENOUGH: Final = 10
_SETTINGS_SQL: Final = """
    SELECT set_config('hnsw.ef_search', %s, true), set_config('hnsw.iterative_scan', 'strict_order', true)
"""
# Each of the nearest is looked up by itself: without OFFSET 0 PostgreSQL may look for all that meet the filters first.
_WALK_SQL: Final = """
    SELECT near.deal_id, near.distance, met.pk IS NOT NULL
      FROM (SELECT deal_id, embedding <=> %s::halfvec AS distance
              FROM deals_dealvector ORDER BY distance LIMIT %s) AS near
      LEFT JOIN LATERAL (SELECT pk FROM ({deals}) AS deals (pk) WHERE pk = near.deal_id OFFSET 0) AS met ON true
     ORDER BY near.distance
"""
_COMPARED_SQL: Final = """
    SELECT deal_id, embedding <=> %s::halfvec FROM deals_dealvector WHERE deal_id = ANY(%s::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Walked:
    """How far a walk came: `count` deals in all, the last of them as far away as `reached`; `met` are those that meet the filters."""

    count: int
    reached: float
    met: Near
    is_at_the_end: bool


def walk(deals: Deals, vector: HalfVector, count: int = _LOOKED_AT) -> Walked:
    """Look at so many of the nearest of all deals, as the index finds them, for those that are among these."""
    try:
        sql, parameters = deals.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:  # the framework knows that there are none, such as of a marketplace that nobody has heard of
        return Walked(0, 0.0, [], is_at_the_end=True)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SETTINGS_SQL, [str(min(count, _MOST_AT_ONCE))])
        cursor.execute(_WALK_SQL.format(deals=sql), [vector.to_text(), count, *parameters])
        rows = cursor.fetchall()
    reached = rows[-1][1] if rows else 0.0
    return Walked(len(rows), reached, [(pk, distance) for pk, distance, is_met in rows if is_met], len(rows) < count)


def compared(vector: HalfVector, deals: Sequence[uuid.UUID]) -> Near:
    """These deals, as far as they have vectors, each compared by itself, in no order."""
    if not deals:
        return []
    with connection.cursor() as cursor:
        # As a text, since the driver takes longer over a list of identifiers than the database.
        cursor.execute(_COMPARED_SQL, [vector.to_text(), f"{{{','.join(map(str, deals))}}}"])
        return list(cursor.fetchall())


def nearest(
    deals: Deals,
    vector: HalfVector,
    count: int,
    also: Sequence[uuid.UUID] = (),
    walked: Walked | None = None,
) -> Near:
    """So many of these deals, those with the nearest vectors.

    `also` are some of these deals that may be near, of which the first hundred are compared one by one, such as those that have the words:
    a group of much the same things can lie where no walk through the index comes by. `walked` is the `walk` to this vector where there
    was one.

    The index gives the nearest of all deals; those of them that meet the filters are the nearest that do. Where these are fewer than
    ten, although deals that are further away could still be about it, more are looked at, or all that meet the filters are compared
    where that takes less long. What comes behind the nearest 4,000 has little to do with what was typed.
    """
    if walked is None:
        walked = walk(deals, vector)
    known = {pk for pk, _ in walked.met}
    others = compared(vector, [pk for pk in also[:_COMPARED] if pk not in known])
    while True:
        rows = sorted(dict([*walked.met, *others]).items(), key=lambda row: row[1])
        found = sum(distance <= walked.reached for _, distance in rows)
        is_all = walked.is_at_the_end or walked.reached > 1 - LEAST_LIKENESS or walked.count >= _FURTHEST
        if found >= _ENOUGH or is_all:
            return rows[:count]
        further = min(_further(walked.count, found), _FURTHEST)
        if _estimated(deals) < further * _STEP:
            break
        walked = walk(deals, vector, further)
    each = DealVector.objects.filter(deal__in=cast(QuerySet[Deal], deals.order_by().values("pk")))
    # Plus nothing, so that the index is left out of it: it would walk through all deals, these or not.
    ranked = each.annotate(distance=CosineDistance("embedding", vector) + 0.0).order_by("distance")
    return list(ranked.values_list("deal_id", "distance")[:count])


def _further(looked_at: int, found: int) -> int:
    """How many to look at so that there are enough: a quarter more than it takes at the rate so far."""
    wanted = looked_at * _ENOUGH * 5 // (4 * found) if found else looked_at * _FURTHER
    return min(max(wanted, 2 * looked_at), looked_at * _FURTHER)


def _estimated(deals: Deals) -> float:
    """How many these are by PostgreSQL's statistics."""
    (plan,) = json.loads(deals.order_by().values("pk").explain(format="json"))
    return float(plan["Plan"]["Plan Rows"])
