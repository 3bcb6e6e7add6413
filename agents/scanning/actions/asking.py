"""The part of a scan that waits for others: a source is asked for its body, which is cut into entries. It asks no database,
so many of them can go on at once in the threads of one process."""

from __future__ import annotations

import datetime
import hashlib
import logging
import time
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils import timezone

from agents.scanning.actions.sources import BadSource, kind_and_config
from agents.scanning.fetching.access import BadAccess, access_of
from agents.scanning.fetching.hosts import Turn, end_turn
from agents.scanning.fetching.visit import fetch_source
from agents.scanning.sources.base import RawEntry, UnreadableSource
from common.egress import EgressError, Page
from deals.models import Source

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Answer:
    """What a source answered: `entries` where `error` is None and it is not `unchanged`.

    `page` is there whenever something came. `cookies` is the session where it has changed.
    """

    page: Page | None = None
    entries: list[RawEntry] = field(default_factory=list)
    error: Exception | None = None
    unchanged: bool = False
    body_hash: str = ""
    cookies: list[dict[str, Any]] | None = None
    fetch_seconds: float = 0.0
    parse_seconds: float = 0.0


READ_AGAIN: Final = datetime.timedelta(days=1)
"""After that even the same body is read again, perhaps by a reader that was mended meanwhile, and kept in the archive anew."""

READS: Final = 2
"""So often what gave nothing new is read again all the same: an offer counts as withdrawn when it is missing three times in a row."""


def ask(source: Source, *, patient: bool = True, turn: Turn | None = None) -> Answer:
    """Ask a source for its body. `source` comes with its `access`. Raises nothing: what went wrong is in the answer."""
    answer = Answer()
    began = time.monotonic()
    try:
        kind, config = kind_and_config(source)
        if not kind.is_fetched:
            raise BadSource(f"“{source.title}” is read from pages that people send; it is not fetched.")
        access = access_of(source)
        given, turn = turn, None
        page, answer.cookies = fetch_source(source, kind, config, access, patient=patient, turn=given)
        answer.page, answer.fetch_seconds = page, time.monotonic() - began
        if page.not_modified:
            answer.unchanged = True
            return answer
        answer.body_hash = hashlib.sha256(page.body).hexdigest()
        if answer.body_hash == source.body_hash and _is_fresh(source):
            answer.unchanged = True
            return answer
        began = time.monotonic()
        answer.entries = kind.parse(page.body, page.headers.get("content-type", ""), page.url, config)
        answer.parse_seconds = time.monotonic() - began
    except (EgressError, UnreadableSource, BadSource, BadAccess) as error:
        answer.error = error
    except Exception as error:
        log.exception("Asking %s failed", source.name)
        answer.error = error
    finally:
        if turn is not None:
            end_turn(turn, well=None)
    if answer.error is not None and answer.page is None:
        answer.fetch_seconds = time.monotonic() - began
    return answer


def _is_fresh(source: Source) -> bool:
    """Whether what a source gave last was read often enough, and a short while ago. Many servers know no conditions and send the
    same again."""
    read_at = source.body_read_at
    return source.unchanged_scans >= READS and read_at is not None and timezone.now() - read_at < READ_AGAIN
