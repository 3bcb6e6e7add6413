"""From the text of an address to what is asked of whom, in one spelling.

An address is taken apart once, here, and everything after goes by the parts: what is resolved, what is connected to, and
what is named in the request cannot be three different things.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

import idna

from common.egress.addresses import Address
from common.egress.errors import EgressError, ForbiddenAddressError

LONGEST: Final = 8_000
_PORTS: Final = {"http": 80, "https": 443}
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_HOST: Final = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
)
_NUMBER: Final = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z")
_NOT_AN_ADDRESS: Final = "The address cannot be fetched: it wants http:// or https://, a host, and no name or password."


@dataclass(frozen=True, slots=True)
class Target:
    """One http(s) address in parts. `host` is ASCII in lower case, an IPv6 address without its brackets; `literal` is set
    where the host is an address and no name."""

    scheme: str
    host: str
    port: int
    path: str
    literal: Address | None = None

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: who is asked, and how safely."""
        return (self.scheme, self.host, self.port)

    @property
    def authority(self) -> str:
        """Host and port as in the Host header: without the port that goes without saying."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def target_of(url: str) -> Target:
    """The parts of an address. Raises `EgressError` with a sentence for anything but a plain http(s) address."""
    url = url.strip(" ")
    if len(url) > LONGEST:
        raise EgressError(
            f"The address is longer than {LONGEST:,} characters, so it is not fetched.", outcome="refused"
        )
    if _CONTROL.search(url):
        raise ForbiddenAddressError("The address has control characters or line breaks in it, so it is not fetched.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ForbiddenAddressError(_NOT_AN_ADDRESS) from None
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc or port == 0:
        raise ForbiddenAddressError(_NOT_AN_ADDRESS)
    host, literal = _host(parts.netloc, parts.hostname)
    return Target(parts.scheme, host, port or _PORTS[parts.scheme], _path(parts.path, parts.query), literal)


def redirected(target: Target, location: str) -> Target:
    """Where a redirect leads. Raises `EgressError` with a sentence where that is nowhere that is fetched."""
    if not location.strip():
        raise EgressError(f"{target.host} redirects without saying where to.", outcome="redirects")
    if "\\" in location.partition("?")[0]:
        # Browsers read a backslash as a slash; readers that differ about what the host is are how checks are passed by.
        raise ForbiddenAddressError(f"{target.host} redirects to what is no address, so it was not followed.")
    try:
        return target_of(urljoin(target.url, location.strip(" ")))
    except ValueError:
        raise ForbiddenAddressError(_NOT_AN_ADDRESS) from None


def name_of(url: str) -> str:
    """The host of an address for a sentence, or the beginning of what is none; never a name or password in it."""
    try:
        return urlsplit(url).hostname or _CONTROL.sub("", url.rpartition("@")[2])[:80]
    except ValueError:
        return _CONTROL.sub("", url.rpartition("@")[2])[:80]


def _host(netloc: str, host: str) -> tuple[str, Address | None]:
    """The one spelling of a host, and the address where it is one."""
    if "%" in host or "\\" in netloc:
        raise ForbiddenAddressError("The host of the address has a zone or an escape in it, so it is not fetched.")
    if netloc.startswith("["):
        try:
            literal: Address = ipaddress.IPv6Address(host)
        except ValueError:
            raise ForbiddenAddressError(_NOT_AN_ADDRESS) from None
        return str(literal), literal
    host = _ascii(host).removesuffix(".")
    if _NUMBER.match(host.rpartition(".")[2]):
        # The system's resolver also reads 2130706433, 0x7f.1 and 0177.1 as addresses; one spelling is enough.
        try:
            literal = ipaddress.IPv4Address(host)
        except ValueError:
            raise ForbiddenAddressError(
                f"“{host}” is an unusual way to write an address, so it is not fetched. Write four decimal numbers."
            ) from None
        return str(literal), literal
    if not _HOST.fullmatch(host):
        raise ForbiddenAddressError(_NOT_AN_ADDRESS)
    return host, None


def _ascii(host: str) -> str:
    """A host as it is asked for: international names in Punycode, wide digits and fancy dots as plain ones (UTS 46)."""
    if host.isascii():
        return host.lower()
    try:
        return idna.encode(host, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise ForbiddenAddressError("The host of the address is no name that can be asked for.") from None


def _path(path: str, query: str) -> str:
    """Path and query with everything encoded that may not stand in a request line."""
    path = quote(path, safe="/%:@!$&'()*+,;=~-._") or "/"
    query = quote(query, safe="/%:@!$&'()*+,;=~-._?[]|")
    return f"{path}?{query}" if query else path
