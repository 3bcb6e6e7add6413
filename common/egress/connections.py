"""Connections that are kept open between requests to one host, in each process.

A connection serves one request at a time, over HTTP/1.1 or HTTP/2, so that no answer waits for another one and each has its
own deadline. Its address is checked again before it is used again: what was allowed once may not be allowed now.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

import httpcore2

from common.egress.addresses import check_address
from common.egress.errors import EgressError
from common.egress.proxies import Proxy
from common.egress.targets import Target
from common.egress.wire import Line, Resolver, trusted

IDLE_SECONDS: Final = 30.0
_PER_PLACE: Final = 8
_IN_ALL: Final = 128

Place = tuple[object, ...]
"""What two requests must have in common to share a connection."""


@dataclass(slots=True)
class Connection:
    """One connection to one place. `used` says how many requests it has served, `since` when the last of them ended."""

    place: Place
    line: Line
    http: httpcore2.HTTPConnection
    used: int = 0
    since: float = field(default_factory=time.monotonic)

    def is_usable(self, target: Target, longest_idle: float) -> bool:
        if time.monotonic() - self.since > longest_idle or self.http.has_expired() or not self.http.is_idle():
            return False
        try:
            if self.line.address is not None:
                check_address(self.line.address, target.host)
        except EgressError:
            return False
        return True


class Connections:
    """The connections of one process that nobody uses at the moment. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: OrderedDict[int, Connection] = OrderedDict()

    def take(self, target: Target, resolve: Resolver, proxy: Proxy | None = None, *, longest_idle: float) -> Connection:
        """A connection to this target: one that was kept for at most `longest_idle` seconds, or a new one."""
        place: Place = (*target.origin, resolve, proxy)
        for kept in self._kept(place):
            if kept.is_usable(target, longest_idle):
                return kept
            kept.http.close()
        line = Line(target, resolve, proxy)
        origin = httpcore2.Origin(target.scheme.encode(), target.host.encode(), target.port)
        tls = trusted() if target.scheme == "https" else None
        return Connection(place, line, httpcore2.HTTPConnection(origin, tls, http2=True, network_backend=line))

    def give(self, connection: Connection) -> None:
        """Keep a connection for the next request, or close it where it is spent or there are enough of them."""
        connection.used += 1
        connection.since = time.monotonic()
        surplus: list[Connection] = []
        with self._lock:
            if connection.http.is_idle():
                self._idle[id(connection)] = connection
                same = [kept for kept in self._idle.values() if kept.place == connection.place]
                surplus = same[:-_PER_PLACE] if len(same) > _PER_PLACE else []
                if len(self._idle) - len(surplus) > _IN_ALL:
                    surplus.append(next(iter(self._idle.values())))
                for spent in surplus:
                    self._idle.pop(id(spent), None)
            else:
                surplus = [connection]
        for spent in surplus:
            spent.http.close()

    def close(self) -> None:
        """Close all that nobody uses."""
        with self._lock:
            kept, self._idle = list(self._idle.values()), OrderedDict()
        for connection in kept:
            connection.http.close()

    def forget(self) -> None:
        """Begin anew in a forked process: the connections are those of the parent."""
        self._lock = threading.Lock()
        self._idle = OrderedDict()

    def _kept(self, place: Place) -> list[Connection]:
        """One kept connection to a place, the one used last, taken out; none where there is none."""
        with self._lock:
            for key, kept in reversed(self._idle.items()):
                if kept.place == place:
                    return [self._idle.pop(key)]
        return []


KEPT: Final = Connections()
os.register_at_fork(after_in_child=KEPT.forget)
