"""A small S3 of our own, at the wire: it keeps objects and rules, and refuses a request that is not signed."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.wire_server import serving

_MISSING = (
    b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>'
)
_NO_RULES = (
    b'<?xml version="1.0"?><Error><Code>NoSuchLifecycleConfiguration</Code><Message>There is none.</Message></Error>'
)
_DENIED = b'<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'


@dataclass
class S3Server:
    """`objects` maps /bucket/key to its content; `rules` is the XML of the bucket's lifecycle; `page` bounds a listing; `down`
    makes it answer nothing but errors; `asked` counts requests."""

    url: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    rules: bytes = b""
    page: int = 1_000
    down: bool = False
    asked: int = 0


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


def _listing(server: S3Server, bucket: str, query: dict[str, list[str]]) -> bytes:
    prefix, after = query.get("prefix", [""])[0], query.get("continuation-token", [""])[0]
    keys = sorted(name.removeprefix(f"{bucket}/") for name in server.objects if name.startswith(f"{bucket}/{prefix}"))
    left = [key for key in keys if key > after]
    shown = left[: server.page]
    more = len(left) > len(shown)
    token = f"<NextContinuationToken>{shown[-1]}</NextContinuationToken>" if more else ""
    contents = "".join(f"<Contents><Key>{key}</Key><Size>1</Size></Contents>" for key in shown)
    answer = f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{token}{contents}</ListBucketResult>"
    return answer.encode()


@contextlib.contextmanager
def s3_server() -> Iterator[S3Server]:
    """Run it on a free port of this machine while the block runs."""
    server = S3Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            place = urlsplit(self.path)
            query = parse_qs(place.query, keep_blank_values=True)
            if "lifecycle" in query:
                self._answer(200 if server.rules else 404, server.rules or _NO_RULES)
            elif "list-type" in query:
                self._answer(200, _listing(server, place.path.rstrip("/"), query))
            else:
                content = server.objects.get(place.path)
                self._answer(200 if content is not None else 404, content if content is not None else _MISSING)

        def do_PUT(self) -> None:
            content = _unchunked(self)
            place = urlsplit(self.path)
            if self._is_signed() and not server.down:
                if "lifecycle" in place.query:
                    server.rules = content
                else:
                    server.objects[place.path] = content
            self._answer(200, b"")

        def do_POST(self) -> None:
            content = _unchunked(self)
            place = urlsplit(self.path)
            if self._is_signed() and not server.down:
                for key in re.findall(rb"<Key>([^<]+)</Key>", content):
                    server.objects.pop(f"{place.path.rstrip('/')}/{key.decode()}", None)
            self._answer(200, b"<DeleteResult></DeleteResult>")

        def _is_signed(self) -> bool:
            return self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 ")

        def _answer(self, status: int, body: bytes) -> None:
            server.asked += 1
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


@contextlib.contextmanager
def s3_for_us(settings: Any, monkeypatch: Any) -> Iterator[S3Server]:
    """The same, with this installation's settings and keys pointing at it."""
    for name, value in (("ACCESS_KEY_ID", "key"), ("SECRET_ACCESS_KEY", "secret"), ("DEFAULT_REGION", "eu-central-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    with s3_server() as server:
        settings.AWS_REGION, settings.AWS_STORAGE_URL = "eu-central-1", server.url
        yield server
