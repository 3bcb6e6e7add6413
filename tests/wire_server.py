"""A local HTTP server that plays a service at the wire: it remembers what it was sent, and can misbehave as services do."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_SIGNED = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[A-Z0-9]+)/(?P<day>\d{8})/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9]+)/aws4_request, ?"
    r"SignedHeaders=(?P<headers>[a-z0-9;-]+), ?Signature=[0-9a-f]{64}"
)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def is_signed(self, service: str, region: str) -> bool:
        """Whether it carries a signature of version 4 in the form that AWS wants, for this service and region."""
        signed = _SIGNED.fullmatch(self.headers.get("authorization", ""))
        if signed is None:
            return False
        date, named = self.headers.get("x-amz-date", ""), signed["headers"].split(";")
        return (
            re.fullmatch(r"\d{8}T\d{6}Z", date) is not None
            and date.startswith(signed["day"])
            and {"host", "x-amz-date"} <= set(named)
            and all(name in self.headers for name in named)
            and (signed["service"], signed["region"]) == (service, region)
        )


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


Behaviour = Callable[["WireServer", BaseHTTPRequestHandler, Request], Reply | None]


def said(body: Any, status: int = 200, **headers: str) -> Behaviour:
    """Answer with JSON, or with bytes as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda *_: Reply(status, content, named)


def aws_error(status: int, code: str) -> Behaviour:
    """An error as AWS's JSON services say it, with words that must not be passed on."""
    body = {"message": f"{code} for arn:aws:iam::123456789012:user/secret-person"}
    return said(body, status, **{"x_amzn_ErrorType": f"{code}:http://internal.amazon.com/"})


def silence(server: WireServer, handler: BaseHTTPRequestHandler, request: Request) -> None:
    """Say nothing until the server is closed."""
    server.closing.wait(30)


def half_a_body(server: WireServer, handler: BaseHTTPRequestHandler, request: Request) -> None:
    """Promise more than is sent, and hang up."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "4000")
    handler.end_headers()
    handler.wfile.write(b'{"output": {"message": {"role": "assis')


def hang_up(server: WireServer, handler: BaseHTTPRequestHandler, request: Request) -> None:
    """Close the connection without a word."""


@dataclass
class WireServer:
    """`next` holds what is done for the next requests, in order; `usual` answers all others."""

    usual: Behaviour
    url: str = ""
    next: list[Behaviour] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    open_now: int = 0
    most_open: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        body = handler.rfile.read(int(headers.get("content-length", 0)))
        request = Request(handler.command, handler.path, headers, body)
        with self.lock:
            self.requests.append(request)
            behaviour = self.next.pop(0) if self.next else self.usual
            self.open_now += 1
            self.most_open = max(self.most_open, self.open_now)
        try:
            reply = behaviour(self, handler, request)
        finally:
            with self.lock:
                self.open_now -= 1
        if reply is None:
            handler.close_connection = True
            return
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(reply.body)))
        handler.end_headers()
        handler.wfile.write(reply.body)


class _Server(ThreadingHTTPServer):
    """A thread for each connection. All of them end with the server: a client may keep a connection for the next request, and the
    next server may be given the same port."""

    daemon_threads = True

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that is gone is what many tests are about."""

    def server_close(self) -> None:
        super().server_close()
        for request in list(self._open):
            with contextlib.suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def serving(handler: type[BaseHTTPRequestHandler], host: str = "127.0.0.1") -> Iterator[str]:
    """Answer with `handler` on a free port of this machine, a thread for each request; gives the address."""
    running = _Server((host, 0), handler)
    threading.Thread(target=running.serve_forever, daemon=True, kwargs={"poll_interval": 0.05}).start()
    try:
        yield f"http://{host}:{running.server_address[1]}"
    finally:
        running.shutdown()
        running.server_close()


@contextlib.contextmanager
def wire_server(usual: Behaviour, host: str = "127.0.0.1") -> Iterator[WireServer]:
    """Run a server on a free port of this machine while the block runs."""
    server = WireServer(usual)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                server.handle(self)

        do_GET = do_POST = do_PUT = do_DELETE = _answer

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with serving(Handler, host) as server.url:
        try:
            yield server
        finally:
            server.closing.set()
