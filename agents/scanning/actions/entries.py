"""Entries: what a source gave is stored as it came, once, and marked unread where it is new or has changed."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from agents.scanning.sources.base import RawEntry
from common.outbox import record_all
from common.text import plain_text
from common.urls import canonical_url
from deals.events import EntryFetched
from deals.models import Entry, EntryState, Source

_VOTES = re.compile(r"\AThumb Score:\s*[+-]?[0-9]+\s*")
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Stored:
    """The entries of one fetch, in their order, and how many of them are new or have changed."""

    ids: list[uuid.UUID]
    new: int
    changed: int


def content_hash(entry: RawEntry) -> str:
    """A fingerprint of what an entry says to a reader: votes and counters of clicks in it do not count."""
    said = [
        entry.title,
        canonical_url(entry.url),
        _VOTES.sub("", plain_text(entry.summary_html, keep_struck=False)),
        entry.image_url,
        entry.published_at,
        entry.extra,
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=True).encode("ascii")).hexdigest()


def store_entries(source: Source, entries: Sequence[RawEntry]) -> Stored:
    """Store what a source gave, in the caller's transaction, with one event for each entry that is new or has changed."""
    now = timezone.now()
    known = {
        entry.external_id: entry
        for entry in Entry.objects.filter(source=source, external_id__in=[raw.external_id for raw in entries]).defer(
            "payload"
        )
    }
    fresh, changed, kept = [], [], []
    for position, raw in enumerate(entries):
        digest = content_hash(raw)
        row = known.get(raw.external_id)
        if row is None:
            row = Entry(source=source, external_id=raw.external_id, content_hash=digest, payload=raw.as_json())
            known[raw.external_id] = row
            fresh.append(row)
        elif row.content_hash != digest:
            row.content_hash, row.payload, row.state = digest, raw.as_json(), EntryState.UNREAD
            row.attempts, row.error, row.retry_at = 0, "", None
            changed.append(row)
        else:
            kept.append(row)
        row.position, row.last_seen_at = position, now
    Entry.objects.bulk_create(fresh, batch_size=_BATCH)
    Entry.objects.bulk_update(
        changed,
        ["content_hash", "payload", "state", "attempts", "error", "retry_at", "position", "last_seen_at"],
        batch_size=_BATCH,
    )
    _see_again(kept, now)
    titles = {raw.external_id: raw.title for raw in entries}
    record_all(
        (
            EntryFetched(
                entry_id=str(row.pk), source=source.name, external_id=row.external_id, title=titles[row.external_id]
            ),
            None,
        )
        for row in [*fresh, *changed]
    )
    return Stored([known[raw.external_id].pk for raw in entries], len(fresh), len(changed))


def _see_again(rows: Sequence[Entry], now: datetime.datetime) -> None:
    """Note that these entries were there, and where. One statement for all: most entries of most fetches are known ones."""
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE deals_entry SET position = seen.position, last_seen_at = %s "
            "FROM unnest(%s::uuid[], %s::int[]) AS seen(id, position) WHERE deals_entry.id = seen.id",
            [now, [row.pk for row in rows], [row.position for row in rows]],
        )
