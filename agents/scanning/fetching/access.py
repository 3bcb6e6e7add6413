"""What an operator may set for the requests of one source: headers, cookies, user agents to take in turn, and a proxy.

Values of headers and cookies, and the password of a proxy, are sealed in the database. What is shown is their names alone.
"""

from __future__ import annotations

import http.cookiejar
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from common.egress import Proxy, ProxyError
from common.sealing import Unopenable, seal, unseal
from deals.models import Source, SourceAccess

MOST_HEADERS: Final = 30
MOST_AGENTS: Final = 20
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\uffff]{0,4000}")
_OURS: Final = frozenset({
    "host", "content-length", "transfer-encoding", "connection", "te", "upgrade", "cookie", "accept-encoding", "user-agent",
    "if-none-match", "if-modified-since", "proxy-authorization",
})  # fmt: skip


class BadAccess(ValueError):
    """What was to be set cannot be. The message is one sentence; `name` says which of the settings."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name


@dataclass(frozen=True, slots=True)
class Access:
    """The settings of one source, opened."""

    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[Mapping[str, Any], ...] = ()
    user_agents: tuple[str, ...] = ()
    proxy: Proxy | None = None


def access_of(source: Source) -> Access:
    """The settings of a source, none where it has none. Raises `BadAccess` where they cannot be opened."""
    row: SourceAccess | None = getattr(source, "access", None)
    if row is None:
        return Access()
    try:
        return Access(
            json.loads(unseal(row.sealed_headers) or "{}"),
            tuple(json.loads(unseal(row.sealed_cookies) or "[]")),
            tuple(row.user_agents),
            Proxy.of(unseal(row.sealed_proxy)) if row.sealed_proxy else None,
        )
    except Unopenable as error:
        raise BadAccess("headers", str(error)) from error
    except ProxyError as error:
        raise BadAccess("proxy", str(error)) from error


def set_access(source: Source, changes: Mapping[str, Any]) -> None:
    """Change the settings that are named: `headers` (names to values), `cookies` (as a browser sends them: `a=1; b=2`),
    `user_agents` and `proxy` (http://name:password@host:port). An empty value takes one away. Raises `BadAccess`.
    """
    fields: dict[str, Any] = {}
    if "headers" in changes:
        headers = _checked_headers(changes["headers"] or {})
        fields["sealed_headers"] = seal(json.dumps(headers)) if headers else ""
    if "cookies" in changes:
        cookies = cookies_of_text(changes["cookies"] or "", source.url)
        fields["sealed_cookies"] = seal(json.dumps(cookies)) if cookies else ""
    if "user_agents" in changes:
        fields["user_agents"] = _checked_agents(changes["user_agents"] or [])
    if "proxy" in changes:
        fields["sealed_proxy"] = _sealed_proxy(changes["proxy"] or "")
    if not fields:
        return
    with transaction.atomic():
        row, _ = SourceAccess.objects.update_or_create(source=source, defaults={**fields, "updated_at": timezone.now()})
    source.access = row


def keep_cookies(source: Source, cookies: Iterable[Mapping[str, Any]]) -> None:
    """Keep the session as the server has left it."""
    sealed = seal(json.dumps(list(cookies)))
    SourceAccess.objects.filter(source=source).update(sealed_cookies=sealed, updated_at=timezone.now())


def shown_access(source: Source) -> dict[str, Any]:
    """The settings as they may be shown: names of headers and cookies, the user agents, and the proxy without its password."""
    try:
        access = access_of(source)
    except BadAccess as error:
        return {"headers": [], "cookies": [], "user_agents": [], "proxy": "", "error": str(error)}
    return {
        "headers": sorted(access.headers),
        "cookies": sorted({str(cookie.get("name")) for cookie in access.cookies}),
        "user_agents": list(access.user_agents),
        "proxy": access.proxy.shown if access.proxy else "",
    }


def access_in_words(source: Source) -> str:
    """What is set for the requests of a source, in one line; "" where that is nothing."""
    shown = shown_access(source)
    if "error" in shown:
        return str(shown["error"])
    agents = len(shown["user_agents"])
    parts = [
        f"headers {', '.join(shown['headers'])}" if shown["headers"] else "",
        f"cookies {', '.join(shown['cookies'])}" if shown["cookies"] else "",
        f"{agents} user agent{'s in turn' if agents > 1 else ''}" if agents else "",
        f"the proxy {shown['proxy']}" if shown["proxy"] else "",
    ]
    return "; ".join(part for part in parts if part)


def cookies_of_text(text: str, url: str) -> list[dict[str, Any]]:
    """Cookies as a browser sends them, for the host of an address and all of its paths. Raises `BadAccess`."""
    cookies = []
    parts = urlsplit(url)
    place = {"domain": parts.hostname or "", "path": "/", "given": False, "secure": parts.scheme == "https"}
    for part in text.split(";"):
        name, equals, value = part.strip().partition("=")
        if not part.strip():
            continue
        if not equals or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise BadAccess("cookies", "Cookies are written as a browser sends them: name=value; other=value.")
        cookies.append({"name": name, "value": value, **place})
    return cookies


def jar_of(cookies: Iterable[Mapping[str, Any]]) -> http.cookiejar.CookieJar:
    """A jar with these cookies."""
    jar = http.cookiejar.CookieJar()
    for cookie in cookies:
        domain = str(cookie.get("domain", ""))
        jar.set_cookie(
            http.cookiejar.Cookie(
                version=0,
                name=str(cookie["name"]),
                value=str(cookie["value"]),
                port=None,
                port_specified=False,
                domain=domain,
                domain_specified=bool(cookie.get("given")),
                domain_initial_dot=domain.startswith("."),
                path=str(cookie.get("path") or "/"),
                path_specified=True,
                secure=bool(cookie.get("secure")),
                expires=cookie.get("expires"),
                discard=cookie.get("expires") is None,
                comment=None,
                comment_url=None,
                rest={},
            )
        )
    return jar


def cookies_in(jar: http.cookiejar.CookieJar) -> list[dict[str, Any]]:
    """What a jar holds, as JSON values, in a fixed order; what `jar_of` takes."""
    found = [
        {
            "name": cookie.name,
            "value": cookie.value or "",
            "domain": cookie.domain,
            "path": cookie.path,
            "given": cookie.domain_specified,
            "secure": cookie.secure,
            **({"expires": cookie.expires} if cookie.expires is not None else {}),
        }
        for cookie in jar
    ]
    return sorted(found, key=lambda cookie: (cookie["domain"], cookie["path"], cookie["name"]))


def _checked_headers(headers: Any) -> dict[str, str]:
    if not isinstance(headers, Mapping) or len(headers) > MOST_HEADERS:
        raise BadAccess("headers", f"Headers are names with values, at most {MOST_HEADERS} of them.")
    checked: dict[str, str] = {}
    for name, value in headers.items():
        if not isinstance(value, str) or not _NAME.fullmatch(str(name)) or not _VALUE.fullmatch(value):
            raise BadAccess(
                "headers", f"“{str(name)[:40]}” cannot be sent as a header: its name or value is not allowed."
            )
        if name.lower() in _OURS:
            raise BadAccess(
                "headers", f"“{name}” is set by Deal Finder itself; cookies and user agents have fields of their own."
            )
        checked[name] = value
    return checked


def _checked_agents(agents: Any) -> list[str]:
    if not isinstance(agents, list) or len(agents) > MOST_AGENTS:
        raise BadAccess("user_agents", f"User agents are a list of at most {MOST_AGENTS}.")
    if not all(
        isinstance(agent, str) and agent.strip() and len(agent) <= 400 and _VALUE.fullmatch(agent) for agent in agents
    ):
        raise BadAccess("user_agents", "Each user agent is a line of at most 400 characters.")
    return [agent.strip() for agent in agents]


def _sealed_proxy(text: str) -> str:
    if not text:
        return ""
    try:
        Proxy.of(text)
    except ProxyError as error:
        raise BadAccess("proxy", str(error)) from error
    return seal(text)
