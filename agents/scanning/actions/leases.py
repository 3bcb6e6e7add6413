"""Who scans a source: leases, and the record of each attempt.

A lease is short and renewed after each part of the work, so that a scan whose process was killed is taken up again within a
minute, and a scan that lost its lease writes nothing more.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from common.outbox import record_all
from deals.events import ScanStarted
from deals.models import Fetch, FetchOutcome, Source, SourceState

LEASE = datetime.timedelta(seconds=60)
_INTERRUPTED = "The scan stopped in the middle, because its process ended. The next one takes it up."


class LeaseLost(Exception):
    """The scan took so long that somebody else took it over."""


@dataclass(slots=True)
class Held:
    """A source that this process scans, with its `access`, and the record of the attempt. Without a lease nothing is scheduled."""

    source: Source
    attempt: Fetch
    lease: uuid.UUID | None = None

    def renew(self) -> None:
        """Keep the lease for another while. Raises `LeaseLost` where somebody else has it."""
        if self.lease is None:
            return
        held = Source.objects.filter(pk=self.source.pk, lease=self.lease)
        if not held.update(leased_until=timezone.now() + LEASE):
            raise LeaseLost


def hold(source_ids: Iterable[uuid.UUID], *, only_if_due: bool) -> list[Held]:
    """Take those of these sources that nobody scans (and, where it matters, whose time has come), in their own order, and begin
    the record of an attempt at each."""
    ids = [uuid.UUID(str(each)) for each in source_ids]
    now, lease = timezone.now(), uuid.uuid4()
    free = Source.objects.filter(pk__in=ids).filter(Q(leased_until__isnull=True) | Q(leased_until__lte=now))
    if only_if_due:
        free = free.filter(state=SourceState.ACTIVE, next_run_at__lte=now)
    with transaction.atomic():
        rows = free.select_related("access").select_for_update(of=("self",), skip_locked=True)
        found = {source.pk: source for source in rows}
        if not found:
            return []
        sources = [found[pk] for pk in ids if pk in found]
        interrupted = [source.pk for source in sources if source.lease is not None]
        Source.objects.filter(pk__in=found).update(lease=lease, leased_until=now + LEASE, last_attempt_at=now)
        if interrupted:
            Fetch.objects.filter(source__in=interrupted, outcome=FetchOutcome.RUNNING).update(
                outcome=FetchOutcome.FAILED, error=_INTERRUPTED, finished_at=now
            )
        return begin(sources, lease)


def begin(sources: list[Source], lease: uuid.UUID | None = None) -> list[Held]:
    """Record that these sources are being scanned, in the caller's transaction."""
    attempts = Fetch.objects.bulk_create([Fetch(source=source) for source in sources])
    record_all((ScanStarted(source=source.name, title=source.title), None) for source in sources)
    return [Held(source, attempt, lease) for source, attempt in zip(sources, attempts, strict=True)]
