"""Writes that operators make on sources."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from deals.models import Source, SourceState

_FOLLOWING = (
    "next_run_at", "watched_from", "compared_from", "unchanged_scans", "body_hash", "etag", "last_modified",
)  # fmt: skip


def create_source(**fields: Any) -> Source:
    """Make a source; it is due at once. Raises `ValidationError` by field."""
    return _store(Source(), fields)


def update_source(source: Source, **fields: Any) -> Source:
    """Change a source. One that is resumed or has another address is due at once. Raises `ValidationError` by field."""
    return _store(source, fields)


def delete_source(source: Source) -> None:
    """Delete a source with what it gave, unread, and its record of attempts; the deals that came from it stay."""
    source.delete()


def _store(source: Source, fields: dict[str, Any]) -> Source:
    before = (source.state, source.url, source.kind)
    gave, interval = (source.url, source.kind, source.config), source.interval_seconds
    for name, value in fields.items():
        setattr(source, name, value)
    with transaction.atomic():
        source.full_clean(exclude=["etag", "last_modified", "body_hash"])
        if (source.url, source.kind, source.config) != gave:
            source.compared_from = timezone.now()
            source.body_hash = ""
        if (source.state, source.url, source.kind) != before and source.state == SourceState.ACTIVE:
            source.next_run_at = source.watched_from = timezone.now()
            source.etag = source.last_modified = ""
        if (source.url, source.kind, source.config, source.interval_seconds) != (*gave, interval):
            source.unchanged_scans = 0
        if source._state.adding:
            source.save()
        else:
            source.save(update_fields=[*fields, *_FOLLOWING])
    return source
