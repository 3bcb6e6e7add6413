"""Celery entry points of the scanning agent."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import asdict
from typing import Any

from celery import Task, current_app, shared_task

from agents.identity.looking import look_at_pictures
from agents.planning.tracking import settle_following
from agents.scanning import following, trial
from agents.scanning.actions import life, reading, rounds, scans, submissions
from agents.scanning.archive import replaying
from agents.scanning.watching.alarms import watch_sources
from agents.scanning.watching.canary import check_canaries
from agents.scanning.watching.site_rules import check_site_rules
from deals.models import Source
from deals.product_actions import settle


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
    """Read what an interrupted scan left unread, end the deals whose time is over, and bring strays to their products."""
    life.expire_deals()
    settle()
    return reading.read_pending().as_json()


@shared_task(name="read.entry")
def entry(entry_id: str) -> None:
    """Start the reading of one entry from the beginning."""
    reading.read_again(uuid.UUID(entry_id))


@shared_task(name="submission.read")
def submission(submission_id: str) -> str:
    """Read one page that somebody sent, and lead those who follow it on to its deal."""
    state = submissions.read_submission(uuid.UUID(submission_id))
    settle_following([uuid.UUID(submission_id)])
    return state


@shared_task(name="submission.again")
def submission_again(submission_id: str) -> None:
    """Start the reading of one submission from the beginning."""
    submissions.read_again(uuid.UUID(submission_id))


@shared_task(name="submission.waiting")
def submissions_waiting() -> int:
    """Read what waits because its message was lost or its reader died."""
    return submissions.read_waiting()


# Not a task of the queue scan: it must still look when no worker scans any more.
@shared_task(name="watch.sources")
def watch() -> dict[str, int]:
    """Raise and end alarms about sources."""
    return asdict(watch_sources())


@shared_task(name="watch.canaries")
def canaries() -> dict[str, int]:
    """Look whether what was read before is still read."""
    return asdict(check_canaries())


@shared_task(name="scan.try", soft_time_limit=trial.SECONDS, time_limit=trial.SECONDS + 10, acks_late=False)
def try_source(source_id: str, trial_id: str) -> None:
    """Try a source for an operator who waits for the answer."""
    trial.run_trial(uuid.UUID(source_id), uuid.UUID(trial_id))


# Acknowledged when it begins: a month of bodies takes longer than the broker's patience, and it would be sent again.
@shared_task(name="replay.source", acks_late=False, time_limit=3_600, soft_time_limit=3_540)
def replay_source(source_id: str, since: str) -> dict[str, Any]:
    """Read again what a source gave since then; the run says what changed."""
    found = Source.objects.get(pk=uuid.UUID(source_id))
    return replaying.replay(found, datetime.datetime.fromisoformat(since), trigger="operator").as_json()


@shared_task(name="scan.site_rules")
def site_rules() -> dict[str, int]:
    """Look at the page by which each rule for a single shop is known."""
    return asdict(check_site_rules())


@shared_task(name="scan.following")
def followed() -> dict[str, int]:
    """See to the sources of followed pages."""
    return asdict(following.see_to_followed())


@shared_task(name="scan.pictures", soft_time_limit=170, time_limit=180)
def pictures() -> dict[str, int]:
    """Look at the pictures of deals that nobody has looked at."""
    return asdict(look_at_pictures())
