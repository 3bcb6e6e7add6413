"""Names become addresses that were checked, and connections that end at a deadline.

A name is resolved once for a connection; every address that it has is checked, and the connection goes to the very address
that was checked. A name that answers differently the second time gains nothing.
"""

from __future__ import annotations

import concurrent.futures
import ipaddress
import os
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

import httpcore2
from django.conf import settings
from httpcore2 import NetworkBackend, NetworkStream

from common.egress.addresses import Address, check_address, is_allowed
from common.egress.errors import EgressError, ForbiddenAddressError
from common.egress.proxies import Proxy
from common.egress.targets import Target, target_of

CONNECT_SECONDS: Final = 10.0
MAX_HEADER_BYTES: Final = 65_536
_WEB_PORTS: Final = frozenset({80, 443})
_PIECE: Final = 65_536

Resolver = Callable[[str, int], Sequence[Address]]
"""From a host name and a port to its addresses. Raises `OSError` or `UnicodeError` where it has none."""


def system_addresses(host: str, port: int) -> list[Address]:
    """What the system's resolver says."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ipaddress.ip_address(str(place[0])) for *_, place in found))


class Line(NetworkBackend):
    """What one connection goes over: it opens it to a checked address, and holds everything on it to a deadline.

    A connection serves one request at a time, and `begin` sets the deadline of each.
    """

    def __init__(self, target: Target, resolve: Resolver, proxy: Proxy | None = None) -> None:
        self._target = target
        self._resolve = resolve
        self._proxy = proxy
        self._deadline = 0.0
        self._allowance: int | None = None
        self.address: Address | None = None

    def begin(self, deadline: float) -> None:
        """The next request has until `deadline` (monotonic clock), and its headers may have 64 KiB."""
        self._deadline = deadline
        self._allowance = MAX_HEADER_BYTES

    def headers_done(self) -> None:
        """What comes from here on is the body, which its reader bounds."""
        self._allowance = None

    def left(self) -> float:
        """Seconds until the deadline. Raises `httpcore2.ReadTimeout` after it."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("The deadline has passed.")
        return left

    def next_read(self, max_bytes: int) -> int:
        """How many bytes may be read now. Raises `EgressError` where the headers do not end."""
        if self._allowance is None:
            return max_bytes
        if self._allowance <= 0:
            raise EgressError(f"{self._target.host} answers with headers that do not end.", outcome="too_large")
        return min(max_bytes, self._allowance)

    def was_read(self, size: int) -> None:
        if self._allowance is not None:
            self._allowance -= size

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        """Connect to the target's address, through the proxy where there is one; `host` and `port` are those of the target."""
        addresses = checked_addresses(self._target, self._resolve, self.left())
        if self._proxy is None:
            return self._first_of(addresses, port)
        stream = self._first_of(self._addresses_of(self._proxy), self._proxy.port)
        try:
            stream.write(self._proxy.opening(addresses[0], port))
            self._proxy.check_answer(stream.read)
        except BaseException:
            stream.close()
            raise
        self.address = addresses[0]
        return stream

    def _addresses_of(self, proxy: Proxy) -> list[Address]:
        """Where a proxy is. One that the operator names may be anywhere; any other is checked like whatever else is asked."""
        host = f"[{proxy.host}]" if ":" in proxy.host else proxy.host
        place = target_of(f"http://{host}:{proxy.port}/")
        if proxy.is_named:
            return list(_resolved(place, self._resolve, self.left()))
        return checked_addresses(place, self._resolve, self.left(), any_port=True)

    def _first_of(self, addresses: Sequence[Address], port: int) -> _Stream:
        """A connection to the first address that accepts one."""
        failure: OSError | None = None
        for address in addresses:
            family = socket.AF_INET if address.version == 4 else socket.AF_INET6
            plain = socket.socket(family, socket.SOCK_STREAM)
            try:
                plain.settimeout(min(CONNECT_SECONDS, self.left()))
                plain.connect((str(address), port))
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                plain.close()
                failure = error
                continue
            except BaseException:
                plain.close()
                raise
            self.address = address
            return _Stream(plain, self)
        if isinstance(failure, TimeoutError):
            raise httpcore2.ConnectTimeout(str(failure)) from failure
        raise httpcore2.ConnectError(str(failure or "no address")) from failure


