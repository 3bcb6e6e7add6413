"""robots.txt (RFC 9309): whether an address may be asked for by a program, and how far apart.

It is asked for once a day for each origin, and shared by all processes through the cache. One that is not there (4xx) allows
everything. One that cannot be read (5xx, or no answer) forbids everything for a while, unless a copy of the last week is
there.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.core.cache import cache
from protego import Protego

from common.egress import EgressError, ForbiddenAddressError, Proxy, fetch

logger = logging.getLogger(__name__)

AGENT: Final = "DealFinder"
"""The name by which robots.txt may speak of us."""
FRESH: Final = 86_400
KEPT: Final = 7 * 86_400
RETRY: Final = 600
"""Seconds until a robots.txt that could not be read is asked for again."""
MAX_BYTES: Final = 512_000
MAX_SECONDS: Final = 10.0
REFUSED_SECONDS: Final = 6 * 3600
_LOCAL_SECONDS: Final = 300.0
_LOCAL_MOST: Final = 2_000
_MOST_STARS: Final = 8
_STARS: Final = re.compile(r"\*{2,}")


class RobotsRefusal(EgressError):
    """robots.txt does not allow an address, or could not be read. The message is one sentence."""

    def __init__(self, sentence: str, *, retry_after: int) -> None:
        super().__init__(sentence, retry_after=retry_after, outcome="robots")

    @property
    def is_said(self) -> bool:
        """Whether robots.txt says so itself; otherwise it could not be read, and may be readable soon."""
        return self.retry_after == REFUSED_SECONDS


@dataclass(frozen=True, slots=True)
class _Copy:
    """What a robots.txt said, or why it could not be read, and when that was (seconds since 1970).

    `is_lasting` is false where our own rules forbid the address: an operator may change these from one moment to the next.
    """

    text: str
    error: str
    at: float
    is_lasting: bool = True

    def is_fresh(self, now: float) -> bool:
        return now - self.at < (RETRY if self.error else FRESH)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a robots.txt says to us."""

    host: str
    parsed: Any
    error: str = ""

    @property
    def delay(self) -> float:
        """The seconds that are to lie between two requests; 0 where it says nothing of it."""
        if self.error:
            return 0.0
        found = self.parsed.crawl_delay(AGENT) or 0.0
        rate = self.parsed.request_rate(AGENT)
        per_request = rate.seconds / rate.requests if rate and rate.requests else 0.0
        return max(0.0, found, per_request)

    def check(self, url: str) -> None:
        """Raise `RobotsRefusal` where this address is not to be asked for."""
        if self.error:
            raise RobotsRefusal(
                f"{self.host} has a robots.txt that cannot be read ({self.error.rstrip('.')}), and without it nothing is asked there. "
                "It is tried again later.",
                retry_after=RETRY,
            )
        if not self.parsed.can_fetch(url, AGENT):
            raise RobotsRefusal(
                f"{self.host} asks programs not to fetch this address (in its robots.txt), so it is not scanned.",
                retry_after=REFUSED_SECONDS,
            )


class _Local:
    """The rules that this process has parsed. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: OrderedDict[str, tuple[float, Rules]] = OrderedDict()

    def get(self, origin: str) -> Rules | None:
        with self._lock:
            until, rules = self._rules.get(origin, (0.0, None))
        return rules if time.monotonic() < until else None

    def put(self, origin: str, rules: Rules) -> None:
        with self._lock:
            self._rules[origin] = (time.monotonic() + _LOCAL_SECONDS, rules)
            self._rules.move_to_end(origin)
            if len(self._rules) > _LOCAL_MOST:
                self._rules.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()


_LOCAL: Final = _Local()


def rules_for(url: str, proxy: Proxy | None = None) -> Rules:
    """The rules of the origin of an address: those at hand, or freshly asked for, through the proxy. Raises nothing."""
    parts, origin = urlsplit(url), _origin_of(url)
    rules = _LOCAL.get(origin)
    if rules is None:
        copy = _copy_of(origin, proxy)
        rules = Rules(parts.hostname or parts.netloc, Protego.parse(_tamed(copy.text)), copy.error)
        if copy.is_lasting:
            _LOCAL.put(origin, rules)
    return rules


def known_delay(url: str) -> float:
    """The delay that an origin asks for, as far as this process has it at hand; nothing is asked for."""
    rules = _LOCAL.get(_origin_of(url))
    return rules.delay if rules else 0.0


def forget_rules() -> None:
    """Have every robots.txt read anew by this process."""
    _LOCAL.clear()


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _copy_of(origin: str, proxy: Proxy | None) -> _Copy:
    key, now = f"robots:{origin}", time.time()
    known = _cached(key)
    if known is not None and known.is_fresh(now):
        return known
    asked = _ask(origin, proxy, now)
    if asked.error and known is not None and not known.error:
        return known
    if not asked.is_lasting:
        return asked
    try:
        cache.set(
            key, {"text": asked.text, "error": asked.error, "at": asked.at}, timeout=RETRY if asked.error else KEPT
        )
    except redis.RedisError:
        logger.warning("A robots.txt was not kept, because the cache did not answer")
    return asked


def _cached(key: str) -> _Copy | None:
    try:
        found = cache.get(key)
    except redis.RedisError:
        return None
    return _Copy(**found) if isinstance(found, dict) else None


def _ask(origin: str, proxy: Proxy | None, now: float) -> _Copy:
    try:
        page = fetch(
            f"{origin}/robots.txt",
            max_bytes=MAX_BYTES,
            max_seconds=min(MAX_SECONDS, settings.SCAN_SECONDS),
            role="robots",
            any_status=True,
            proxy=proxy,
        )
    except EgressError as error:
        return _Copy("", str(error), now, is_lasting=not isinstance(error, ForbiddenAddressError))
    if 200 <= page.status < 300:
        return _Copy(page.body.decode("utf-8", "replace"), "", now)
    if 400 <= page.status < 500 and page.status != 429:
        return _Copy("", "", now)
    return _Copy("", f"it answers {page.status}", now)


def _tamed(text: str) -> str:
    """A robots.txt without patterns of so many stars that to try them would take for ever: they end at the eighth."""
    if text.count("*") <= _MOST_STARS:
        return text
    return "\n".join(_tamed_line(line) for line in text.splitlines())


def _tamed_line(line: str) -> str:
    line = _STARS.sub("*", line)
    if line.count("*") <= _MOST_STARS:
        return line
    return "*".join(line.split("*")[:_MOST_STARS]) + "*"
