"""The one way out: HTTP to public addresses only, within limits of bytes and time.

The name is resolved once, every address that it has is checked, and the connection goes to the very address that was checked,
with the original host name in the request and in TLS. So a name that answers differently the second time gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpcore2
from django.conf import settings
from httpcore2 import NetworkBackend, NetworkStream, SyncBackend

USER_AGENT = "DealFinder/1"
MAX_REDIRECTS = 5
CONNECT_SECONDS = 10.0
_CHUNK = 65_536
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

# Global by the letter, but no public web servers: Azure's host endpoint, 6to4, Teredo, NAT64 and old site-local addresses.
_NEVER = [
    ipaddress.ip_network(text)
    for text in (
        "168.63.129.16/32",
        "192.88.99.0/24",
        "2002::/16",
        "2001::/32",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "fec0::/10",
    )
]
_WEB_PORTS = frozenset({80, 443})

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class EgressError(Exception):
    """An address could not be fetched. The message is one plain sentence; `status` is the HTTP status, if one came."""

    def __init__(self, sentence: str, *, status: int | None = None, retry_after: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.retry_after = retry_after


class ForbiddenAddressError(EgressError):
    """The address is not on the public internet."""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: its body is complete and within the limits. `status` is 200–299, or 304 with an empty body."""

    url: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def not_modified(self) -> bool:
        return self.status == HTTPStatus.NOT_MODIFIED


def fetch(url: str, *, headers: dict[str, str] | None = None, max_bytes: int, max_seconds: float) -> Page:
    """GET an http(s) address, following up to five redirects.

    `max_bytes` bounds the body after decompression, `max_seconds` the whole of it with all redirects.
    Raises `EgressError`, and nothing else, with a sentence for a person.
    """
    deadline = time.monotonic() + max_seconds
    backend = _CheckedBackend(deadline)
    with httpcore2.ConnectionPool(ssl_context=_tls(), network_backend=backend, max_connections=4) as pool:
        for _ in range(MAX_REDIRECTS + 1):
            host = _host(url)
            try:
                page = _get(pool, url, headers or {}, max_bytes, deadline)
            except httpcore2.TimeoutException:
                raise EgressError(f"{host} took longer than {max_seconds:g} seconds to answer.") from None
            except (
                httpcore2.NetworkError,
                httpcore2.ProtocolError,
                httpcore2.UnsupportedProtocol,
                OSError,
                ValueError,
            ) as error:
                raise EgressError(_connection_sentence(host, error)) from error
            if isinstance(page, Page):
                return page
            url = page
    raise EgressError(f"{_host(url)} redirects more than {MAX_REDIRECTS} times, so it was not followed further.")


def check_address(address: Address, host: str) -> None:
    """Raise `ForbiddenAddressError` unless the address is on the public internet or in `EGRESS_ALLOW_CIDRS`."""
    if any(address in network for network in _allowed(tuple(settings.EGRESS_ALLOW_CIDRS))):
        return
    inner = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    if inner is not None:
        check_address(inner, host)
        return
    if not address.is_global or address.is_multicast or any(address in network for network in _NEVER):
        raise ForbiddenAddressError(
            f"{host} leads to {address}, which is not on the public internet, so it is not fetched. "
            "An operator can allow a network of their own with EGRESS_ALLOW_CIDRS."
        )


@lru_cache(maxsize=8)
def _allowed(networks: tuple[str, ...]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(network, strict=False) for network in networks]


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return httpcore2.default_ssl_context()


class _CheckedBackend(NetworkBackend):
    """Opens connections to addresses that were checked, and lets nothing on them run past the deadline."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._inner = SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        addresses = _resolve(host, port)
        failure: Exception | None = None
        for address in addresses:
            try:
                seconds = min(CONNECT_SECONDS, _left(self._deadline))
                stream = self._inner.connect_tcp(str(address), port, seconds, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
                continue
            return _TimedStream(stream, self._deadline)
        raise failure or httpcore2.ConnectError(f"{host} has no address")


class _TimedStream(NetworkStream):
    """A connection that ends at the deadline, however slowly its bytes come."""

    def __init__(self, inner: NetworkStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _TimedStream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("The deadline has passed.")
    return left


def _resolve(host: str, port: int) -> list[Address]:
    """The addresses of a host, every one of them checked: one that is private makes the whole name suspect."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise EgressError(
            f"{host} could not be found. Check the address, and that this machine reaches the internet."
        ) from error
    addresses: list[Address] = []
    for *_, place in found:
        address = ipaddress.ip_address(str(place[0]).split("%")[0])
        check_address(address, host)
        if port not in _WEB_PORTS and port < 1024 and address.is_global:
            raise ForbiddenAddressError(f"Port {port} of {host} is not a port of the web, so it is not fetched.")
        if address not in addresses:
            addresses.append(address)
    return addresses