class _Stream(NetworkStream):
    """The bytes of one connection, plain or in TLS."""

    def __init__(self, plain: socket.socket, line: Line) -> None:
        self._socket = plain
        self._line = line

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        size = self._line.next_read(max_bytes)
        try:
            self._socket.settimeout(self._line.left())
            data = self._socket.recv(size)
        except TimeoutError as error:
            raise httpcore2.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.ReadError(str(error)) from error
        self._line.was_read(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        view = memoryview(buffer)
        try:
            while view:
                self._socket.settimeout(self._line.left())
                view = view[self._socket.send(view[:_PIECE]) :]
        except TimeoutError as error:
            raise httpcore2.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.WriteError(str(error)) from error

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        try:
            self._socket.settimeout(self._line.left())
            return _Stream(ssl_context.wrap_socket(self._socket, server_hostname=server_hostname), self._line)
        except TimeoutError as error:
            self.close()
            raise httpcore2.ConnectTimeout(str(error)) from error
        except OSError as error:
            self.close()
            raise httpcore2.ConnectError(str(error)) from error
        except BaseException:
            self.close()
            raise

    def get_extra_info(self, info: str) -> Any:
        if info == "ssl_object" and isinstance(self._socket, ssl.SSLSocket):
            return self._socket
        if info == "is_readable":
            return self._is_readable()
        return self._socket if info == "socket" else None

    def _is_readable(self) -> bool:
        """Whether something waits to be read; on an idle connection that is its end."""
        if self._socket.fileno() < 0:
            return True
        waiting = select.poll()
        waiting.register(self._socket, select.POLLIN)
        return bool(waiting.poll(0))


def checked_addresses(target: Target, resolve: Resolver, seconds: float, *, any_port: bool = False) -> list[Address]:
    """The addresses of a host, every one of them checked: one that is private makes the whole name suspect."""
    addresses = _resolved(target, resolve, seconds)
    for address in addresses:
        check_address(address, target.host)
        if not any_port and target.port not in _WEB_PORTS and target.port < 1024 and not is_allowed(address):
            raise ForbiddenAddressError(
                f"Port {target.port} of {target.host} is not a port of the web, so it is not fetched."
            )
    return list(addresses)


def _resolved(target: Target, resolve: Resolver, seconds: float) -> Sequence[Address]:
    if target.literal is not None:
        return [target.literal]
    try:
        return _resolvers().submit(resolve, target.host, target.port).result(timeout=seconds)
    except concurrent.futures.TimeoutError:
        raise httpcore2.ConnectTimeout("The name was not resolved in time.") from None
    except (OSError, UnicodeError, ValueError) as error:
        raise EgressError(
            f"{target.host} could not be found. Check the address, and that this machine reaches the internet.",
            outcome="connection",
        ) from error


@lru_cache(maxsize=1)
def _resolvers() -> concurrent.futures.ThreadPoolExecutor:
    """The system's resolver knows no deadline, so it is waited for from outside."""
    return concurrent.futures.ThreadPoolExecutor(max_workers=16, thread_name_prefix="resolver")


os.register_at_fork(after_in_child=_resolvers.cache_clear)  # threads do not survive a fork


@lru_cache(maxsize=4)
def tls_context(ca_file: str) -> ssl.SSLContext:
    """The certificates that are trusted: the system's, and those in the operator's file where there is one."""
    context = httpcore2.default_ssl_context()
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    return context


def trusted() -> ssl.SSLContext:
    """The TLS settings for a connection, by `EGRESS_CA_FILE`."""
    return tls_context(str(settings.EGRESS_CA_FILE or ""))
