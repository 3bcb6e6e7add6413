"""The product's catalogue: `deals.CatalogueItem` searched by its HNSW index (approximate; exact while it is small).

Measured at 100,000 products against exact search (`python -m benchmarks catalogue`, docs/measurements.md): with m = 16,
ef_construction = 128 and ef_search = 100 the index finds 98.5 % of the 32 nearest.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from agents.pricing.catalogue.base import NEAREST, Catalogue, Floats, Found, Product, ProductTable
from agents.pricing.catalogue.copies import Candidate, Own, of_others, without_copies
from agents.pricing.catalogue.reading import unpacked
from agents.pricing.text import Prepared, prepare
from agents.pricing.wording import Wording

_COUNTED_FOR: Final = 60.0  # seconds; how large the catalogue is decides about regions, not about single rows
_COUNTED_ALWAYS: Final = 10_000  # a smaller one is counted in a millisecond, and grows past a region quickly
_EF_SEARCH: Final = 100
_MOST_EF_SEARCH: Final = 1000
# How many are looked at for an item, in turn, until enough of them are different things: the copies of one listing may be many.
_ROUNDS: Final = (2, 16, 128)  # times what is wanted
_SETTINGS_SQL: Final = """
    SELECT set_config('hnsw.ef_search', %s, true), set_config('hnsw.iterative_scan', 'strict_order', true)
"""
_NEAREST_SQL: Final = """
    SELECT query.number, near.*
      FROM unnest(%s::halfvec[]) WITH ORDINALITY AS query(vector, number)
     CROSS JOIN LATERAL (
           SELECT id, 1 - (embedding <=> query.vector) AS similarity, price::float8, title_key, source, deal_id, observed_at
             FROM deals_catalogueitem
            ORDER BY embedding <=> query.vector
            LIMIT %s) AS near
     ORDER BY query.number, near.similarity DESC, near.observed_at DESC NULLS LAST, near.id
"""
_ROWS_SQL: Final = """
    SELECT id, title, text, price, source, observed_at, category, fingerprint, reading
      FROM deals_catalogueitem WHERE id = ANY(%s)
"""


@lru_cache(maxsize=20_000)
def _prepared(fingerprint: str, title: str, text: str) -> Prepared:
    return prepare(title, text)


def _json(text: str | None) -> dict[str, Any] | None:
    """Django leaves JSON of a query of one's own as text."""
    return None if text is None else json.loads(text)


def as_vector(values: Floats) -> str:
    """A vector as PostgreSQL reads it, with the digits that half precision has."""
    return "[" + ",".join(f"{value:.4g}" for value in values.tolist()) + "]"


class PgvectorCatalogue(Catalogue):
    """Reads the database of the process. `wording` is the model's, for the likeness of words."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._size, self._counted_at = 0, -_COUNTED_FOR

    def size(self) -> int:
        if self._size < _COUNTED_ALWAYS or time.monotonic() - self._counted_at > _COUNTED_FOR:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM deals_catalogueitem")
                self._size = int(cursor.fetchone()[0])
            self._counted_at = time.monotonic()
        return self._size

    def without(self, own: Sequence[Own | None]) -> Catalogue:
        return _Without(self, own) if any(own) else self

    def search(
        self,
        vectors: Floats,
        *,
        count: int = NEAREST,
        own: Sequence[Own | None] | None = None,
    ) -> Found:
        with transaction.atomic():
            chosen = self._choose(vectors, count, own or [None] * len(vectors))
            rows = self._rows({candidate.id for each in chosen for candidate in each})
        position = {row[0]: index for index, row in enumerate(rows)}
        row = np.full((len(vectors), count), -1, dtype=np.int64)
        similarity = np.zeros((len(vectors), count), dtype=np.float32)
        for item, candidates in enumerate(chosen):
            there = [candidate for candidate in candidates if candidate.id in position]  # one may have gone meanwhile
            row[item, : len(there)] = [position[candidate.id] for candidate in there]
            similarity[item, : len(there)] = [candidate.similarity for candidate in there]
        return Found(row=row, similarity=similarity, table=self._table(rows), size=self.size())

    def _choose(self, vectors: Floats, count: int, own: Sequence[Own | None]) -> list[list[Candidate]]:
        """The products to compare each item with. Where copies crowd out everything else, more are looked at."""
        chosen: list[list[Candidate]] = [[] for _ in vectors]
        asking = list(range(len(vectors)))
        for times in _ROUNDS:
            crowded = []
            for item, near in zip(asking, _near(vectors[asking], times * count), strict=True):
                mine = own[item]
                chosen[item] = without_copies(near if mine is None else of_others(near, mine))[:count]
                if len(chosen[item]) < count and len(near) == times * count:
                    crowded.append(item)
            asking = crowded
            if not asking:
                break
        return chosen

    def _rows(self, ids: set[uuid.UUID]) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(_ROWS_SQL, [list(ids)])
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return found

    def _table(self, rows: Sequence[tuple[Any, ...]]) -> ProductTable:
        products = [
            Product(title, text, float(price), source, observed_at, str(identity), category=category)
            for identity, title, text, price, source, observed_at, category, _, _ in rows
        ]
        items = [
            unpacked(title, _json(reading)) or _prepared(fingerprint, title, text)
            for _, title, text, _, _, _, _, fingerprint, reading in rows
        ]
        return ProductTable.of(products, items, self._wording, timezone.now().date())


def _near(vectors: Floats, limit: int) -> list[list[Candidate]]:
    """The nearest `limit` products of each vector, with all their copies; newest first where they are equally near."""
    near: list[list[Candidate]] = [[] for _ in vectors]
    with connection.cursor() as cursor:
        cursor.execute(_SETTINGS_SQL, [str(min(_MOST_EF_SEARCH, max(_EF_SEARCH, limit)))])
        cursor.execute(_NEAREST_SQL, [[as_vector(vector) for vector in vectors], limit])
        for number, *columns in cursor.fetchall():
            near[number - 1].append(Candidate(*columns))
    return near


class _Without(Catalogue):
    """The catalogue for n items that are deals, each without what was seen on itself."""

    def __init__(self, whole: PgvectorCatalogue, own: Sequence[Own | None]) -> None:
        self._whole = whole
        self._own = own

    def size(self) -> int:
        return self._whole.size()

    def search(self, vectors: Floats, *, count: int = NEAREST) -> Found:
        return self._whole.search(vectors, count=count, own=self._own)
