"""What came back: a page, and what its headers say."""

from __future__ import annotations

import datetime
import email.utils
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus

from common.egress.errors import EgressError


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: its body is complete and within the limits, unpacked. `status` is 200–299, or 304 with an empty body;
    anything where the caller asked for `any_status`.

    `url` is where it came from in the end. Headers have lower-case names; several of one name are joined with commas.
    """

    url: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    http_version: str = "HTTP/1.1"

    @property
    def not_modified(self) -> bool:
        return self.status == HTTPStatus.NOT_MODIFIED


def headers_of(received: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by their names in lower case."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in received:
        name, value = raw_name.decode("latin-1").lower(), _text(raw_value)
        headers[name] = f"{headers[name]}, {value}" if name in headers and name != "location" else value
    return headers


def status_error(host: str, status: int, headers: dict[str, str]) -> EgressError:
    """The error for a status that is no success."""
    try:
        name = f" ({HTTPStatus(status).phrase})"
    except ValueError:
        name = ""
    return EgressError(
        f"{host} answered {status}{name}.",
        status=status,
        retry_after=seconds_to_wait(headers.get("retry-after", "")),
        outcome=f"status_{status // 100}xx",
    )


def seconds_to_wait(retry_after: str) -> int | None:
    """What `Retry-After` says, a number of seconds or a date (RFC 9110, 10.2.3), as seconds from now."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return int(text[:9])
    try:
        then = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    then = then if then.tzinfo else then.replace(tzinfo=datetime.UTC)
    return max(0, round((then - datetime.datetime.now(datetime.UTC)).total_seconds()))


def _text(value: bytes) -> str:
    """A header's value: servers write UTF-8 where the standard has Latin-1 alone."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
