"""Requests in TLS: the name that is asked for, certificates that are not in order, one that changes, and HTTP/2."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.events
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from common.egress import EgressError, Page, fetch
from common.egress.addresses import Address
from common.egress.connections import KEPT


@dataclass
class Authority:
    """Makes certificates that `folder/ca.pem` vouches for."""

    folder: Path
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    name: x509.Name = field(default_factory=lambda: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tests")]))

    def __post_init__(self) -> None:
        basic = x509.BasicConstraints(ca=True, path_length=None)
        own = (
            self._built(self.name, self.key.public_key())
            .add_extension(basic, critical=True)
            .sign(self.key, hashes.SHA256())
        )
        (self.folder / "ca.pem").write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def context(self, host: str, *, expired: bool = False) -> ssl.SSLContext:
        """TLS for a server of this name."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        made = self._built(x509.Name([]), key.public_key(), expired=expired).add_extension(names, critical=True)
        path = self.folder / f"{host}-{expired}.pem"
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(secret + made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _built(
        self, name: x509.Name, key: ec.EllipticCurvePublicKey, *, expired: bool = False
    ) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        until = now + datetime.timedelta(days=-1 if expired else 1)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(key)
        return (
            builder.serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=9))
            .not_valid_after(until)
        )


@dataclass
class TlsServer:
    """A server that answers in TLS, over HTTP/2 to who speaks it where `http2` is set. `context` is for new connections."""

    context: ssl.SSLContext
    http2: bool = False
    port: int = 0
    asked: list[str] = field(default_factory=list)
    connections: int = 0

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(plain,), daemon=True).start()

    def _converse(self, plain: socket.socket) -> None:
        self.context.set_alpn_protocols(["h2", "http/1.1"] if self.http2 else ["http/1.1"])
        self.context.sni_callback = lambda _, name, __: self.asked.append(f"sni {name}")
        with contextlib.suppress(OSError), self.context.wrap_socket(plain, server_side=True) as secure:
            self.connections += 1
            if secure.selected_alpn_protocol() == "h2":
                self._http2(secure)
            else:
                self._http1(secure)

    def _http1(self, secure: ssl.SSLSocket) -> None:
        while head := secure.recv(65_536):
            self.asked.append(head.split(b"\r\n")[0].decode())
            secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none")

    def _http2(self, secure: ssl.SSLSocket) -> None:
        state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        state.initiate_connection()
        secure.sendall(state.data_to_send())
        while data := secure.recv(65_536):
            for event in state.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    asked = dict(event.headers or [])
                    self.asked.append(
                        f"{asked[':method']} {asked[':authority']}{asked[':path']} {asked['user-agent'][:10]}"
                    )
                    state.send_headers(
                        event.stream_id or 0, [(":status", "200"), ("content-type", "text/plain"), ("x-a", "1")]
                    )
                    state.send_data(event.stream_id or 0, b"two", end_stream=True)
            secure.sendall(state.data_to_send())


@contextlib.contextmanager
def _running(server: TlsServer) -> Iterator[TlsServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        threading.Thread(target=server.serve, args=(listener,), daemon=True).start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
    KEPT.close()


@pytest.fixture
def authority(settings: Any, tmp_path: Path) -> Authority:
    made = Authority(tmp_path)
    settings.EGRESS_ALLOW_CIDRS, settings.EGRESS_CA_FILE = ["127.0.0.0/8"], str(tmp_path / "ca.pem")
    return made


def _here(host: str, port: int) -> list[Address]:
    return [ipaddress.ip_address("127.0.0.1")]


def _fetch(server: TlsServer, host: str = "shop.example", **more: Any) -> Page:
    return fetch(f"https://{host}:{server.port}/a?b=1", max_bytes=1_000, max_seconds=5.0, resolve=_here, **more)


def test_the_name_is_asked_for_in_tls_and_in_the_request(authority: Authority) -> None:
    with _running(TlsServer(authority.context("shop.example"))) as server:
        page = _fetch(server)
    assert (page.body, page.http_version) == (b"one", "HTTP/1.1")
    assert server.asked == ["sni shop.example", "GET /a?b=1 HTTP/1.1"]


def test_http2_is_spoken_with_who_offers_it_over_one_connection(authority: Authority) -> None:
    with _running(TlsServer(authority.context("shop.example"), http2=True)) as server:
        pages = [_fetch(server) for _ in range(3)]
    assert {(page.body, page.http_version, page.headers["x-a"]) for page in pages} == {(b"two", "HTTP/2", "1")}
    assert server.connections == 1
    assert server.asked[1:] == [f"GET shop.example:{server.port}/a?b=1 DealFinder"] * 3


@pytest.mark.parametrize("wrong", ["name", "expired", "unknown"])
def test_a_certificate_that_is_not_in_order_is_refused(authority: Authority, settings: Any, wrong: str) -> None:
    context = authority.context("other.example" if wrong == "name" else "shop.example", expired=wrong == "expired")
    if wrong == "unknown":
        settings.EGRESS_CA_FILE = ""
    with _running(TlsServer(context)) as server, pytest.raises(EgressError, match="certificate") as caught:
        _fetch(server, headers={"Cookie": "secret=1"})
    assert caught.value.outcome == "tls"
    assert not any(asked.startswith("GET") for asked in server.asked)


def test_a_certificate_that_changes_to_another_name_is_refused_from_then_on(authority: Authority) -> None:
    with _running(TlsServer(authority.context("shop.example"))) as server:
        assert _fetch(server).body == b"one"
        KEPT.close()
        server.context = authority.context("evil.example")
        with pytest.raises(EgressError, match="certificate"):
            _fetch(server)
        server.context = authority.context("shop.example")
        assert _fetch(server).body == b"one"
