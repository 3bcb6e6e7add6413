"""How each source does, and whether anybody looks: nothing may stop silently.

Alarms are raised by a task. That the task itself, or the scans, have stopped is worked out here from the tables whenever
somebody looks, so that it shows with every worker dead.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import redis
from django.core.cache import cache
from django.db.models import Avg, Count, Max, Min, Q, QuerySet, Sum
from django.utils import timezone

from common.gauges import Gauge
from common.models import Marker
from deals.models import Alarm, Deal, Fetch, FetchOutcome, Source, SourceState
from deals.models.source import FOLLOWED

log = logging.getLogger(__name__)

WINDOW: Final = timedelta(days=7)
SILENT_AFTER_INTERVALS: Final = 3
QUIET_AFTER: Final = timedelta(minutes=5)
"""How long scans or checks may be overdue before the pages say so; both are started every minute."""
WATCH: Final = "source-watch"
_STATE: Final = "operators-alarms"
_STATE_SECONDS: Final = 15
_NO_FIGURES: Final[dict[str, Any]] = {
    "attempts": 0, "successes": 0, "entries_mean": None, "entries_sum": None, "readable_sum": None,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source with its figures over the last seven days.

    `success_rate` is 0–1, or None without an attempt. `entries` is the mean of the scans that read something, and `readable`
    the share of their entries that became deals (0–1); both None where there was no such scan.
    """

    source: Source
    attempts: int
    successes: int
    deals: int
    entries: float | None = None
    readable: float | None = None
    alarms: Sequence[Alarm] = ()

    @property
    def success_rate(self) -> float | None:
        return self.successes / self.attempts if self.attempts else None

    @property
    def failures(self) -> int:
        return self.attempts - self.successes

    @property
    def is_silent(self) -> bool:
        """True when an active source had no success for three of its intervals."""
        return is_overdue(self.source, timezone.now())


def interval_of(source: Source) -> timedelta:
    """How long after a success the source is asked again: longer than its interval while nothing changes."""
    return source.current_interval


def heard_at(source: Source) -> datetime:
    """When a source last gave something, or when waiting for it began."""
    return max(source.last_success_at or source.watched_from, source.watched_from)


def is_overdue(source: Source, now: datetime) -> bool:
    """Whether an active source that is fetched had no success for three of its intervals."""
    if source.state != SourceState.ACTIVE or not source.url:
        return False
    return now - heard_at(source) > SILENT_AFTER_INTERVALS * interval_of(source)


def sources_with_health(only: UUID | None = None) -> list[SourceHealth]:
    """Return every source with its health, by title, or the one with this id; in a fixed number of queries.

    Sources of followed pages are asked for by their id alone: there may be thousands, and they are their followers' business.
    """
    wanted = Source.objects.exclude(name__startswith=FOLLOWED) if only is None else Source.objects.filter(pk=only)
    fetches = {row["source"]: row for row in _figures(only)}
    # Counted as rows and not by their ids, so that the index of sources is all that is read.
    deals = dict(Deal.objects.filter(source__in=wanted).order_by().values_list("source").annotate(n=Count("*")))
    alarms = defaultdict(list)
    for alarm in open_alarms().filter(source__in=wanted):
        alarms[alarm.source_id].append(alarm)
    return [
        SourceHealth(
            source,
            figures["attempts"],
            figures["successes"],
            deals.get(source.pk, 0),
            figures["entries_mean"],
            figures["readable_sum"] / figures["entries_sum"] if figures["entries_sum"] else None,
            alarms[source.pk],
        )
        for source in wanted.order_by("title")
        for figures in [fetches.get(source.pk, _NO_FIGURES)]
    ]


def _figures(only: UUID | None) -> list[dict[str, Any]]:
    """The seven days of each source that was fetched in them, added up by its id alone: there are many."""
    recent = Fetch.objects.filter(started_at__gte=timezone.now() - WINDOW).exclude(outcome=FetchOutcome.RUNNING)
    if only is not None:
        recent = recent.filter(source=only)
    read = Q(outcome=FetchOutcome.OK, readable__isnull=False)
    rows = (
        recent.order_by()
        .values("source")
        .annotate(
            attempts=Count("pk"),
            successes=Count("pk", filter=Q(outcome__in=[FetchOutcome.OK, FetchOutcome.NOT_MODIFIED])),
            entries_mean=Avg("entries", filter=read),
            entries_sum=Sum("entries", filter=read),
            readable_sum=Sum("readable", filter=read),
        )
    )
    return [dict(row) for row in rows]


