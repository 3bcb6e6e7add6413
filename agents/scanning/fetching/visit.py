"""One visit: all that is asked on behalf of one source in one scan, with manners."""

from __future__ import annotations

import ipaddress
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings

from agents.scanning.fetching.access import Access, cookies_in, jar_of
from agents.scanning.fetching.hosts import AT_ONCE, Turn, end_turn, take_turn
from agents.scanning.fetching.robots import known_delay, rules_for
from agents.scanning.sources.base import SourceConfig, SourceKind
from common.egress import EgressError, Page, Role, fetch
from common.egress.addresses import is_allowed
from deals.models import Source

LONGEST_WAIT: Final = 15.0
"""Seconds that a visit waits for its turn with a host; who has to wait longer comes back later."""
INTERFACE_PACE: Final = 0.5
"""Seconds between requests to an interface made for programs, which counts them itself."""
VISIT_SECONDS: Final = 50.0
"""How long a visit may take with all of its requests."""
_OWN_AT_ONCE: Final = 64
_OVERLOADED: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_HOST_FAILED: Final = frozenset({"timeout", "connection", "tls", "protocol", "status_5xx"})


class NotNow(EgressError):
    """The host wants to be left alone, or is asked by others at the moment. `wait`: the seconds until it is worth asking."""

    def __init__(self, host: str, wait: float, *, left_alone: bool) -> None:
        why = "wants to be left alone" if left_alone else "is being asked for something else already"
        super().__init__(f"{host} {why}, so it is not asked for {_seconds(wait)}.", outcome="paced")
        self.wait = wait
        self.left_alone = left_alone


