"""A proxy carries bytes to the address that was checked, and is itself nowhere private unless the operator names it."""

from __future__ import annotations

import base64
import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from common.egress import EgressError, ForbiddenAddressError, Proxy, ProxyError, fetch
from tests.wire_server import WireServer, said, wire_server


@dataclass
class LocalProxy:
    """A proxy on this machine: it notes what it is asked, and answers `status`."""

    place: str = ""
    status: bytes = b"200 Connection established"
    asked: list[str] = field(default_factory=list)


@contextlib.contextmanager
def local_proxy() -> Iterator[LocalProxy]:
    proxy = LocalProxy()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += self.rfile.read(1)
            proxy.asked.append(head.decode())
            self.wfile.write(b"HTTP/1.1 " + proxy.status + b"\r\nX: y\r\n\r\n")
            if not proxy.status.startswith(b"200"):
                return
            host, _, port = head.split(b" ")[1].decode().rpartition(":")
            with socket.create_connection((host, int(port)), 30) as there:
                threading.Thread(target=self._carry, args=(self.request, there), daemon=True).start()
                self._carry(there, self.request)

        def _carry(self, there: socket.socket, back: socket.socket) -> None:
            with contextlib.suppress(OSError):
                while data := there.recv(65_536):
                    back.sendall(data)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, daemon=True, kwargs={"poll_interval": 0.05}).start()
        proxy.place = f"127.0.0.1:{running.server_address[1]}"
        yield proxy
        running.shutdown()


@pytest.fixture
def server(settings: Any) -> Iterator[WireServer]:
    settings.EGRESS_ALLOW_CIDRS = ["127.0.0.0/8"]
    with wire_server(said(b"page")) as running:
        yield running


def _fetch(url: str, proxy: Proxy, **more: Any) -> bytes:
    return fetch(url, max_bytes=10_000, max_seconds=30.0, proxy=proxy, **more).body


def test_a_proxy_is_asked_for_the_address_that_was_checked(server: WireServer) -> None:
    with local_proxy() as proxy:
        named = server.url.replace("127.0.0.1", "localhost")
        assert _fetch(f"{server.url}/a", Proxy.of(f"http://me:p%40ss@{proxy.place}")) == b"page"
        with pytest.raises(ForbiddenAddressError):
            _fetch("http://10.0.0.1/", Proxy.of(f"http://{proxy.place}"))
    (head,) = proxy.asked
    assert head.startswith(f"CONNECT {server.url.removeprefix('http://')} HTTP/1.1\r\n")
    assert f"Proxy-Authorization: Basic {base64.b64encode(b'me:p@ss').decode()}\r\n" in head
    assert "proxy-authorization" not in server.requests[0].headers
    assert named


def test_a_private_proxy_must_be_named_by_the_operator(settings: Any) -> None:
    settings.EGRESS_ALLOW_CIDRS, settings.EGRESS_PROXIES = [], []
    with local_proxy() as proxy:
        with pytest.raises(ForbiddenAddressError, match=r"127\.0\.0\.1"):
            _fetch("http://1.1.1.1/", Proxy.of(f"http://{proxy.place}"))
        assert proxy.asked == []
        settings.EGRESS_PROXIES = [proxy.place]
        proxy.status = b"403 Forbidden"
        with pytest.raises(ProxyError, match="does not let this request through"):
            _fetch("http://1.1.1.1/", Proxy.of(f"http://{proxy.place}"))
        assert proxy.asked[0].startswith("CONNECT 1.1.1.1:80 ")
        with pytest.raises(ForbiddenAddressError):
            _fetch("http://192.168.0.1/", Proxy.of(f"http://{proxy.place}"))


@pytest.mark.parametrize(
    ("status", "words"), [(b"407 No", "name or password"), (b"502 Bad", "502"), (b"nonsense", "does not let")]
)
def test_a_proxy_that_refuses_gives_a_sentence_without_its_password(
    server: WireServer, status: bytes, words: str
) -> None:
    with local_proxy() as proxy:
        proxy.status = status
        with pytest.raises(EgressError, match=words) as caught:
            _fetch(server.url, Proxy.of(f"http://me:s3cret@{proxy.place}"))
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(Proxy.of(f"http://me:s3cret@{proxy.place}"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.1.1.1:80",
        "https://1.1.1.1:80",
        "socks5://1.1.1.1:80",
        "http://1.1.1.1",
        "http://1.1.1.1:80/x",
        "http://[::1:80",
    ],
)
def test_what_is_no_proxy_is_refused(text: str) -> None:
    with pytest.raises(ProxyError, match="http://host:port"):
        Proxy.of(text)
