"""A small HTTP server that answers as the test says, and remembers what it was asked."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.wire_server import serving

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class LocalServer:
    """`answers` maps a path to what is done for it; `requests` holds the headers of each request, in their order."""

    url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def serve(self, path: str, body: bytes, status: int = 200, **headers: str) -> str:
        """Answer `path` with a body; returns its address."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        self.answers[path] = answer
        return self.url + path


@contextlib.contextmanager
def local_server() -> Iterator[LocalServer]:
    """Run a server on a free port of this machine while the block runs."""
    server = LocalServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == "/robots.txt" and self.path not in server.answers:
                self.send_error(404)  # it is asked for before everything else, and most tests are not about it
                return
            server.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                server.answers[self.path](self)
            self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with serving(Handler) as server.url:
        yield server