def open_alarms() -> QuerySet[Alarm]:
    """Alarms that have not ended, the oldest first."""
    return Alarm.objects.filter(ended_at=None).select_related("source").order_by("started_at")


@dataclass(frozen=True, slots=True)
class Watchfulness:
    """What operators have to know wherever they are: how many alarms are open, and sentences on what has stopped altogether."""

    alarms: int = 0
    stopped: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.alarms or self.stopped)


def watchfulness() -> Watchfulness:
    """The present state, at most some seconds old. Works without the cache as well."""
    known = _cached()
    if known is None:
        known = {"alarms": Alarm.objects.filter(ended_at=None).count(), "stopped": what_stopped(timezone.now())}
        _cache(known)
    return Watchfulness(**known)


def forget_watchfulness() -> None:
    """Alarms have changed: the next page counts anew."""
    _cache(None)


def what_stopped(now: datetime) -> list[str]:
    """Sentences on work that nobody does any more: scans although sources are due, and the check that raises alarms."""
    watched = Source.objects.filter(state=SourceState.ACTIVE).exclude(url="")
    began = watched.aggregate(first=Min("watched_from"))["first"]
    if began is None:
        return []
    said = []
    due = watched.filter(next_run_at__lte=now - QUIET_AFTER).count()
    scanned = Source.objects.aggregate(last=Max("last_attempt_at"))["last"]
    quiet = now - (scanned or began)
    if due and quiet >= QUIET_AFTER:
        said.append(
            f"No scan of any source for {_minutes(quiet)}, although {due} {'is' if due == 1 else 'are'} due. "
            "Look whether the workers for the queue scan run, and beat."
        )
    checked = watched_at()
    unwatched = now - (checked or began)
    if unwatched >= QUIET_AFTER:
        said.append(
            f"Nobody has looked for alarms for {_minutes(unwatched)}. Look whether beat runs, and a worker for the queue maintenance."
        )
    return said


def source_gauges() -> list[Gauge]:
    """How the sources do, as measurements, for whoever exposes them."""
    gauges = []
    for health in sources_with_health():
        labels = {"source": health.source.name, "kind": health.source.kind}
        measured = {
            "success_ratio": ("Successes among the attempts of seven days.", health.success_rate),
            "entries": ("Entries of a scan, mean of seven days.", health.entries),
            "readable_ratio": ("Entries that became deals, share of seven days.", health.readable),
            "last_success_timestamp_seconds": ("When it last succeeded.", _stamp(health.source.last_success_at)),
            "next_run_timestamp_seconds": ("When it is due.", _stamp(health.source.next_run_at)),
        }
        gauges += [
            Gauge(f"dealfinder_source_{name}", about, float(value), labels)
            for name, (about, value) in measured.items()
            if value is not None
        ]
    about = "1 while an alarm is open; it says of what."
    for alarm in open_alarms():
        labels = {"kind": alarm.kind, "source": alarm.source.name if alarm.source else "", "subject": alarm.subject}
        gauges.append(Gauge("dealfinder_alarm", about, 1.0, labels))
    stopped = what_stopped(timezone.now())
    gauges.append(Gauge("dealfinder_stopped", "Kinds of work that nobody does any more.", float(len(stopped))))
    return gauges


def _stamp(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


def watched_at() -> datetime | None:
    """When the task that raises alarms last did its work."""
    data = Marker.objects.filter(name=WATCH).values_list("data", flat=True).first()
    return datetime.fromisoformat(data["at"]) if data else None


def _minutes(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"


def _cached() -> dict[str, Any] | None:
    try:
        known = cache.get(_STATE)
    except (redis.RedisError, OSError):
        return None
    return known if isinstance(known, dict) else None


def _cache(state: dict[str, Any] | None) -> None:
    try:
        cache.set(_STATE, state, _STATE_SECONDS)
    except (redis.RedisError, OSError):
        log.warning("The state of the alarms could not be cached; each page counts them")
