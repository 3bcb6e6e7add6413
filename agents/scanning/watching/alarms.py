"""Alarms are raised once, told to the operators, and ended when all is well again."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from agents.scanning.watching.judgement import BASELINE, Finding, emptiness, is_well, shares, silence, unreadability
from common.models import Marker
from common.text import shortened
from deals.health import QUIET_AFTER, WATCH, forget_watchfulness
from deals.models import Alarm, AlarmKind, Fetch, FetchOutcome, Source, SourceState
from deals.models.source import FOLLOWED
from notifications.actions import OperatorNotice, notify_operators

_LONGEST_SCAN: Final = timedelta(minutes=10)
_LAG: Final = timedelta(minutes=1)
"""How long what a scan wrote may be on its way into the tables when somebody looks."""
_TITLES: Final = {
    AlarmKind.SILENT: "is silent",
    AlarmKind.EMPTY: "gives nothing any more",
    AlarmKind.UNREADABLE: "can hardly be read any more",
    AlarmKind.CANARY: "is not read as before",
}


@dataclass(frozen=True, slots=True)
class Watched:
    """What one round did."""

    raised: int = 0
    ended: int = 0


def watch_sources() -> Watched:
    """Look at every source, raise what alarms and end what is well again. Running it twice changes nothing the second time."""
    now = timezone.now()
    raised = ended = 0
    with transaction.atomic():
        last, alive_since = _heartbeat(now)
        present: dict[UUID, list[Alarm]] = defaultdict(list)
        for alarm in Alarm.objects.filter(ended_at=None, source__isnull=False).exclude(kind=AlarmKind.CANARY):
            assert alarm.source_id is not None
            present[alarm.source_id].append(alarm)
        for source in _sources():
            watched = source.state == SourceState.ACTIVE
            for alarm in present[source.pk]:
                if not watched or is_well(alarm, source, now):
                    ended += end_alarm(alarm)
            if watched:
                known = {alarm.kind for alarm in present[source.pk]}
                for finding in _findings(source, now, last, alive_since):
                    if finding.kind not in known:
                        raise_alarm(finding, subject=str(source.pk), about=source.title, source=source)
                        raised += 1
    return Watched(raised, ended)


def raise_alarm(finding: Finding, *, subject: str, about: str, source: Source | None = None) -> Alarm:
    """Write an alarm and tell the operators, in the caller's transaction. There MUST be no open one of the kind on the subject."""
    title = shortened(f"{about} {_TITLES[finding.kind]}", 200)
    alarm = Alarm.objects.create(
        source=source, subject=subject, kind=finding.kind, title=title, sentence=finding.sentence, data=finding.data
    )
    place = reverse("agents:source", args=[source.pk]) if source else reverse("agents:operations")
    notify_operators(
        OperatorNotice(
            key=shortened(f"{finding.kind}:{subject}", 64),
            title=title,
            body=finding.sentence,
            reason_text="You are an operator: alarms about sources go to all operators.",
            url=place,
        )
    )
    transaction.on_commit(forget_watchfulness)
    return alarm


def end_alarm(alarm: Alarm, *, by: User | None = None) -> bool:
    """End an alarm; whether it was still open. One that an operator ends makes what the source gives now the new measure."""
    with transaction.atomic():
        now = timezone.now()
        if not Alarm.objects.filter(pk=alarm.pk, ended_at=None).update(ended_at=now, ended_by=by):
            return False
        if by is not None and alarm.source_id is not None:
            Source.objects.filter(pk=alarm.source_id).update(compared_from=now, watched_from=now)
        transaction.on_commit(forget_watchfulness)
    return True


def _findings(source: Source, now: datetime, last: datetime, alive_since: datetime) -> list[Finding]:
    found = [silence(source, now, alive_since)] if source.url else []
    if _has_news(source, last):
        found.append(emptiness(source, now))
        found.append(unreadability(*shares(source, now)))
    return [finding for finding in found if finding is not None]


def _sources() -> QuerySet[Source]:
    """Every source with when it was last read, and how many entries it gave then; not those of followed pages, which concern their
    followers."""
    read = Fetch.objects.filter(source=OuterRef("pk"), outcome=FetchOutcome.OK).order_by("-started_at")
    return Source.objects.exclude(name__startswith=FOLLOWED).annotate(
        last_read_at=Subquery(read.values("started_at")[:1]), last_entries=Subquery(read.values("entries")[:1])
    )


def _has_news(source: Any, last: datetime) -> bool:
    """Whether what a source gives has to be judged anew: it was read since the last look, or is still empty. Most scans of most
    sources find nothing changed, and cost no further question."""
    if source.last_success_at is None or source.last_success_at < last - _LAG or source.last_read_at is None:
        return False
    return bool(source.last_entries == 0 or source.last_read_at > last - _LONGEST_SCAN)


def _heartbeat(now: datetime) -> tuple[datetime, datetime]:
    """Note that somebody watches; returns when that was the last time, and since when it is without a gap. Holds the note until
    the transaction ends, so that two watchers do not raise the same."""
    Marker.objects.get_or_create(name=WATCH)
    marker = Marker.objects.select_for_update().get(name=WATCH)
    last = datetime.fromisoformat(marker.data["at"]) if marker.data else now - BASELINE
    since = datetime.fromisoformat(marker.data["since"]) if marker.data and now - last < QUIET_AFTER else now
    marker.data = {"at": now.isoformat(), "since": since.isoformat()}
    marker.save(update_fields=["data"])
    return last, since
