"""Priced products into the catalogue: embedded in batches, copied in, and never twice.

While one part of the rows is embedded in a thread, the part before it is written: the one wants the processors, the other
waits for the database. A large first load drops the index of nearest neighbours and builds it at the end, which takes a
fifth of the time that adding to it row by row does; a search in between reads every row, and finds the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone
from pgvector import HalfVector
from pgvector.psycopg.halfvec import register_halfvec_info
from psycopg import Copy, Cursor
from psycopg.types import TypeInfo
from psycopg.types.json import Jsonb

from agents.pricing.catalogue.base import Floats
from agents.pricing.catalogue.index import built_at_the_end
from agents.pricing.catalogue.reading import packed
from agents.pricing.embedding import embed
from agents.pricing.text import Prepared, prepare
from agents.training.data import BadRow, Row
from common.models import new_id
from common.text import one_line

PART: Final = 2_000
_KNOWN: Final = {"fingerprint": "text", "category": "text", "price": "numeric", "observed_at": "date"}
_NEW: Final = _KNOWN | {
    "id": "uuid",
    "title": "text",
    "title_key": "text",
    "text": "text",
    "source": "text",
    "reading": "jsonb",
    "deal_id": "uuid",
    "embedding": "halfvec",
    "is_sample": "bool",
    "created_at": "timestamptz",
}
_INSERT_SQL: Final = f"""
    INSERT INTO deals_catalogueitem ({", ".join(_NEW)})
    SELECT {", ".join(_NEW)} FROM incoming WHERE embedding IS NOT NULL
        ON CONFLICT (fingerprint) DO NOTHING
"""  # noqa: S608  (names of our own)
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


@dataclass(frozen=True)
class Incoming:
    """A row on its way into the catalogue; `deal_id` where its price was seen on a deal of ours."""

    row: Row
    deal_id: Any = None


@dataclass(frozen=True)
class Fresh:
    """What a row needs that the catalogue does not have yet."""

    prepared: Prepared
    vector: Floats


def identity_of(row: Row) -> str:
    """What makes a catalogue row one: its title, text and source, but not its price, which may change."""
    product = row.product
    said = f"{one_line(product.title)}\0{one_line(product.text)}\0{product.source}"
    return hashlib.sha256(said.encode()).hexdigest()


def import_rows(
    rows: Iterable[Row | BadRow], *, is_sample: bool = False, progress: Callable[[Imported], None] | None = None
) -> Imported:
    """Load rows in parts of 2,000, each in one transaction. Loading the same rows again changes nothing.

    An import that was interrupted goes on when it is started again: what is there is not embedded a second time.
    """
    imported = Imported()

    def entries() -> Iterator[dict[str, Incoming]]:
        for part in _parts(rows):
            imported.bad += [row for row in part if isinstance(row, BadRow)]
            yield {identity_of(row): Incoming(row) for row in part if isinstance(row, Row)}

    with built_at_the_end(PART) as postpone:
        for part, fresh in _embedded(entries()):
            if len(part) > PART // 2:
                postpone()
            write(part, fresh, imported, is_sample=is_sample)
            if progress is not None:
                progress(imported)
    return imported


def add(entries: dict[str, Incoming]) -> Imported:
    """Load entries by their identity, in the caller's transaction or one of their own."""
    imported = Imported()
    for part, fresh in _embedded([entries]):
        write(part, fresh, imported, is_sample=False)
    return imported


def _parts(rows: Iterable[Row | BadRow]) -> Iterator[list[Row | BadRow]]:
    iterator = iter(rows)
    while part := list(islice(iterator, PART)):
        yield part


def _embedded(parts: Iterable[dict[str, Incoming]]) -> Iterator[tuple[dict[str, Incoming], dict[str, Fresh]]]:
    """Each part with what its unknown rows need; the next part is worked on while the caller has this one."""
    with ThreadPoolExecutor(1, "import") as thread:
        ahead = None
        for part in parts:
            following = (part, thread.submit(_fresh, _unknown(part)))
            if ahead is not None:
                yield ahead[0], ahead[1].result()
            ahead = following
        if ahead is not None:
            yield ahead[0], ahead[1].result()


def _fresh(entries: dict[str, Incoming]) -> dict[str, Fresh]:
    prepared = [prepare(entry.row.product.title, entry.row.product.text) for entry in entries.values()]
    vectors = embed([item.text for item in prepared])
    return {identity: Fresh(*both) for identity, *both in zip(entries, prepared, vectors, strict=True)}


def _unknown(entries: dict[str, Incoming]) -> dict[str, Incoming]:
    """Those that the catalogue does not have: only they need a vector."""
    from deals.models import CatalogueItem

    stored = set(CatalogueItem.objects.filter(fingerprint__in=list(entries)).values_list("fingerprint", flat=True))
    return {identity: entry for identity, entry in entries.items() if identity not in stored}


def write(entries: dict[str, Incoming], fresh: dict[str, Fresh], imported: Imported, *, is_sample: bool) -> None:
    """Write one part in one transaction and count it."""
    if not entries:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.incoming")  # of an earlier part, within a caller's transaction
        cursor.execute(
            f"CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS SELECT {', '.join(_NEW)} FROM deals_catalogueitem LIMIT 0"  # noqa: S608
        )
        _copy(cursor.cursor, _KNOWN, (_known(*pair) for pair in entries.items() if pair[0] not in fresh))
        made = (_new(identity, entries[identity], fresh[identity], is_sample=is_sample) for identity in fresh)
        _copy(cursor.cursor, _NEW, made)
        cursor.execute(_CHANGE_SQL)
        changed = cursor.rowcount
        cursor.execute(_INSERT_SQL)
        new = cursor.rowcount
    imported.new += new
    imported.changed += changed
    imported.known += len(entries) - new - changed


def _copy(cursor: Cursor[Any], columns: dict[str, str], records: Iterable[tuple[object, ...]]) -> None:
    """Copy records into `incoming`, in PostgreSQL's own format: a vector in digits would take most of the time."""
    info = TypeInfo.fetch(cursor.connection, "halfvec")
    assert info is not None
    register_halfvec_info(cursor, info)  # type: ignore[arg-type]  # any context with adapters will do
    copy: Copy
    with cursor.copy(f"COPY incoming ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)".encode()) as copy:
        copy.set_types(list(columns.values()))
        for record in records:
            copy.write_row(record)


def _known(identity: str, entry: Incoming) -> tuple[object, ...]:
    product = entry.row.product
    return (
        identity,
        one_line(entry.row.category)[:200],
        Decimal(repr(product.price)).quantize(Decimal("0.0001")),
        product.observed_at,
    )


def _new(identity: str, entry: Incoming, fresh: Fresh, *, is_sample: bool) -> tuple[object, ...]:
    product = entry.row.product
    return (
        *_known(identity, entry),
        new_id(),
        one_line(product.title)[:500],
        fresh.prepared.key[:300],
        one_line(product.text),
        one_line(product.source)[:80],
        Jsonb(packed(fresh.prepared)),
        entry.deal_id,
        HalfVector(fresh.vector),
        is_sample,
        timezone.now(),
    )
