"""A proxy that an operator set: it is a tunnel to the address that was checked here, and knows no names.

The target is resolved and checked on this machine as always, and the proxy is asked to connect to that very address
(`CONNECT`, RFC 9110, 9.3.6), so it cannot be led into a private network by a name. Its own address must be public as well,
or be named in `EGRESS_PROXIES`.
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from django.conf import settings

from common.egress.addresses import Address
from common.egress.errors import EgressError
from common.egress.targets import target_of

_MOST_BYTES: Final = 16_384


class ProxyError(EgressError):
    """A proxy cannot be used, or does not let through. The message is one sentence."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy. The password stays out of what it is shown as."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> Proxy:
        """The proxy of an address `http://[name:password@]host:port`. Raises `ProxyError`."""
        sentence = "A proxy is written as http://host:port, with name:password@ before the host where it wants them."
        try:
            parts = urlsplit(url.strip())
            port = parts.port
        except ValueError:
            raise ProxyError(sentence) from None
        if parts.scheme != "http" or not parts.hostname or not port or parts.path.strip("/") or parts.query:
            raise ProxyError(sentence)
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        try:
            host = target_of(f"http://{host}/").host
        except EgressError:
            raise ProxyError(sentence) from None
        return cls(host, port, unquote(parts.username or ""), unquote(parts.password or ""))

    @property
    def place(self) -> str:
        """Host and port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def shown(self) -> str:
        """The address with its password left out."""
        return f"http://{self.user}:…@{self.place}" if self.user else f"http://{self.place}"

    @property
    def is_named(self) -> bool:
        """Whether the operator of this installation names it in `EGRESS_PROXIES`, which a private address must be."""
        return self.place in settings.EGRESS_PROXIES

    def opening(self, address: Address, port: int) -> bytes:
        """The request for a tunnel to an address."""
        place = f"[{address}]:{port}" if isinstance(address, ipaddress.IPv6Address) else f"{address}:{port}"
        lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
        if self.user:
            token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")
            lines.append(f"Proxy-Authorization: Basic {token}")
        return "\r\n".join([*lines, "", ""]).encode("ascii")

    def check_answer(self, read: Callable[[int], bytes]) -> None:
        """Read the answer to `opening`, no byte more. Raises `ProxyError` unless the tunnel is open."""
        answer = bytearray()
        while not answer.endswith(b"\r\n\r\n"):
            byte = read(1)
            if not byte or len(answer) > _MOST_BYTES:
                raise ProxyError(f"The proxy {self.place} broke off.", outcome="connection")
            answer += byte
        status = bytes(answer[:13]).split(b" ")[1:2]
        code = int(status[0]) if status and status[0].isdigit() else 0
        if not 200 <= code < 300:
            reason = "wants another name or password" if code == 407 else f"does not let this request through ({code})"
            raise ProxyError(f"The proxy {self.place} {reason}.", outcome="connection")
