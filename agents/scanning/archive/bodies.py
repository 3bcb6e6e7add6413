"""The form of a body in the archive: gzip of one line of JSON that says what it is, and then the bytes as they came.

Its name says its day, its source and its fetch: `raw/2026/11/25/<source>/<fetch>.gz`.
"""

from __future__ import annotations

import datetime
import gzip
import json
import re
import uuid
import zlib
from dataclasses import dataclass
from typing import Final

ROOT: Final = "raw/"
LARGEST: Final = 64 * 2**20
"""Bytes of a body at the most, packed or unpacked; no kind of source reads as many."""
_NAME: Final = re.compile(r"raw/(\d{4}/\d{2}/\d{2})/[A-Za-z0-9_-]{1,80}/[0-9a-f-]{36}\.gz")
_LEVEL: Final = 6


class UnusableBody(Exception):
    """What lies in the archive is not what was put there. The message is one plain sentence."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a source gave, and what a reader has to know of it. `fetched_at` is aware."""

    content: bytes
    url: str
    content_type: str
    fetched_at: datetime.datetime


def name_of(source: str, fetch_id: uuid.UUID, fetched_at: datetime.datetime) -> str:
    """The name under which a body is kept; `source` is the name of the source."""
    day = fetched_at.astimezone(datetime.UTC)
    safe = re.sub(r"[^A-Za-z0-9_-]", "-", source)[:80] or "-"
    return f"{ROOT}{day:%Y/%m/%d}/{safe}/{fetch_id}.gz"


def day_of(name: str) -> datetime.date | None:
    """The day that a name speaks of; None for what is no name of a body."""
    match = _NAME.fullmatch(name)
    try:
        return datetime.datetime.strptime(match[1], "%Y/%m/%d").date() if match else None  # noqa: DTZ007
    except ValueError:
        return None


def pack(body: Body) -> bytes:
    """The same body gives the same bytes."""
    about = {"url": body.url, "content_type": body.content_type, "fetched_at": body.fetched_at.isoformat()}
    return gzip.compress(json.dumps(about).encode("ascii") + b"\n" + body.content, _LEVEL, mtime=0)


def unpack(packed: bytes) -> Body:
    """What `pack` made. Raises `UnusableBody` for anything else, and for more than `LARGEST` bytes."""
    unzip = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        plain = unzip.decompress(packed, LARGEST + 1)
    except zlib.error as error:
        raise UnusableBody("It is damaged: it cannot be unpacked.") from error
    if len(plain) > LARGEST:
        raise UnusableBody(f"It holds more than {LARGEST // 2**20} MB.")
    if not unzip.eof:
        raise UnusableBody("It is damaged: it breaks off before its end.")
    line, _, content = plain.partition(b"\n")
    try:
        about = json.loads(line)
        fetched_at = datetime.datetime.fromisoformat(about["fetched_at"])
        return Body(content, str(about["url"]), str(about["content_type"]), fetched_at)
    except (ValueError, KeyError, TypeError) as error:
        raise UnusableBody("It does not say what it is.") from error
