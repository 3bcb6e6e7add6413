"""One scan: a source is leased, fetched, its entries stored and read. Interrupted anywhere, the next scan ends it.

The lease is short and renewed after each part of the work, so that a scan whose process was killed is taken up again within
a minute, and a scan that lost its lease writes nothing more.
"""

from __future__ import annotations

import datetime
import logging
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from agents.models import Agent
from agents.runs import RunRecorder, record_run
from agents.scanning.actions.entries import Stored, store_entries
from agents.scanning.actions.life import note_listing, withdraw_the_one
from agents.scanning.actions.reading import ReadOutcome, read_pending
from agents.scanning.actions.sources import BadSource, kind_and_config
from agents.scanning.archive.bodies import Body
from agents.scanning.archive.keeping import keep_body
from agents.scanning.sources.base import RawEntry, UnreadableSource
from common.dead_letters import record_dead_letter
from common.egress import EgressError, Page, fetch
from common.models import DeadLetter
from common.outbox import record
from common.retries import is_exhausted, next_try, sentence_of
from common.urls import host_of
from deals.events import ScanFinished, ScanStarted
from deals.models import Entry, EntryState, Fetch, FetchOutcome, Source, SourceState

log = logging.getLogger(__name__)

LEASE = datetime.timedelta(seconds=30)
FETCH_SECONDS = 20.0
PACE_SECONDS = 3
_GONE = frozenset({404, 410})
LONGEST_PAUSE = datetime.timedelta(hours=6)
_SAMPLE = 500
_INTERRUPTED = "The scan stopped in the middle, because its process ended. The next one takes it up."


class ScanError(Exception):
    """A scan that failed. The message is one plain sentence."""


class SourceBusy(ScanError):
    """Somebody else scans this source at the moment."""


class NotDue(ScanError):
    """The source was scanned a moment ago, or is paused, and was to be scanned only if it is due."""


class _LeaseLost(Exception):
    """The scan took so long that somebody else took it over."""


@dataclass(slots=True)
class Scan:
    """What one scan did. `entry_ids` are the entries that the source gave, in their order; none where it had not changed."""

    source: Source
    outcome: FetchOutcome
    entry_ids: list[uuid.UUID] = field(default_factory=list)
    new_entries: int = 0
    reading: ReadOutcome = field(default_factory=ReadOutcome)


def due_sources(limit: int = 100) -> list[tuple[uuid.UUID, int]]:
    """The active sources whose time has come and that nobody scans, the longest waiting first, each with the seconds for which
    its scan has to wait, so that no host is asked by several at once."""
    now = timezone.now()
    due = Source.objects.filter(state=SourceState.ACTIVE, next_run_at__lte=now).exclude(url="")
    free = due.filter(Q(leased_until__isnull=True) | Q(leased_until__lte=now))
    asked: Counter[str] = Counter()
    waits = []
    for pk, url in free.order_by("next_run_at").values_list("pk", "url")[:limit]:
        waits.append((pk, asked[host_of(url)] * PACE_SECONDS))
        asked[host_of(url)] += 1
    return waits


def scan_source(source_id: uuid.UUID, *, trigger: str = "schedule", only_if_due: bool = False) -> Scan:
    """Scan one source now. Raises `SourceBusy` where somebody else does, `NotDue` where `only_if_due` is set and it is not, and
    `ScanError` with a sentence where the scan fails.

    A failure is on the record when this returns: on the fetch, on the source, and after three in a row on the list of dead
    letters.
    """
    lease = _claim(source_id, only_if_due=only_if_due)
    source = Source.objects.get(pk=source_id)
    with record_run(Agent.SCANNING, trigger, source.title, source) as run:
        attempt = _begin(source)
        try:
            return _scan(source, lease, attempt, run)
        except _LeaseLost:
            run.fail("Another scan of this source took over, because this one took too long.")
            raise SourceBusy(f"“{source.title}” is scanned by somebody else now.") from None
        except (EgressError, UnreadableSource, BadSource) as error:
            sentence = sentence_of(error)
            run.fail(sentence)
            _fail(source, lease, attempt, error, sentence)
            raise ScanError(sentence) from error
        except Exception as error:
            log.exception("The scan of %s failed", source.name)
            _fail(source, lease, attempt, error, sentence_of(error))
            raise


