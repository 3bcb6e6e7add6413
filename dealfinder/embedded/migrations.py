"""Bringing the database to the state that the code expects. Needs Django to be set up."""

from __future__ import annotations

import time

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

_LOCK = 0x0DEA_1F1D


def pending_migrations() -> list[str]:
    """The migrations that the database still lacks, as `app.name`, in their order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def migrate() -> None:
    """Apply what is pending; two processes at once do it one after the other, the second finding nothing left to do.

    The second asks again and again and does not wait in the database: an index that is built concurrently waits for every
    statement that has begun before, also for one that waits for this lock, and neither would ever end.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        while not cursor.fetchone()[0]:
            time.sleep(0.1)
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        try:
            if pending_migrations():
                call_command("migrate", interactive=False, verbosity=0)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
