"""Cookies of a session that is kept, by the rules of the standard library's jar."""

from __future__ import annotations

import email.message
import urllib.request
from collections.abc import Iterable
from http.cookiejar import CookieJar
from typing import Any, cast


class _Answer:
    """The headers of an answer as the jar wants to be given them."""

    def __init__(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self._message = email.message.Message()
        for name, value in headers:
            if name.lower() == b"set-cookie":
                self._message.add_header("Set-Cookie", value.decode("latin-1"))

    def info(self) -> email.message.Message:
        return self._message


def cookie_header(jar: CookieJar, url: str) -> str:
    """The Cookie header for an address, "" where none belongs there."""
    asked = urllib.request.Request(url)  # noqa: S310 - a request that is never made; the jar wants one to look at
    jar.add_cookie_header(asked)
    return asked.get_header("Cookie") or ""


def take_cookies(jar: CookieJar, url: str, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Take up the cookies that an answer from an address sets, where they are its own to set."""
    jar.extract_cookies(cast(Any, _Answer(headers)), urllib.request.Request(url))  # noqa: S310
