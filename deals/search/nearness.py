"""Which deals are nearest to a vector: a walk through the index of all vectors, and the filters afterwards."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from pgvector import HalfVector
from pgvector.django import CosineDistance

from deals.models import DealVector, SearchDocument

Near = list[tuple[uuid.UUID, float]]
"""Deals with their cosine distances, the nearest first."""

LEAST_LIKENESS: Final = 0.4
"""The cosine from which a deal is about what was typed."""
_LOOKED_AT: Final = 300
"""So many of the nearest deals are looked at in one go, whether they meet the filters or not."""
_FURTHEST: Final = 4_000
_STEP: Final = 5.0
"""A step of a walk takes as long as so much of what PostgreSQL counts as cost where deals that meet the filters are compared."""
_COMPARED: Final = 100
_ENOUGH: Final = 10
_SETTINGS_SQL: Final = """
    SELECT set_config('hnsw.ef_search', %s, true), set_config('hnsw.iterative_scan', 'strict_order', true)
"""
# Each of the nearest is looked up by itself: without OFFSET 0 PostgreSQL may look for all that meet the filters first.
_WALK_SQL: Final = """
    DECLARE walk NO SCROLL CURSOR FOR
    SELECT near.deal_id, near.distance, met.deal_id IS NOT NULL
      FROM (SELECT deal_id, embedding <=> %s::halfvec AS distance
              FROM deals_dealvector ORDER BY distance LIMIT %s) AS near
      LEFT JOIN LATERAL (SELECT deal_id FROM ({deals}) AS deals WHERE deal_id = near.deal_id OFFSET 0) AS met ON true
"""
_COMPARED_SQL: Final = """
    SELECT deal_id, embedding <=> %s::halfvec FROM deals_dealvector WHERE deal_id = ANY(%s::uuid[])
"""


@dataclass(frozen=True, slots=True)
class _Walked:
    """How far a walk came: `count` deals in all, the last of them as far away as `reached`; `met` are those that meet the filters."""

    count: int = 0
    reached: float = 0.0
    met: Near = field(default_factory=list)
    is_at_the_end: bool = False

    @property
    def is_far_enough(self) -> bool:
        is_all = self.is_at_the_end or self.count >= _FURTHEST or self.reached > 1 - LEAST_LIKENESS
        return is_all or len(self.met) >= _ENOUGH

    @property
    def further(self) -> int:
        """How many more it takes until there are enough, at the rate so far."""
        wanted = (_ENOUGH - len(self.met)) * self.count // max(len(self.met), 1)
        return min(max(wanted, 1), _FURTHEST - self.count)


def nearest(
    deals: QuerySet[SearchDocument],
    vector: HalfVector,
    count: int,
    also: Sequence[uuid.UUID] = (),
    walked: Near | None = None,
) -> Near:
    """So many of these deals, those with the nearest vectors.

    `also` are some of these deals that may be near, of which the first hundred are compared one by one, such as those that have the words:
    a group of much the same things can lie where no walk through the index comes by. `walked` is what `walk` found where there was one.
    """
    met = walk(deals, vector, count) if walked is None else walked
    known = {pk for pk, _ in met}
    others = _compared(vector, [pk for pk in also[:_COMPARED] if pk not in known])
    return sorted([*met, *others], key=lambda row: row[1])[:count]


def walk(deals: QuerySet[SearchDocument], vector: HalfVector, count: int) -> Near:
    """Those of these deals that are among the nearest of all, as the index finds them; so many at most where all are compared instead.

    The index gives the nearest of all deals; those of them that meet the filters are the nearest that do. Where these are fewer than
    ten, although deals that are further away could still be about it, more are looked at, or all that meet the filters are compared
    where that takes less long. What comes behind the nearest 4,000 has little to do with what was typed.
    """
    try:
        sql, parameters = deals.order_by().values("deal_id").query.sql_with_params()
    except EmptyResultSet:  # the framework knows that there are none, such as of a marketplace that nobody has heard of
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SETTINGS_SQL, [str(_LOOKED_AT)])
        cursor.execute(_WALK_SQL.format(deals=sql), [vector.to_text(), _FURTHEST, *parameters])
        walked = _on(cursor, _Walked(), _LOOKED_AT)
        if not walked.is_far_enough:
            compared = _compared_all(deals, vector)[:count]
            cost = _cost_of(compared)
            while not walked.is_far_enough and walked.further * _STEP <= cost:
                walked = _on(cursor, walked, min(walked.further, _LOOKED_AT))
        cursor.execute("CLOSE walk")  # which the end of the transaction does as well, where it is this one's
    return walked.met if walked.is_far_enough else list(compared)


def _on(cursor: CursorWrapper, walked: _Walked, steps: int) -> _Walked:
    cursor.execute(f"FETCH {steps} FROM walk")
    rows = cursor.fetchall()
    return _Walked(
        walked.count + len(rows),
        rows[-1][1] if rows else walked.reached,
        walked.met + [(pk, distance) for pk, distance, is_met in rows if is_met],
        len(rows) < steps,
    )


def _compared_all(deals: QuerySet[SearchDocument], vector: HalfVector) -> QuerySet[DealVector, tuple[Any, ...]]:
    each = DealVector.objects.filter(deal__in=deals.order_by().values("deal_id"))
    # Plus nothing, so that the index is left out of it: it would walk through all deals, these or not.
    ranked = each.annotate(distance=CosineDistance("embedding", vector) + 0.0).order_by("distance")
    return ranked.values_list("deal_id", "distance")


def _cost_of(compared: QuerySet[DealVector, Any]) -> float:
    """What comparing them costs, as PostgreSQL counts before it does."""
    (plan,) = json.loads(compared.explain(format="json"))
    return float(plan["Plan"]["Total Cost"])


def _compared(vector: HalfVector, deals: Sequence[uuid.UUID]) -> Near:
    """These deals, as far as they have vectors, each compared by itself, in no order."""
    if not deals:
        return []
    with connection.cursor() as cursor:
        # As a text, since the driver takes longer over a list of identifiers than the database.
        cursor.execute(_COMPARED_SQL, [vector.to_text(), f"{{{','.join(map(str, deals))}}}"])
        return list(cursor.fetchall())
