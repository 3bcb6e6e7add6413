"""One request and its redirects, from the address to the page."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.cookiejar import CookieJar
from typing import Final

import httpcore2
from django.conf import settings

from common.egress.answers import Page, headers_of, status_error
from common.egress.bodies import body_of
from common.egress.connections import IDLE_SECONDS, KEPT
from common.egress.cookies import cookie_header, take_cookies
from common.egress.counting import Role, note
from common.egress.errors import EgressError, ForbiddenAddressError
from common.egress.proxies import Proxy
from common.egress.targets import Target, name_of, redirected, target_of
from common.egress.wire import Resolver, system_addresses

USER_AGENT: Final = "DealFinder/1"
MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_TO_GET: Final = frozenset({301, 302, 303})
_REPEATABLE: Final = frozenset({"GET", "HEAD"})
_METHOD: Final = re.compile(r"[A-Z]{1,20}")
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_OURS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection", "te", "upgrade"})
# What may go along to another origin; everything else may be a secret that was meant for the first one.
_HARMLESS: Final = frozenset({
    "accept", "accept-encoding", "accept-language", "user-agent", "if-none-match", "if-modified-since", "cache-control",
})  # fmt: skip
_NO_BODY: Final = frozenset({204, 304})
_SMALL: Final = 8_192


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked, of whom, and within which limits; `deadline` is on the monotonic clock."""

    target: Target
    method: str
    headers: Mapping[str, str]
    content: bytes
    max_bytes: int
    deadline: float
    any_status: bool
    resolve: Resolver
    proxy: Proxy | None
    jar: CookieJar | None


def fetch(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    max_bytes: int,
    max_seconds: float,
    role: Role = "other",
    method: str = "GET",
    content: bytes = b"",
    max_redirects: int = MAX_REDIRECTS,
    any_status: bool = False,
    cookies: CookieJar | None = None,
    proxy: Proxy | None = None,
    resolve: Resolver = system_addresses,
) -> Page:
    """Ask an http(s) address, following up to `max_redirects` redirects (0: none), and return the page.

    `max_bytes` bounds the body after decompression, `max_seconds` the whole of it with all redirects. `role` says what the
    request is for, in logs and measurements. With `any_status` every status is an answer, else only 2xx and 304 are.
    `cookies` are sent where they belong and take up what the answers set. A `proxy` carries the bytes and decides nothing.
    At a redirect to another origin everything but a few harmless headers is left behind, and a body is not sent there.
    Raises `EgressError`, and nothing else, with a sentence for a person.
    """
    started = time.monotonic()
    try:
        request = _Request(
            target_of(url),
            method,
            _checked_headers(headers or {}, method),
            content,
            max_bytes,
            started + max_seconds,
            any_status,
            resolve,
            proxy,
            cookies,
        )
        page = _follow(request, max_redirects, max_seconds)
    except EgressError as error:
        note(role, name_of(url), error.outcome, 0, time.monotonic() - started)
        raise
    note(role, request.target.host, _outcome(page.status), len(page.body), time.monotonic() - started)
    return page


def _follow(request: _Request, max_redirects: int, max_seconds: float) -> Page:
    for _ in range(max_redirects + 1):
        host = request.target.host
        try:
            answer = _ask(request)
        except httpcore2.TimeoutException:
            raise EgressError(
                f"{host} took longer than {max_seconds:g} seconds to answer.", outcome="timeout"
            ) from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
            raise _connection_error(host, error) from error
        if not isinstance(answer, tuple):
            return answer
        request = _redirect(request, *answer)
    if max_redirects == 0:
        raise EgressError(f"{host} redirects to another address, which is not followed here.", outcome="redirects")
    raise EgressError(
        f"{request.target.host} redirects more than {max_redirects} times, so it was not followed further.",
        outcome="redirects",
    )


def _ask(request: _Request) -> Page | tuple[int, str]:
    """One request: the page, or the status and the place of a redirect.

    A kept connection may have been closed by the other side just now. What changes nothing is asked again over a new one.
    """
    repeatable = request.method in _REPEATABLE
    answer, was_kept = _ask_once(request, IDLE_SECONDS if repeatable else 5.0, again=repeatable)
    if answer is None and was_kept:
        answer, _ = _ask_once(request, -1.0, again=False)
    if answer is None:
        raise httpcore2.RemoteProtocolError("The connection was closed.")
    return answer


