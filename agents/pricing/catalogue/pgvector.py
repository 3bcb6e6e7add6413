"""The product's catalogue: `deals.CatalogueItem` searched by its HNSW index (approximate; exact while it is small).

Measured at 100,000 products against exact search (`python -m benchmarks catalogue`, docs/measurements.md): with m = 16,
ef_construction = 128 and ef_search = 100 the index finds 98.5 % of the 32 nearest.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import psycopg
from django.db import connection, transaction
from django.utils import timezone
from pgvector import HalfVector
from pgvector.psycopg.halfvec import register_halfvec_info
from psycopg.types import TypeInfo

from agents.pricing.catalogue import reading
from agents.pricing.catalogue.base import NEAREST, Catalogue, Floats, Found, Product, ProductTable
from agents.pricing.catalogue.compared import Compared
from agents.pricing.catalogue.copies import Candidate, Own, of_others, without_copies
from agents.pricing.text import prepare
from agents.pricing.wording import Wording

_COUNTED_FOR: Final = 60.0  # seconds; how large the catalogue is decides about regions, not about single rows
_COUNTED_ALWAYS: Final = 10_000  # a smaller one is counted in a millisecond, and grows past a region quickly
_EF_SEARCH: Final = 100
_MOST_EF_SEARCH: Final = 1000
# How many are looked at for an item, in turn, until enough of them are different things: the copies of one listing may be many.
_ROUNDS: Final = (1.5, 16, 128)  # times what is wanted
_REMEMBERED: Final = 30_000  # products, of about 1.5 kB
_SETTINGS_SQL: Final = """
    SELECT set_config('hnsw.ef_search', %s, true), set_config('hnsw.iterative_scan', 'strict_order', true)
"""
_NEAREST_SQL: Final = b"""
    SELECT query.number, near.*
      FROM unnest(%b) WITH ORDINALITY AS query(vector, number)
     CROSS JOIN LATERAL (
           SELECT id, 1 - (embedding <=> query.vector) AS similarity, price::float8, title_key, source, deal_id, observed_at,
                  category
             FROM deals_catalogueitem
            ORDER BY embedding <=> query.vector
            LIMIT %b) AS near
     ORDER BY query.number, near.similarity DESC, near.observed_at DESC NULLS LAST, near.id
"""
_ROWS_SQL: Final = b"SELECT id, title, text, reading::text FROM deals_catalogueitem WHERE id = ANY(%b)"


class _Words(NamedTuple):
    """What never changes of a row of the catalogue."""

    title: str
    text: str
    compared: Compared


class PgvectorCatalogue(Catalogue):
    """Reads the database of the process. `wording` is the model's, for the likeness of words."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._size, self._counted_at = 0, -_COUNTED_FOR
        self._words: dict[uuid.UUID, _Words] = {}

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
            words = self._words_of({candidate.id for each in chosen for candidate in each})
        position = {identity: place for place, identity in enumerate(words)}
        products: dict[uuid.UUID, Candidate] = {}
        row = np.full((len(vectors), count), -1, dtype=np.int64)
        similarity = np.zeros((len(vectors), count), dtype=np.float32)
        for item, candidates in enumerate(chosen):
            there = [candidate for candidate in candidates if candidate.id in position]  # one may have gone meanwhile
            row[item, : len(there)] = [position[candidate.id] for candidate in there]
            similarity[item, : len(there)] = [candidate.similarity for candidate in there]
            products.update((candidate.id, candidate) for candidate in there)
        table = self._table([products[identity] for identity in words], list(words.values()))
        return Found(row=row, similarity=similarity, table=table, size=self.size())

    def _choose(self, vectors: Floats, count: int, own: Sequence[Own | None]) -> list[list[Candidate]]:
        """The products to compare each item with. Where copies crowd out everything else, more are looked at."""
        chosen: list[list[Candidate]] = [[] for _ in vectors]
        asking = list(range(len(vectors)))
        for times in _ROUNDS:
            crowded = []
            limit = int(times * count)
            for item, near in zip(asking, _near(vectors[asking], limit), strict=True):
                mine = own[item]
                chosen[item] = without_copies(near if mine is None else of_others(near, mine))[:count]
                if len(chosen[item]) < count and len(near) == limit:
                    crowded.append(item)
            asking = crowded
            if not asking:
                break
        return chosen

    def _words_of(self, identities: set[uuid.UUID]) -> dict[uuid.UUID, _Words]:
        """The words of these rows; those that are not there any more are left out. What was asked for last is remembered."""
        found = {identity: self._words.pop(identity) for identity in identities & self._words.keys()}
        missing = list(identities - found.keys())
        if missing:
            for identity, title, text, kept in _binary_cursor().execute(_ROWS_SQL, [missing], binary=True):
                compared = reading.unpacked(kept and json.loads(kept)) or Compared.of(prepare(title, text))
                found[identity] = _Words(title, text, compared)
        self._words |= found
        while len(self._words) > _REMEMBERED:
            del self._words[next(iter(self._words))]
        return found

    def _table(self, rows: Sequence[Candidate], words: Sequence[_Words]) -> ProductTable:
        products = [
            Product(said.title, said.text, row.price, row.source, row.observed_at, str(row.id), category=row.category)
            for row, said in zip(rows, words, strict=True)
        ]
        return ProductTable.of_compared(
            products, [said.compared for said in words], self._wording, timezone.now().date()
        )


_types: WeakKeyDictionary[psycopg.Connection[Any], TypeInfo] = WeakKeyDictionary()


def _binary_cursor() -> psycopg.Cursor[Any]:
    """A cursor of Django's connection that sends and reads PostgreSQL's own format: digits would take longer than the search."""
    connection.ensure_connection()
    wrapped: psycopg.Connection[Any] = connection.connection
    info = _types.get(wrapped) or TypeInfo.fetch(wrapped, "halfvec")
    assert info is not None
    _types[wrapped] = info
    cursor = psycopg.Cursor(wrapped)
    register_halfvec_info(cursor, info)  # type: ignore[arg-type]  # any context with adapters will do
    return cursor


def _near(vectors: Floats, limit: int) -> list[list[Candidate]]:
    """The nearest `limit` products of each vector, with all their copies; newest first where they are equally near."""
    near: list[list[Candidate]] = [[] for _ in vectors]
    if not near:
        return near
    with connection.cursor() as cursor:
        cursor.execute(_SETTINGS_SQL, [str(min(_MOST_EF_SEARCH, max(_EF_SEARCH, limit)))])
    asked = [[HalfVector(vector) for vector in vectors], limit]
    for number, *columns in _binary_cursor().execute(_NEAREST_SQL, asked, binary=True):
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
