"""Celery entry points of the scanning agent."""

from __future__ import annotations

import uuid

from celery import Task, current_app, shared_task

from agents.scanning.actions import deals, reading, rounds, scans


@shared_task(name="scan.due")
def due() -> int:
    """Have as many workers go round as there is work for, and return how many those are."""
    needed = rounds.rounds_needed()
    for _ in range(needed):
        current_app.send_task("scan.round", expires=60)
    return needed


@shared_task(name="scan.round")
def scan_round() -> int:
    """Scan what is due, until nothing is or the time is over."""
    return rounds.record_round().scans


@shared_task(name="scan.source", bind=True, max_retries=3)
def source(task: Task[..., str], source_id: str, only_if_due: bool = False) -> str:
    """Scan one source. A failure is on the record of the source; it is no failure of the task.

    A source that is leased is tried again when the lease has run out: the worker that had it may have been killed.
    """
    try:
        return scans.scan_source(uuid.UUID(source_id), only_if_due=only_if_due).outcome.value
    except scans.SourceBusy as error:
        if only_if_due and task.request.retries < (task.max_retries or 0):
            raise task.retry(countdown=scans.LEASE.total_seconds() + 1) from None
        return str(error)
    except scans.ScanError as error:
        return str(error)


@shared_task(name="read.pending")
def pending() -> dict[str, int]:
    """Read what an interrupted scan left unread, and end the deals whose time is over."""
    deals.expire_deals()
    return reading.read_pending().as_json()


@shared_task(name="read.entry")
def entry(entry_id: str) -> None:
    """Start the reading of one entry from the beginning."""
    reading.read_again(uuid.UUID(entry_id))