def _ask_once(request: _Request, longest_idle: float, *, again: bool) -> tuple[Page | tuple[int, str] | None, bool]:
    """Ask over a connection that was idle for at most `longest_idle` seconds, or a new one.

    Returns the answer and whether the connection was a kept one; no answer where that was closed and `again` is set.
    """
    target = request.target
    connection = KEPT.take(target, request.resolve, request.proxy, longest_idle=longest_idle)
    was_kept = connection.used > 0
    connection.line.begin(request.deadline)
    asked = httpcore2.Request(
        request.method,
        httpcore2.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path),
        headers=_sent_headers(request),
        content=request.content or None,
    )
    try:
        response = connection.http.handle_request(asked)
    except (httpcore2.RemoteProtocolError, httpcore2.ReadError, httpcore2.WriteError, httpcore2.ConnectionNotAvailable):
        connection.http.close()
        if was_kept and again:
            return None, True
        raise
    except BaseException:
        connection.http.close()
        raise
    try:
        connection.line.headers_done()
        answer = _read(request, response)
    except BaseException:
        response.close()
        connection.http.close()
        raise
    response.close()
    KEPT.give(connection)
    return answer, was_kept


def _read(request: _Request, response: httpcore2.Response) -> Page | tuple[int, str]:
    headers = headers_of(response.headers)
    if request.jar is not None:
        take_cookies(request.jar, request.target.url, response.headers)
    status, host = response.status, request.target.host
    if status in _REDIRECTS and ("location" in headers or not request.any_status):
        _use_up(response, headers)
        return status, headers.get("location", "")
    success = 200 <= status < 300 or status == HTTPStatus.NOT_MODIFIED
    if not success and not request.any_status:
        raise status_error(host, status, headers)
    empty = request.method == "HEAD" or status in _NO_BODY
    body = body_of(response.iter_stream(), {} if empty else headers, request.max_bytes, host)
    version = response.extensions.get("http_version", b"HTTP/1.1").decode("ascii")
    return Page(request.target.url, status, headers, body, version)


def _use_up(response: httpcore2.Response, headers: Mapping[str, str]) -> None:
    """Read a small body that nobody wants, so that its connection can be used again."""
    if headers.get("content-length", "").isdigit() and int(headers["content-length"][:20]) <= _SMALL:
        for _ in response.iter_stream():
            pass


def _redirect(request: _Request, status: int, location: str) -> _Request:
    """The request that a redirect asks for, without what is not meant for another origin."""
    target = redirected(request.target, location)
    method, content, headers = request.method, request.content, request.headers
    if status in _TO_GET and method not in _REPEATABLE:
        method, content = "GET", b""
        headers = {name: value for name, value in headers.items() if name != "content-type"}
    if target.origin != request.target.origin:
        if content:
            raise EgressError(
                f"{request.target.host} sends on to another place what was meant for itself, so it was not followed.",
                outcome="redirects",
            )
        headers = {name: value for name, value in headers.items() if name in _HARMLESS}
    # What was said in TLS is not repeated in the clear, not even to the same host.
    jar = None if (request.target.scheme, target.scheme) == ("https", "http") else request.jar
    return replace(request, target=target, method=method, content=content, headers=headers, jar=jar)


def _checked_headers(headers: Mapping[str, str], method: str) -> dict[str, str]:
    """The caller's headers by lower-case names. Raises `EgressError` for what would break out of the request."""
    if not _METHOD.fullmatch(method):
        raise EgressError("The method of the request is none of HTTP.", outcome="refused")
    checked = {}
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or name.lower() in _OURS or not _is_plain(value):
            raise ForbiddenAddressError(f"The header {name[:40]!r} cannot be sent: its name or value is not allowed.")
        checked[name.lower()] = value.strip(" \t")
    return checked


def _is_plain(value: str) -> bool:
    return len(value) <= 16_000 and all(letter == "\t" or " " <= letter != "\x7f" for letter in value)


def _sent_headers(request: _Request) -> list[tuple[bytes, bytes]]:
    named = {
        "user-agent": f"{USER_AGENT} (+{settings.USER_AGENT_CONTACT})",
        "accept": "*/*",
        "accept-encoding": "gzip",
        **request.headers,
    }
    if request.jar is not None and (cookies := cookie_header(request.jar, request.target.url)):
        named["cookie"] = cookies
    if request.content or request.method in {"POST", "PUT", "PATCH"}:
        named["content-length"] = str(len(request.content))
    sent = [(b"Host", request.target.authority.encode("ascii"))]
    return sent + [(_title(name), value.encode("utf-8")) for name, value in named.items()]


def _title(name: str) -> bytes:
    """The usual writing of a header's name: some old servers look at it."""
    return "-".join(part.capitalize() for part in name.split("-")).encode("ascii")


def _connection_error(host: str, error: Exception) -> EgressError:
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLError):
        return EgressError(
            f"{host} could not be reached safely: its certificate or its encryption is not in order.", outcome="tls"
        )
    if isinstance(error, httpcore2.ConnectError):
        return EgressError(f"{host} did not accept the connection.", outcome="connection")
    if isinstance(error, httpcore2.ProtocolError):
        return EgressError(f"{host} broke off or does not speak HTTP properly.", outcome="protocol")
    return EgressError(f"The connection to {host} failed.", outcome="connection")


def _outcome(status: int) -> str:
    if status == HTTPStatus.NOT_MODIFIED:
        return "not_modified"
    return "ok" if 200 <= status < 300 else f"status_{status // 100}xx"