def place_of(url: str) -> str:
    """The host and port by which requests are paced."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def is_our_own(url: str) -> bool:
    """Whether an address is one of a network of the operator's own, which needs no sparing: it is named by number and allowed."""
    try:
        return is_allowed(ipaddress.ip_address(urlsplit(url).hostname or ""))
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked for where it is no body of a source: its media types, how large it may be, and the purpose in measurements."""

    accept: str
    max_bytes: int
    role: Role = "scan"
    is_interface: bool = False


class Visit:
    """Asks for addresses on behalf of a source; this is the `get` that a kind is given.

    `patient`: a host that wants to be left alone is. `conditional`: it may answer that nothing changed. `turn`: a turn with the
    source's host that was taken already. `cookies` is what the session holds afterwards, None where that has not changed.
    """

    def __init__(
        self,
        source: Source,
        kind: SourceKind | Asking,
        access: Access,
        *,
        patient: bool = True,
        conditional: bool = True,
        turn: Turn | None = None,
    ) -> None:
        self._source, self._access = source, access
        self._asking = kind if isinstance(kind, Asking) else _asking_of(kind)
        self._conditional = conditional
        self._patient, self._turn = patient, turn
        self._deadline = time.monotonic() + VISIT_SECONDS
        self._jar = jar_of(access.cookies) if access.cookies else None

    def __call__(self, url: str, *, headers: Mapping[str, str] | None = None) -> Page:
        """Ask for one address. Raises `NotNow`, `RobotsRefusal` or another `EgressError`, each with a sentence."""
        delay = self._delay_after_checking_robots(url)
        turn = self._turn_with(url, delay)
        well: bool | None = None
        pause = 0.0
        try:
            page = fetch(
                url,
                headers={**self._headers(url), **(headers or {})},
                max_bytes=self._asking.max_bytes,
                max_seconds=self._seconds(),
                role=self._asking.role,
                cookies=self._jar,
                proxy=self._access.proxy,
            )
            well = True
            return page
        except EgressError as error:
            overloaded = error.status in _OVERLOADED
            well = False if overloaded or error.outcome in _HOST_FAILED else None
            pause = float(error.retry_after or 0) if overloaded else 0.0
            raise
        finally:
            end_turn(turn, well=well, pause=pause)

    @property
    def cookies(self) -> list[dict[str, Any]] | None:
        """The session as the server has left it; None where it is as it was."""
        if self._jar is None:
            return None
        kept = cookies_in(self._jar)
        return kept if kept != cookies_in(jar_of(self._access.cookies)) else None

    def close(self) -> None:
        """Give back a turn that was not used."""
        if self._turn is not None:
            end_turn(self._turn, well=None)
            self._turn = None

    def _delay_after_checking_robots(self, url: str) -> float:
        """The seconds that are to follow this request. Raises `RobotsRefusal`."""
        if self._asking.is_interface:
            return INTERFACE_PACE
        rules = rules_for(url, self._access.proxy)
        rules.check(url)
        return max(rules.delay, pace_of(url))

    def _turn_with(self, url: str, delay: float) -> Turn:
        """A turn with the host of an address, waited for where that is not long. Raises `NotNow`."""
        taken, self._turn = self._turn, None
        place = place_of(url)
        if taken is not None:
            if taken.host == place and taken.delay >= delay:
                return taken
            # Its robots.txt asks for more than was known when the turn was taken.
            end_turn(taken, well=None)
        until = min(time.monotonic() + LONGEST_WAIT, self._deadline)
        while True:
            turn = take_turn(place, delay, patient=self._patient, at_once=at_once_of(url))
            if not turn.wait:
                return turn
            if turn.left_alone or time.monotonic() + turn.wait > until:
                raise NotNow(urlsplit(url).hostname or place, turn.wait, left_alone=turn.left_alone)
            time.sleep(turn.wait)

    def _seconds(self) -> float:
        return max(0.1, min(settings.SCAN_SECONDS, self._deadline - time.monotonic()))

    def _headers(self, url: str) -> dict[str, str]:
        source, agents = self._source, self._access.user_agents
        conditions = {"If-None-Match": source.etag, "If-Modified-Since": source.last_modified}
        return {
            "Accept": self._asking.accept,
            **(
                {name: value for name, value in conditions.items() if value}
                if self._conditional and url == source.url
                else {}
            ),
            **({"User-Agent": random.choice(agents)} if agents else {}),  # noqa: S311
            **(self._access.headers if place_of(url) == place_of(source.url) else {}),
        }


def fetch_source(
    source: Source,
    kind: SourceKind,
    config: SourceConfig,
    access: Access,
    *,
    patient: bool = True,
    turn: Turn | None = None,
) -> tuple[Page, list[dict[str, Any]] | None]:
    """The body of a source, as its kind collects it, and the cookies of its session where they have changed.

    Raises `EgressError` (`NotNow` and `RobotsRefusal` are such) or `UnreadableSource`. Asks no database.
    """
    visit = Visit(source, kind, access, patient=patient, turn=turn)
    try:
        page = kind.collect(source.url, config, visit)
    finally:
        visit.close()
    return page, visit.cookies


def ask_once(url: str, kind: SourceKind | Asking) -> Page:
    """One address that belongs to no source, asked for with the same manners. Raises as a visit does."""
    return Visit(Source(url=url), kind, Access(), conditional=False)(url)


def pace_of(url: str) -> float:
    """The seconds between two requests to the host of an address, as far as is known without asking for its robots.txt."""
    return max(known_delay(url), 0.0 if is_our_own(url) else float(settings.SCAN_PACE))


def at_once_of(url: str) -> int:
    """How many requests the host of an address is asked at the same time."""
    return _OWN_AT_ONCE if is_our_own(url) else AT_ONCE


def _asking_of(kind: SourceKind) -> Asking:
    return Asking(kind.accept, kind.max_bytes, "api" if kind.is_interface else "scan", kind.is_interface)


def _seconds(wait: float) -> str:
    if wait < 90:
        return f"another {max(1, round(wait))} seconds"
    return f"another {round(wait / 60)} minutes" if wait < 5400 else f"another {round(wait / 3600)} hours"
