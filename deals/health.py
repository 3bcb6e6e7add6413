"""How each source does: last success, success rate, next run. Nothing may stop silently."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from deals.models import FetchOutcome, Source, SourceState

WINDOW = timedelta(days=7)
SILENT_AFTER_INTERVALS = 3


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source with its figures over the last seven days. `success_rate` is 0–1, or `None` without an attempt."""

    source: Source
    attempts: int
    successes: int
    deals: int

    @property
    def success_rate(self) -> float | None:
        return self.successes / self.attempts if self.attempts else None

    @property
    def is_silent(self) -> bool:
        """True when an active source had no success for three of its intervals."""
        source = self.source
        if source.state != SourceState.ACTIVE:
            return False
        since = source.last_success_at or source.created_at
        return timezone.now() - since > SILENT_AFTER_INTERVALS * timedelta(seconds=source.interval_seconds)


def sources_with_health() -> list[SourceHealth]:
    """Return every source with its health, by title, in a fixed number of queries."""
    recent = Q(fetches__started_at__gte=timezone.now() - WINDOW) & ~Q(fetches__outcome=FetchOutcome.RUNNING)
    good = Q(fetches__outcome__in=[FetchOutcome.OK, FetchOutcome.NOT_MODIFIED])
    sources = Source.objects.annotate(
        attempts=Count("fetches", filter=recent, distinct=True),
        successes=Count("fetches", filter=recent & good, distinct=True),
    ).order_by("title")
    deals = dict(Source.objects.annotate(n=Count("deals")).values_list("pk", "n"))
    return [SourceHealth(source, source.attempts, source.successes, deals[source.pk]) for source in sources]
