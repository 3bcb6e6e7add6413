"""The index of nearest neighbours: dropped for a large first load, built after it, and mended where that was interrupted.

Without it a search reads every row: slower, and with the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import ProgrammingError, connection, transaction

NAME: Final = "catalogue_nearest"
_LOCK: Final = 0xCA7A


@contextmanager
def built_at_the_end(few: int) -> Iterator[Callable[[], None]]:
    """Gives a function that drops the index where the catalogue has fewer than `few` rows; the end of the block builds it.

    Only one process at a time does that, and nobody mends the index meanwhile: a lock of the connection says so.
    """
    held = dropped = False

    def postpone() -> None:
        nonlocal held, dropped
        # Within a caller's transaction the index could not be built again before that ends.
        if not held and not connection.in_atomic_block and _try_lock():
            held = True
            dropped = _count_up_to(few) < few and _drop()

    try:
        yield postpone
    finally:
        if dropped:
            build()
        if held:
            _unlock()


def mend() -> bool:
    """Build the index where a load was killed before it could; whether that was so."""
    if exists() or not _try_lock():
        return False
    try:
        build()
    finally:
        _unlock()
    return True


def build() -> None:
    """Build the index as the model describes it."""
    from deals.models import CatalogueItem

    index = next(index for index in CatalogueItem._meta.indexes if index.name == NAME)
    with transaction.atomic():
        # The graph of 100,000 vectors takes 120 MB; on disk instead of in memory it would take many times as long.
        _ask("SELECT set_config('maintenance_work_mem', '512MB', true)")
        with connection.schema_editor() as editor:
            editor.add_index(CatalogueItem, index)


def exists() -> bool:
    return _ask("SELECT to_regclass(%s)", NAME) is not None


def _drop() -> bool:
    """Drop the index; whether this role of the database may."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX IF EXISTS {NAME}")
    except ProgrammingError:
        return False
    return True


def _ask(sql: str, *values: str | int) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]


def _try_lock() -> bool:
    return bool(_ask("SELECT pg_try_advisory_lock(%s)", _LOCK))


def _unlock() -> None:
    _ask("SELECT pg_advisory_unlock(%s)", _LOCK)


def _count_up_to(limit: int) -> int:
    return int(_ask("SELECT count(*) FROM (SELECT 1 FROM deals_catalogueitem LIMIT %s) AS first", limit))
