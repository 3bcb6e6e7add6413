"""Whether a source has fallen silent, empty or unreadable. Reads figures of its fetches, writes nothing.

What can be read is compared with what could be read before, over the last two weeks. A small number of entries swings by
chance, so half as much is an alarm only where it would hardly come about by chance: less than once in a thousand times with
the share of before (a binomial tail; with few entries before, that share is taken with care, (read + 1) / (entries + 2)).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import comb
from typing import Any, Final

from django.db.models import Sum

from common.templatetags.show import time_words
from deals.health import SILENT_AFTER_INTERVALS, heard_at, interval_of, is_overdue
from deals.models import Alarm, AlarmKind, Fetch, FetchOutcome, Source

BASELINE: Final = timedelta(days=14)
ENOUGH_BEFORE: Final = 20
"""Entries that a source must have given before its share of readable ones says anything."""
ENOUGH_NOW: Final = 10
_MOST_SCANS: Final = 5
_CHANCE: Final = 0.001
RECOVERED: Final = 0.75
"""Of the share before the alarm: what has to be reached again for its end."""
_EMPTY_SCANS: Final = 3
_BUSY: Final = 5.0
"""Entries a scan from which on three empty scans are an alarm; a place with fewer, such as a search, may be empty for a day."""
_FEW_EMPTY_FOR: Final = timedelta(days=1)
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a source; `sentence` says what, `data` holds the figures."""

    kind: AlarmKind
    sentence: str
    data: dict[str, Any] = field(default_factory=dict)


def silence(source: Source, now: datetime, alive_since: datetime) -> Finding | None:
    """Whether a source was silent for three of its intervals while it was tried, or while there was somebody to try it.

    `alive_since` is when the present uninterrupted watch began: after an outage of ours no source is to blame at first.
    """
    if not is_overdue(source, now):
        return None
    tried = source.consecutive_failures >= _TRIES
    if not tried and now - alive_since <= SILENT_AFTER_INTERVALS * interval_of(source):
        return None
    last = f"The last was {time_words(source.last_success_at)}." if source.last_success_at else "It never had one."
    why = f" {source.last_error}" if source.last_error else ""
    return Finding(
        AlarmKind.SILENT,
        f"No success for three intervals. {last}{why}",
        {"since": heard_at(source).isoformat(), "failures": source.consecutive_failures},
    )


def emptiness(source: Source, now: datetime) -> Finding | None:
    """Whether a source that gave entries gives none any more. One that never gave any is no alarm."""
    reads = _reads(source, now)
    latest = reads.first()
    if latest is None or latest.entries:
        return None
    full = reads.filter(entries__gt=0).first()
    if full is None:
        return None
    since = reads.filter(started_at__gt=full.started_at).last()
    began = since.started_at if since else latest.started_at
    good = [FetchOutcome.OK, FetchOutcome.NOT_MODIFIED]
    scans = Fetch.objects.filter(source=source, outcome__in=good, started_at__gte=began).count()
    before = list(reads.filter(started_at__lte=full.started_at).values_list("entries", flat=True)[:20])
    usual = sum(before) / len(before)
    if scans < _EMPTY_SCANS or (usual < _BUSY and now - began < _FEW_EMPTY_FOR):
        return None
    return Finding(
        AlarmKind.EMPTY,
        f"It answers, but has given no entry in {scans} scans; before it gave {usual:.0f} a scan.",
        {"since": began.isoformat(), "scans": scans, "entries_before": round(usual, 1)},
    )


@dataclass(frozen=True, slots=True)
class Share:
    """How many of so many entries could be read."""

    read: int
    entries: int

    @property
    def value(self) -> float:
        return self.read / self.entries if self.entries else 0.0


def shares(source: Source, now: datetime) -> tuple[Share, Share]:
    """What could be read lately, and before that: the last scans that together gave ten entries (five scans at most), and the
    two weeks before them."""
    reads = _reads(source, now).filter(readable__isnull=False, entries__gt=0)
    latest = list(reads.values_list("started_at", "readable", "entries")[:_MOST_SCANS])
    taken, read, entries = now, 0, 0
    for started_at, readable, given in latest:
        taken, read, entries = started_at, read + readable, entries + given
        if entries >= ENOUGH_NOW:
            break
    before = reads.filter(started_at__lt=taken).aggregate(read=Sum("readable"), entries=Sum("entries"))
    return Share(read, entries), Share(before["read"] or 0, before["entries"] or 0)


def unreadability(now_share: Share, before: Share) -> Finding | None:
    """Whether the share that can be read has fallen by half, and not by chance."""
    if before.entries < ENOUGH_BEFORE or not now_share.entries or now_share.value > before.value / 2:
        return None
    expected = (before.read + 1) / (before.entries + 2)
    if chance_of_at_most(now_share.read, now_share.entries, expected) >= _CHANCE:
        return None
    return Finding(
        AlarmKind.UNREADABLE,
        f"Only {now_share.read} of the last {now_share.entries} entries could be read "
        f"({now_share.value:.0%}); before it was {before.value:.0%}. Its layout has probably changed.",
        {"share": round(now_share.value, 4), "before": round(before.value, 4), "entries": now_share.entries},
    )


def is_well(alarm: Alarm, source: Source, now: datetime) -> bool:
    """Whether what a source's alarm was raised for is over. That nothing is known any more is no sign of it."""
    if alarm.kind == AlarmKind.SILENT:
        return not is_overdue(source, now)
    if alarm.kind == AlarmKind.EMPTY:
        latest = _reads(source, now).first()
        return latest is not None and latest.entries > 0
    if alarm.kind == AlarmKind.UNREADABLE:
        lately, _ = shares(source, now)
        return bool(lately.entries) and lately.value >= RECOVERED * float(alarm.data["before"])
    return False


def chance_of_at_most(successes: int, tries: int, probability: float) -> float:
    """The binomial probability of at most so many successes in so many tries."""
    if tries > 400:  # the tail of so many is decided by the share alone, and the sum of huge terms is slow
        successes, tries = round(successes * 400 / tries), 400
    terms = (comb(tries, k) * probability**k * (1 - probability) ** (tries - k) for k in range(successes + 1))
    return float(sum(terms))


def _reads(source: Source, now: datetime) -> Any:
    """The fetches of a source that were read, the newest first: those that say what it gives."""
    since = max(now - BASELINE, source.compared_from or now - BASELINE)
    return Fetch.objects.filter(source=source, outcome=FetchOutcome.OK, started_at__gte=since).order_by("-started_at")
