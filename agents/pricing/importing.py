"""Priced products into the catalogue: embedded in batches, copied in, and never twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Final

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from agents.pricing.catalogue.base import Floats
from agents.pricing.catalogue.pgvector import as_vector
from agents.pricing.embedding import embed
from agents.pricing.text import prepare
from agents.training.data import BadRow, Row
from common.models import new_id
from common.text import one_line

PART: Final = 2_000
_COLUMNS: Final = (
    "id",
    "fingerprint",
    "title",
    "title_key",
    "text",
    "category",
    "price",
    "source",
    "observed_at",
    "embedding",
    "is_sample",
    "created_at",
)
_INSERT_SQL: Final = """
    INSERT INTO deals_catalogueitem ({columns})
    SELECT {columns} FROM incoming WHERE embedding IS NOT NULL
        ON CONFLICT (fingerprint) DO NOTHING
"""
_CHANGE_SQL: Final = """
    UPDATE deals_catalogueitem AS kept
       SET price = incoming.price, observed_at = incoming.observed_at, category = incoming.category
      FROM incoming
     WHERE kept.fingerprint = incoming.fingerprint
       AND (kept.price, kept.observed_at, kept.category)
           IS DISTINCT FROM (incoming.price, incoming.observed_at, incoming.category)
       AND COALESCE(incoming.observed_at, 'infinity') >= COALESCE(kept.observed_at, '-infinity')
"""


@dataclass
class Imported:
    """What an import did: rows that are new, that brought another price, that were known, and that were skipped."""

    new: int = 0
    changed: int = 0
    known: int = 0
    bad: list[BadRow] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.new + self.changed + self.known


def identity_of(row: Row) -> str:
    """What makes a catalogue row one: its title, text and source, but not its price, which may change."""
    product = row.product
    said = f"{one_line(product.title)}\0{one_line(product.text)}\0{product.source}"
    return hashlib.sha256(said.encode()).hexdigest()


def import_rows(
    rows: Iterable[Row | BadRow], *, is_sample: bool = False, progress: Callable[[Imported], None] | None = None
) -> Imported:
    """Load rows in parts of 2,000, each in one transaction. Loading the same rows again changes nothing."""
    imported = Imported()
    for part in _parts(rows):
        imported.bad += [row for row in part if isinstance(row, BadRow)]
        good = {identity_of(row): row for row in part if isinstance(row, Row)}
        if good:
            _load(good, imported, is_sample=is_sample)
        if progress is not None:
            progress(imported)
    return imported


def _parts(rows: Iterable[Row | BadRow]) -> Iterator[list[Row | BadRow]]:
    iterator = iter(rows)
    while part := list(islice(iterator, PART)):
        yield part


def _load(rows: dict[str, Row], imported: Imported, *, is_sample: bool) -> None:
    unknown = _unknown(rows)
    prepared = [prepare(row.product.title, row.product.text) for row in unknown.values()]
    vectors = dict(zip(unknown, embed([item.text for item in prepared]), strict=True))
    nothing = np.zeros(0, dtype=np.float32)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.incoming")  # of an earlier part, within a caller's transaction
        cursor.execute("CREATE TEMPORARY TABLE incoming (LIKE deals_catalogueitem) ON COMMIT DROP")
        cursor.execute("ALTER TABLE incoming ALTER COLUMN embedding DROP NOT NULL")
        with cursor.copy(f"COPY incoming ({', '.join(_COLUMNS)}) FROM STDIN") as copy:
            for identity, row in rows.items():
                copy.write_row(_record(identity, row, vectors.get(identity, nothing), is_sample=is_sample))
        cursor.execute(_CHANGE_SQL)
        changed = cursor.rowcount
        cursor.execute(_INSERT_SQL.format(columns=", ".join(_COLUMNS)))
        new = cursor.rowcount
    imported.new += new
    imported.changed += changed
    imported.known += len(rows) - new - changed


def _unknown(rows: dict[str, Row]) -> dict[str, Row]:
    """Those that the catalogue does not have: only they need a vector."""
    from deals.models import CatalogueItem

    stored = set(CatalogueItem.objects.filter(fingerprint__in=list(rows)).values_list("fingerprint", flat=True))
    return {identity: row for identity, row in rows.items() if identity not in stored}


def _record(identity: str, row: Row, vector: Floats, *, is_sample: bool) -> tuple[object, ...]:
    product = row.product
    title = one_line(product.title)[:500]
    return (
        new_id(),
        identity,
        title,
        prepare(title).key[:300],
        one_line(product.text),
        one_line(row.category)[:200],
        Decimal(repr(product.price)).quantize(Decimal("0.0001")),
        one_line(product.source)[:80],
        product.observed_at,
        as_vector(vector) if len(vector) else None,
        is_sample,
        timezone.now(),
    )
