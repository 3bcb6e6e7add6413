"""Servers that answer in TLS on this machine, and the authority that vouches for them."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import h2.config
import h2.connection
import h2.events
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

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
    body: bytes = b"one"
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
            secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(self.body), self.body))

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
def running(server: TlsServer) -> Iterator[TlsServer]:
    """Serve on a free port of this machine while the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        threading.Thread(target=server.serve, args=(listener,), daemon=True).start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
    KEPT.close()
