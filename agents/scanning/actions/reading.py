"""The read stage: unread entries become deals, or are skipped with a reason, in small batches of one transaction each."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from agents.scanning.actions.deals import write_offers
from agents.scanning.actions.sources import kind_and_config
from agents.scanning.sources.base import Offer, RawEntry, SourceConfig, SourceKind
from common.dead_letters import record_dead_letter
from common.enqueue import wake_after_commit
from common.retries import is_exhausted, next_try, sentence_of
from deals.models import Entry, EntryState, Source

log = logging.getLogger(__name__)

BATCH = 50
"""Entries in one transaction."""


@dataclass(slots=True)
class ReadOutcome:
    """What a round of reading did."""

    read: int = 0
    skipped: int = 0
    failed: int = 0
    new_deals: int = 0
    changed_deals: int = 0

    def as_json(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__}


def read_pending(
    limit: int = 4000, *, source: Source | None = None, after_batch: Callable[[], object] | None = None
) -> ReadOutcome:
    """Read up to `limit` unread entries, those of one source or all, and wake the next stage after each batch.

    Where a batch fails its entries are read one by one, so that a bad one does not hold up the others; that one is tried
    three times and then put on the list of dead letters.
    """
    outcome = ReadOutcome()
    while outcome.read + outcome.skipped + outcome.failed < limit:
        try:
            done = _read_batch(outcome, source, BATCH)
        except Exception:
            log.exception("A batch of entries could not be read; they are read one by one")
            done = _read_one_by_one(outcome, source, BATCH)
        if done and after_batch:
            after_batch()
        if done < BATCH:
            break
    return outcome


def read_again(entry_id: uuid.UUID) -> None:
    """Start the reading of one entry from the beginning."""
    Entry.objects.filter(pk=entry_id).exclude(state=EntryState.READ).update(
        state=EntryState.UNREAD, attempts=0, error="", retry_at=None
    )
    read_pending()


def _pending(source: Source | None) -> QuerySet[Entry]:
    pending = Entry.objects.filter(state=EntryState.UNREAD).filter(
        Q(retry_at__isnull=True) | Q(retry_at__lte=timezone.now())
    )
    return pending if source is None else pending.filter(source=source)


def _read_batch(outcome: ReadOutcome, source: Source | None, size: int) -> int:
    with transaction.atomic():
        claimed = (
            _pending(source).order_by("source_id", "position", "id").select_for_update(skip_locked=True, of=("self",))
        )
        entries = list(claimed.select_related("source")[:size])
        counts = _read(entries)
        if counts.new_deals or counts.changed_deals:
            wake_after_commit("value.pending")
    for name, count in counts.as_json().items():
        setattr(outcome, name, getattr(outcome, name) + count)
    return len(entries)


def _read(entries: Sequence[Entry]) -> ReadOutcome:
    """Read entries in the caller's transaction."""
    counts = ReadOutcome()
    offers: list[tuple[Entry, Offer]] = []
    kinds: dict[uuid.UUID, tuple[SourceKind, SourceConfig]] = {}
    for entry in entries:
        if entry.source_id not in kinds:
            kinds[entry.source_id] = kind_and_config(entry.source)
        kind, config = kinds[entry.source_id]
        result = kind.read(RawEntry.from_json(entry.payload), config)
        if isinstance(result, Offer):
            offers.append((entry, result))
            entry.state, entry.skip_reason = EntryState.READ, ""
        else:
            entry.state, entry.skip_reason, entry.deal = EntryState.SKIPPED, result.reason[:300], None
            counts.skipped += 1
        entry.error, entry.retry_at = "", None
    written = write_offers([(entry.source, offer) for entry, offer in offers])
    for (entry, _), deal in zip(offers, written.deals, strict=True):
        entry.deal = deal
    Entry.objects.bulk_update(entries, ["state", "skip_reason", "deal", "error", "retry_at"])
    counts.read, counts.new_deals, counts.changed_deals = len(offers), written.new, written.changed
    return counts


def _read_one_by_one(outcome: ReadOutcome, source: Source | None, size: int) -> int:
    ids = list(_pending(source).order_by("source_id", "position", "id").values_list("pk", flat=True)[:size])
    for entry_id in ids:
        try:
            with transaction.atomic():
                claimed = _pending(source).filter(pk=entry_id).select_for_update(skip_locked=True, of=("self",))
                counts = _read(list(claimed.select_related("source")))
                if counts.new_deals or counts.changed_deals:
                    wake_after_commit("value.pending")
        except Exception as error:
            log.exception("Entry %s could not be read", entry_id)
            _note_failure(entry_id, sentence_of(error))
            outcome.failed += 1
            continue
        for name, count in counts.as_json().items():
            setattr(outcome, name, getattr(outcome, name) + count)
    return len(ids)


def _note_failure(entry_id: uuid.UUID, sentence: str) -> None:
    with transaction.atomic():
        entry = Entry.objects.select_for_update().get(pk=entry_id)
        entry.attempts += 1
        entry.error = sentence
        entry.retry_at = next_try(entry.attempts)
        if is_exhausted(entry.attempts):
            entry.state = EntryState.FAILED
            record_dead_letter("read", entry_id, "read.entry", sentence)
        entry.save(update_fields=["attempts", "error", "retry_at", "state"])