def _get(
    pool: httpcore2.ConnectionPool, url: str, headers: dict[str, str], max_bytes: int, deadline: float
) -> Page | str:
    """One request: the page, or the address that it redirects to."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
        raise EgressError(
            "The address cannot be fetched: it wants http:// or https://, a host, and no name or password."
        )
    sent = {
        "User-Agent": f"{USER_AGENT} (+{settings.USER_AGENT_CONTACT})",
        "Accept-Encoding": "gzip",
        **headers,
    }
    with pool.stream(
        "GET", _on_the_wire(url), headers=list(sent.items()), extensions={"timeout": {"pool": 1.0}}
    ) as response:
        received = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        if response.status in _REDIRECTS:
            return _target(url, received.get("location", ""))
        if response.status == HTTPStatus.NOT_MODIFIED:
            return Page(url, response.status, received)
        if not 200 <= response.status < 300:
            raise _status_error(_host(url), response.status, received)
        body = _read(response, received, max_bytes, deadline, _host(url))
    return Page(url, response.status, received, body)


def _read(response: httpcore2.Response, headers: dict[str, str], max_bytes: int, deadline: float, host: str) -> bytes:
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip"}:
        raise EgressError(f"{host} answers in a compression that was not asked for ({encoding[:30]}).")
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16) if encoding.endswith("gzip") else None
    too_large = EgressError(f"{host} answers with more than {max_bytes // 1_000_000} MB, which is more than is read.")
    if headers.get("content-length", "").isdigit() and int(headers["content-length"]) > max_bytes:
        raise too_large
    body = bytearray()
    for chunk in response.iter_stream():
        _left(deadline)
        for start in range(0, len(chunk), _CHUNK):
            piece = chunk[start : start + _CHUNK]
            try:
                body += unpack.decompress(piece, max_bytes + 1 - len(body)) if unpack else piece
            except zlib.error as error:
                raise EgressError(f"{host} answers with compressed data that is damaged.") from error
            if len(body) > max_bytes:
                raise too_large
    if unpack and not unpack.eof:
        raise EgressError(f"The answer of {host} breaks off before its end.")
    return bytes(body)


def _target(url: str, location: str) -> str:
    if not location:
        raise EgressError(f"{_host(url)} redirects without saying where to.")
    return urljoin(url, location)


def _status_error(host: str, status: int, headers: dict[str, str]) -> EgressError:
    try:
        name = f" ({HTTPStatus(status).phrase})"
    except ValueError:
        name = ""
    wait = headers.get("retry-after", "").strip()
    return EgressError(
        f"{host} answered {status}{name}.", status=status, retry_after=int(wait) if wait.isdigit() else None
    )


def _connection_sentence(host: str, error: Exception) -> str:
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLError) or "SSL" in str(error) or "certificate" in str(error):
        return f"{host} could not be reached safely: its certificate or its encryption is not in order."
    if isinstance(error, httpcore2.ConnectError):
        return f"{host} did not accept the connection."
    if isinstance(error, httpcore2.ProtocolError):
        return f"{host} broke off or does not speak HTTP properly."
    return f"The connection to {host} failed."


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url[:80]
    except ValueError:
        return url[:80]


def _on_the_wire(url: str) -> bytes:
    """An address without its fragment, with everything outside of ASCII encoded."""
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode("ascii") if not url.isascii() else parts.netloc
    port = f":{parts.port}" if parts.port and not url.isascii() else ""
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]|")
    return f"{parts.scheme}://{host}{port}{path}{'?' + query if query else ''}".encode("ascii")
