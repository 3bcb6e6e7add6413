"""The product's catalogue: `deals.CatalogueItem` searched by its HNSW index (approximate; exact while it is small)."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from agents.pricing.catalogue.base import NEAREST, Catalogue, Floats, Found, Product, ProductTable
from agents.pricing.text import Prepared, prepare
from agents.pricing.wording import Wording

_COUNTED_FOR: Final = 60.0  # seconds; how large the catalogue is decides about regions, not about single rows
_NEAREST_SQL: Final = """
    SELECT query.number, near.id, 1 - near.distance
      FROM unnest(%s::vector[]) WITH ORDINALITY AS query(vector, number)
     CROSS JOIN LATERAL (
           SELECT id, embedding <=> query.vector AS distance
             FROM deals_catalogueitem
            ORDER BY embedding <=> query.vector
            LIMIT %s) AS near
     ORDER BY query.number, near.distance
"""
_ROWS_SQL: Final = "SELECT id, title, text, price, source, observed_at, category, fingerprint FROM deals_catalogueitem WHERE id = ANY(%s)"


@lru_cache(maxsize=20_000)
def _prepared(fingerprint: str, title: str, text: str) -> Prepared:
    return prepare(title, text)


def as_vector(values: Floats) -> str:
    """A vector as PostgreSQL reads it."""
    return "[" + ",".join(f"{value:.6g}" for value in values.tolist()) + "]"


class PgvectorCatalogue(Catalogue):
    """Reads the database of the process. `wording` is the model's, for the likeness of words."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._size, self._counted_at = 0, -_COUNTED_FOR

    def size(self) -> int:
        if time.monotonic() - self._counted_at > _COUNTED_FOR or self._size == 0:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM deals_catalogueitem")
                self._size = int(cursor.fetchone()[0])
            self._counted_at = time.monotonic()
        return self._size

    def search(self, vectors: Floats, *, count: int = NEAREST, keys: Sequence[str] | None = None) -> Found:
        if keys is not None:
            raise NotImplementedError("Fitting is done on a catalogue in memory.")
        near, rows = self._ask(vectors, count)
        position = {row[0]: index for index, row in enumerate(rows)}
        row = np.full((len(vectors), count), -1, dtype=np.int64)
        similarity = np.zeros((len(vectors), count), dtype=np.float32)
        filled = np.zeros(len(vectors), dtype=np.int64)
        for number, identity, closeness in near:
            item = number - 1
            if identity in position:  # a row may have gone between the two queries
                row[item, filled[item]], similarity[item, filled[item]] = position[identity], closeness
                filled[item] += 1
        products = [
            Product(title, text, float(price), source, observed_at, str(identity), category=category)
            for identity, title, text, price, source, observed_at, category, _ in rows
        ]
        items = [_prepared(fingerprint, title, text) for _, title, text, _, _, _, _, fingerprint in rows]
        table = ProductTable.of(products, items, self._wording, timezone.now().date())
        return Found(row=row, similarity=similarity, table=table, size=self.size())

    @staticmethod
    def _ask(vectors: Floats, count: int) -> tuple[list[tuple[int, uuid.UUID, float]], list[tuple[Any, ...]]]:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('hnsw.ef_search', %s, true)", [str(max(64, 2 * count))])
            cursor.execute(_NEAREST_SQL, [[as_vector(vector) for vector in vectors], count])
            near = cursor.fetchall()
            cursor.execute(_ROWS_SQL, [list({identity for _, identity, _ in near})])
            return near, cursor.fetchall()