def scan_body(source: Source, body: bytes, *, content_type: str = "", url: str = "", trigger: str = "file") -> Scan:
    """Scan a body that is at hand, as if `source` had given it: nothing is fetched and nothing is scheduled.

    Raises `ScanError` with a sentence where it cannot be read; then nothing has changed but the record of the attempt.
    """
    with record_run(Agent.SCANNING, trigger, source.title, source) as run:
        attempt = _begin(source)
        attempt.size = len(body)
        try:
            entries = _parse(source, body, content_type, url, run)
        except (UnreadableSource, BadSource) as error:
            sentence = sentence_of(error)
            run.fail(sentence)
            with transaction.atomic():
                _end(source, attempt, FetchOutcome.FAILED, error=sentence, sample=_sample(body))
            raise ScanError(sentence) from error
        try:
            return _store_and_read(source, None, attempt, entries, run)
        except Exception as error:
            with transaction.atomic():
                _end(source, attempt, FetchOutcome.FAILED, error=sentence_of(error))
            raise


def _claim(source_id: uuid.UUID, *, only_if_due: bool) -> uuid.UUID:
    """Take the lease of a source with one conditional UPDATE."""
    now, lease = timezone.now(), uuid.uuid4()
    free = Source.objects.filter(pk=source_id).filter(Q(leased_until__isnull=True) | Q(leased_until__lte=now))
    if only_if_due:
        free = free.filter(state=SourceState.ACTIVE, next_run_at__lte=now)
    if free.update(lease=lease, leased_until=now + LEASE, last_attempt_at=now):
        return lease
    if only_if_due and not Source.objects.filter(pk=source_id, leased_until__gt=now).exists():
        raise NotDue("This source is not due now.")
    raise SourceBusy("Somebody else scans this source at the moment. Try again in a minute.")


def _renew(source: Source, lease: uuid.UUID | None) -> None:
    """Keep the lease for another while. Raises `_LeaseLost` where somebody else has it."""
    if lease is None:
        return
    if not Source.objects.filter(pk=source.pk, lease=lease).update(leased_until=timezone.now() + LEASE):
        raise _LeaseLost


def _begin(source: Source) -> Fetch:
    with transaction.atomic():
        if source.lease is not None:
            Fetch.objects.filter(source=source, outcome=FetchOutcome.RUNNING).update(
                outcome=FetchOutcome.FAILED, error=_INTERRUPTED, finished_at=timezone.now()
            )
        attempt = Fetch.objects.create(source=source)
        record(ScanStarted(source=source.name, title=source.title))
    return attempt


def _scan(source: Source, lease: uuid.UUID, attempt: Fetch, run: RunRecorder) -> Scan:
    kind, config = kind_and_config(source)
    if not kind.is_fetched:
        raise BadSource(f"“{source.title}” is read from pages that people send; it is not fetched.")

    def get(url: str, *, headers: Mapping[str, str] | None = None) -> Page:
        conditions = _conditions(source) if url == source.url else {}
        sent = {"Accept": kind.accept, **conditions, **(headers or {})}
        return fetch(url, headers=sent, max_bytes=kind.max_bytes, max_seconds=FETCH_SECONDS)

    with run.step("Fetch", url=source.url) as step:
        page = kind.collect(source.url, config, get)
        step.detail.update(status=page.status, bytes=len(page.body))
    attempt.http_status, attempt.size = page.status, len(page.body)
    _renew(source, lease)
    if page.not_modified:
        # What an interrupted scan stored before this one is still to be read.
        reading = read_pending(source=source, after_batch=partial(_renew, source, lease))
        with transaction.atomic():
            _succeed(source, lease, page)
            _end(source, attempt, FetchOutcome.NOT_MODIFIED, reading=reading)
        run.summary.update(outcome="not modified", **reading.as_json())
        return Scan(source, FetchOutcome.NOT_MODIFIED, reading=reading)
    keep_body(source, attempt, Body(page.body, page.url, page.headers.get("content-type", ""), attempt.started_at))
    try:
        entries = _parse(source, page.body, page.headers.get("content-type", ""), page.url, run)
    except UnreadableSource:
        attempt.sample = _sample(page.body)
        raise
    return _store_and_read(source, lease, attempt, entries, run, page)


def _conditions(source: Source) -> dict[str, str]:
    """The headers that let a server answer "not changed"."""
    named = {"If-None-Match": source.etag, "If-Modified-Since": source.last_modified}
    return {name: value for name, value in named.items() if value}


def _parse(source: Source, body: bytes, content_type: str, url: str, run: RunRecorder) -> list[RawEntry]:
    kind, config = kind_and_config(source)
    with run.step("Cut into entries") as step:
        entries = kind.parse(body, content_type, url, config)
        step.detail["entries"] = len(entries)
    return entries


