"""How the database is emptied after a test that commits, and a part of a test undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from django.db import connections, transaction
from django.test import TransactionTestCase

# What migrating writes stays: Django would write the same rows again after each of its own flushes.
_STAYS: Final = ("django_content_type", "auth_permission")


def empty(case: TransactionTestCase) -> None:
    """Delete the rows of all tables, as Django's flush would.

    The flush truncates, which makes a new file for each of some eighty tables and five hundred indexes, and then writes all content
    types and permissions anew: a second for a test that left ten rows. Like a truncation this waits for whoever still writes, and
    asks no foreign key.
    """
    for name in case._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
        with transaction.atomic(using=name), connections[name].cursor() as cursor:
            cursor.execute(_statements(name))


@cache
def _statements(name: str) -> str:
    connection = connections[name]
    known = connection.introspection.django_table_names(only_existing=True, include_views=False)
    tables = sorted(set(known) - set(_STAYS))
    quoted = [connection.ops.quote_name(table) for table in tables]
    return (
        f"LOCK TABLE {', '.join(quoted)} IN EXCLUSIVE MODE; SET LOCAL session_replication_role = replica; "
        + "; ".join(f"DELETE FROM {table}" for table in quoted)
    )


@contextmanager
def undone() -> Iterator[None]:
    """Take back what the block wrote to the database, so that what comes after it finds what it found."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


TransactionTestCase._fixture_teardown = empty  # type: ignore[attr-defined]
