"""A small S3 of our own, at the wire: it keeps objects, and refuses a request that is not signed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.wire_server import serving

_MISSING = (
    b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>'
)
_DENIED = b'<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'


@dataclass
class S3Server:
    """`objects` maps /bucket/key to its content; `down` makes it answer nothing but errors."""

    url: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    down: bool = False


def _unchunked(handler: BaseHTTPRequestHandler) -> bytes:
    """The body of a request, sent whole or in the signed chunks that AWS's client uses."""
    body = handler.rfile.read(int(handler.headers["Content-Length"]))
    if "aws-chunked" not in handler.headers.get("Content-Encoding", ""):
        return body
    parts = []
    while True:
        size, _, body = body.partition(b"\r\n")
        length = int(size.split(b";")[0], 16)
        if not length:
            return b"".join(parts)
        parts.append(body[:length])
        body = body[length + 2 :]


@contextlib.contextmanager
def s3_server() -> Iterator[S3Server]:
    """Run it on a free port of this machine while the block runs."""
    server = S3Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            content = server.objects.get(self.path.partition("?")[0])
            self._answer(200 if content is not None else 404, content if content is not None else _MISSING)

        def do_PUT(self) -> None:
            content = _unchunked(self)
            if self._is_signed() and not server.down:
                server.objects[self.path.partition("?")[0]] = content
            self._answer(200, b"")

        def _is_signed(self) -> bool:
            return self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 ")

        def _answer(self, status: int, body: bytes) -> None:
            if server.down or not self._is_signed():
                status, body = 403, _DENIED
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with serving(Handler) as server.url:
        yield server
