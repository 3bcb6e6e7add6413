"""Which products may be the one that a name says: those whose names share the most of its letters, found by PostgreSQL."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from agents.identity.names import Name, read_name

NEAREST: Final = 10
_LEAST_SIMILARITY: Final = 0.25
_SQL: Final = """
    SELECT asked.number, near.id, near.name, near.brand, near.gtin, near.mpn, near.created_at,
           EXISTS (SELECT FROM deals_productnumber AS stated WHERE stated.product_id = near.id)
      FROM unnest(%(ids)s::uuid[], %(names)s::text[]) WITH ORDINALITY AS asked(id, name, number)
     CROSS JOIN LATERAL (
         SELECT product.* FROM deals_product AS product
          WHERE product.name %% asked.name AND product.merged_into_id IS NULL AND product.id <> asked.id
          ORDER BY similarity(product.name, asked.name) DESC, product.id
          LIMIT %(nearest)s
     ) AS near
     ORDER BY asked.number, similarity(near.name, asked.name) DESC, near.id
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product as it is compared; `is_numbered` says that a number names it."""

    id: uuid.UUID
    title: str
    name: Name
    gtin: str
    mpn: str
    created_at: datetime
    is_numbered: bool


def candidates_of(asked: Sequence[tuple[uuid.UUID, str]]) -> list[list[Candidate]]:
    """For each (id, name) the at most ten products with the most similar names, the most similar first, in one query.

    The product of that id itself is none of them, nor is one that was merged into another.
    """
    found: list[list[Candidate]] = [[] for _ in asked]
    if not asked:
        return found
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.similarity_threshold', %s, true)", [str(_LEAST_SIMILARITY)])
        ids, names = [each for each, _ in asked], [name for _, name in asked]
        cursor.execute(_SQL, {"ids": ids, "names": names, "nearest": NEAREST})
        for number, id_, title, brand, gtin, mpn, created_at, is_numbered in cursor.fetchall():
            found[number - 1].append(Candidate(id_, title, read_name(title, brand), gtin, mpn, created_at, is_numbered))
    return found