def _store_and_read(
    source: Source,
    lease: uuid.UUID | None,
    attempt: Fetch,
    entries: Sequence[RawEntry],
    run: RunRecorder,
    page: Page | None = None,
) -> Scan:
    with run.step("Store what is new") as step:
        with transaction.atomic():
            _renew(source, lease)
            stored = store_entries(source, entries)
        step.detail.update(new=stored.new, changed=stored.changed)
    with run.step("Read into deals") as step:
        reading = read_pending(source=source, after_batch=partial(_renew, source, lease))
        step.detail.update(reading.as_json())
    attempt.readable = Entry.objects.filter(pk__in=stored.ids, state=EntryState.READ).count()
    with transaction.atomic():
        if lease is not None and page is not None:
            _succeed(source, lease, page)
            kind, config = kind_and_config(source)
            note_listing(source, stored.ids, kind.coverage(config, page.body))
        _end(source, attempt, FetchOutcome.OK, stored=stored, entries=len(entries), reading=reading)
    run.summary.update(entries=len(entries), new_entries=stored.new, **reading.as_json())
    return Scan(source, FetchOutcome.OK, stored.ids, stored.new, reading)


def _succeed(source: Source, lease: uuid.UUID, page: Page) -> None:
    """Give the lease back and keep what makes the next request conditional: only now that everything is stored and read."""
    now = timezone.now()
    fields: dict[str, object] = {
        "lease": None,
        "leased_until": None,
        "last_success_at": now,
        "consecutive_failures": 0,
        "last_error": "",
        "next_run_at": now + datetime.timedelta(seconds=source.interval_seconds),
    }
    if not page.not_modified:
        fields["etag"] = page.headers.get("etag", "")[:300]
        fields["last_modified"] = page.headers.get("last-modified", "")[:100]
    if not Source.objects.filter(pk=source.pk, lease=lease).update(**fields):
        raise _LeaseLost
    DeadLetter.objects.filter(stage="scan", object_id=str(source.pk), replayed_at__isnull=True).update(replayed_at=now)


def _fail(source: Source, lease: uuid.UUID, attempt: Fetch, error: Exception, sentence: str) -> None:
    """Put a failure on the record, and the next try on the clock: soon at first, later the longer it lasts."""
    attempt.http_status = getattr(error, "status", None) or attempt.http_status
    with transaction.atomic():
        held = Source.objects.filter(pk=source.pk, lease=lease)
        if held.update(
            consecutive_failures=F("consecutive_failures") + 1, last_error=sentence, lease=None, leased_until=None
        ):
            failures = Source.objects.values_list("consecutive_failures", flat=True).get(pk=source.pk)
            Source.objects.filter(pk=source.pk).update(
                next_run_at=_next_try(source, failures, getattr(error, "retry_after", None))
            )
            if is_exhausted(failures):
                record_dead_letter("scan", source.pk, "scan.source", sentence, attempts=failures)
            if attempt.http_status in _GONE and kind_and_config(source)[0].is_one_thing:
                withdraw_the_one(source, f"Its page answered {attempt.http_status}: it is not there any more.")
        _end(source, attempt, FetchOutcome.FAILED, error=sentence)


def _next_try(source: Source, failures: int, retry_after: int | None) -> datetime.datetime:
    """Twice soon after a failure; then at the source's own interval, doubled with each further failure up to six hours."""
    if is_exhausted(failures):
        pause = datetime.timedelta(seconds=source.interval_seconds * 2.0 ** min(failures - 3, 10))
        due = timezone.now() + max(min(pause, LONGEST_PAUSE), datetime.timedelta(seconds=source.interval_seconds))
    else:
        due = next_try(failures)
    asked = timezone.now() + min(datetime.timedelta(seconds=retry_after or 0), LONGEST_PAUSE)
    return max(due, asked)


def _end(
    source: Source,
    attempt: Fetch,
    outcome: FetchOutcome,
    *,
    stored: Stored | None = None,
    entries: int = 0,
    reading: ReadOutcome | None = None,
    error: str = "",
    sample: str = "",
) -> None:
    """Complete the record of the attempt, with its event, in the caller's transaction."""
    reading = reading or ReadOutcome()
    attempt.outcome, attempt.finished_at, attempt.error = outcome, timezone.now(), error
    attempt.entries, attempt.new_entries = entries, stored.new if stored else 0
    attempt.new_deals, attempt.changed_deals, attempt.skipped = (
        reading.new_deals,
        reading.changed_deals,
        reading.skipped,
    )
    attempt.sample = sample or attempt.sample
    attempt.save()
    record(
        ScanFinished(
            source=source.name,
            title=source.title,
            outcome=outcome.value,
            entries=entries,
            new_deals=reading.new_deals,
            changed_deals=reading.changed_deals,
            skipped=reading.skipped,
        )
    )


def _sample(body: bytes) -> str:
    """The beginning of a body that could not be read, for a person to look at."""
    return body[:_SAMPLE].decode("utf-8", "replace").replace("\x00", "�")
