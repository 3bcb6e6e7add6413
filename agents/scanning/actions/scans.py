"""One scan: a source is leased, asked, its entries stored and read. Interrupted anywhere, the next scan ends it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from agents.models import Agent
from agents.runs import RunRecorder, record_run
from agents.scanning.actions.asking import Answer, ask
from agents.scanning.actions.entries import Stored, store_entries
from agents.scanning.actions.leases import LEASE, Held, LeaseLost, begin, hold
from agents.scanning.actions.life import note_listing
from agents.scanning.actions.outcomes import complete, fail, postpone, succeed
from agents.scanning.actions.reading import ReadOutcome, read_pending
from agents.scanning.actions.sources import BadSource, kind_and_config
from agents.scanning.archive.bodies import Body
from agents.scanning.archive.keeping import keep_body
from agents.scanning.fetching.access import BadAccess, keep_cookies
from agents.scanning.fetching.visit import NotNow
from agents.scanning.sources.base import RawEntry, UnreadableSource
from common.egress import EgressError
from common.retries import sentence_of
from deals.models import Entry, EntryState, Fetch, FetchOutcome, Source

__all__ = ["LEASE", "NotDue", "Scan", "ScanError", "SourceBusy", "conclude", "scan_body", "scan_source"]

log = logging.getLogger(__name__)

_SAMPLE = 500
_EXPECTED = (EgressError, UnreadableSource, BadSource, BadAccess)


class ScanError(Exception):
    """A scan that failed. The message is one plain sentence."""


class SourceBusy(ScanError):
    """Somebody else scans this source at the moment."""


class NotDue(ScanError):
    """The source was scanned a moment ago, or is paused, and was to be scanned only if it is due."""


@dataclass(slots=True)
class Scan:
    """What one scan did. `entry_ids` are the entries that the source gave, in their order; none where it had not changed."""

    source: Source
    outcome: FetchOutcome
    entry_ids: list[uuid.UUID] = field(default_factory=list)
    new_entries: int = 0
    reading: ReadOutcome = field(default_factory=ReadOutcome)


def scan_source(source_id: uuid.UUID, *, trigger: str = "schedule", only_if_due: bool = False) -> Scan:
    """Scan one source now. Raises `SourceBusy` where somebody else does, `NotDue` where `only_if_due` is set and it is not, and
    `ScanError` with a sentence where the scan fails.

    A failure is on the record when this returns: on the fetch, on the source, and after three in a row on the list of dead
    letters.
    """
    held = next(iter(hold([source_id], only_if_due=only_if_due)), None)
    if held is None:
        now = timezone.now()
        if only_if_due and not Source.objects.filter(pk=source_id, leased_until__gt=now).exists():
            raise NotDue("This source is not due now.")
        raise SourceBusy("Somebody else scans this source at the moment. Try again in a minute.")
    # A person who wants to see what a host says now may ask although it is to be left alone; the schedule may not.
    return conclude(held, ask(held.source, patient=only_if_due), trigger)


def conclude(held: Held, answer: Answer, trigger: str) -> Scan:
    """Store and read what a source answered, or put its failure on the record. Raises as `scan_source` does."""
    source = held.source
    if isinstance(answer.error, NotNow):
        postpone(held, answer.error)
        raise ScanError(sentence_of(answer.error)) from answer.error
    with record_run(Agent.SCANNING, trigger, source.title, source, at_end=True) as run:
        _note_steps(run, held, answer)
        try:
            if answer.error is not None:
                raise answer.error
            return _store_and_read(held, answer, run)
        except LeaseLost:
            run.fail("Another scan of this source took over, because this one took too long.")
            raise SourceBusy(f"“{source.title}” is scanned by somebody else now.") from None
        except _EXPECTED as error:
            sentence = sentence_of(error)
            run.fail(sentence)
            fail(held, error, sentence)
            raise ScanError(sentence) from error
        except Exception as error:
            log.exception("The scan of %s failed", source.name)
            fail(held, error, sentence_of(error))
            raise


def scan_body(source: Source, body: bytes, *, content_type: str = "", url: str = "", trigger: str = "file") -> Scan:
    """Scan a body that is at hand, as if `source` had given it: nothing is fetched and nothing is scheduled.

    Raises `ScanError` with a sentence where it cannot be read; then nothing has changed but the record of the attempt.
    """
    with record_run(Agent.SCANNING, trigger, source.title, source) as run:
        with transaction.atomic():
            (held,) = begin([source])
        held.attempt.size = len(body)
        try:
            kind, config = kind_and_config(source)
            with run.step("Cut into entries") as step:
                entries = kind.parse(body, content_type, url, config)
                step.detail["entries"] = len(entries)
            return _store(held, entries, run)
        except (UnreadableSource, BadSource) as error:
            sentence = sentence_of(error)
            run.fail(sentence)
            held.attempt.sample = _sample(body)
            with transaction.atomic():
                complete(held, FetchOutcome.FAILED, error=sentence)
            raise ScanError(sentence) from error
        except Exception as error:
            with transaction.atomic():
                complete(held, FetchOutcome.FAILED, error=sentence_of(error))
            raise


def _note_steps(run: RunRecorder, held: Held, answer: Answer) -> None:
    """Put what was done before the database was asked on the record of the attempt and the run, and the body into the archive."""
    page, error = answer.page, answer.error
    if page is None:
        run.note("Fetch", answer.fetch_seconds, sentence_of(error) if error else "", url=held.source.url)
        return
    held.attempt.http_status, held.attempt.size = page.status, len(page.body)
    if not answer.unchanged:
        content_type = page.headers.get("content-type", "")
        keep_body(held.source, held.attempt, Body(page.body, page.url, content_type, held.attempt.started_at))
    run.note("Fetch", answer.fetch_seconds, url=held.source.url, status=page.status, bytes=len(page.body))
    if error is not None:
        run.note("Cut into entries", answer.parse_seconds, sentence_of(error))
        held.attempt.sample = _sample(page.body)
    elif not answer.unchanged:
        run.note("Cut into entries", answer.parse_seconds, entries=len(answer.entries))


def _store_and_read(held: Held, answer: Answer, run: RunRecorder) -> Scan:
    if answer.cookies is not None:
        keep_cookies(held.source, answer.cookies)
    if not answer.unchanged:
        return _store(held, answer.entries, run, answer)
    held.renew()
    # What an interrupted scan stored before this one is still to be read.
    reading = read_pending(source=held.source, after_batch=held.renew)
    with transaction.atomic():
        succeed(held, answer, changed=False)
        complete(held, FetchOutcome.NOT_MODIFIED, reading=reading)
    run.summary.update(outcome="not modified", **reading.as_json())
    return Scan(held.source, FetchOutcome.NOT_MODIFIED, reading=reading)


def _store(held: Held, entries: Sequence[RawEntry], run: RunRecorder, answer: Answer | None = None) -> Scan:
    """Store entries and read them; without an `answer`, of a body that was at hand, nothing is scheduled.

    Where nothing is to be read, which is the rule, all of it is one transaction.
    """
    source, reading = held.source, ReadOutcome()
    with run.step("Store what is new") as step:
        with transaction.atomic():
            held.renew()
            stored = store_entries(source, entries)
            is_done = not Entry.objects.filter(source=source, state=EntryState.UNREAD).exists()
            if is_done:
                _finish(held, stored, reading, answer)
        step.detail.update(new=stored.new, changed=stored.changed)
    if not is_done:
        with run.step("Read into deals") as step:
            reading = read_pending(source=source, after_batch=held.renew)
            step.detail.update(reading.as_json())
        with transaction.atomic():
            _finish(held, stored, reading, answer)
    run.summary.update(entries=len(entries), new_entries=stored.new, **reading.as_json())
    return Scan(source, FetchOutcome.OK, stored.ids, stored.new, reading)


def _finish(held: Held, stored: Stored, reading: ReadOutcome, answer: Answer | None) -> None:
    """End the scan of entries that are stored and read, in the caller's transaction."""
    source = held.source
    held.attempt.readable = Entry.objects.filter(pk__in=stored.ids, state=EntryState.READ).count()
    if answer is not None:
        succeed(held, answer, changed=_has_changed(source, stored))
        kind, config = kind_and_config(source)
        note_listing(source, stored.ids, kind.coverage(config, answer.page.body if answer.page else b""))
    complete(held, FetchOutcome.OK, stored=stored, entries=len(stored.ids), reading=reading)


def _has_changed(source: Source, stored: Stored) -> bool:
    """Whether a fetch gave anything else than the one before: something new, or more or fewer entries."""
    if stored.new or stored.changed:
        return True
    before = Fetch.objects.filter(source=source, outcome=FetchOutcome.OK).order_by("-started_at")
    return before.values_list("entries", flat=True).first() != len(stored.ids)


def _sample(body: bytes) -> str:
    """The beginning of a body that could not be read, for a person to look at."""
    return body[:_SAMPLE].decode("utf-8", "replace").replace("\x00", "�")
