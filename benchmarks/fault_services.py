"""Services at the receiving end that fail by chance in five ways, and remember what they were handed and how they answered.

The five: an error of theirs (500), a plea for patience (429), a connection that is reset, an answer that comes past every time limit, and
half an answer. Of the last three the service has taken the message, and only its answer is lost: the worst that can happen.
"""

from __future__ import annotations

import contextlib
import random
import re
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

FINE: Final = "fine"
WAYS: Final = ("error", "patience", "reset", "slow", "half")
TAKEN_UNANSWERED: Final = frozenset({"reset", "slow", "half"})
SLOW_SECONDS: Final = 35.0
_TOKEN = re.compile(rb"fault-\d{6}")


@dataclass(frozen=True, slots=True)
class Handed:
    """One message as it reached a service: at which one, what it says of itself, its key, and how the service behaved.

    The key is what the service knows repetitions by: `webhook-id`, or the topic of a web push, whose body nobody here can read.
    """

    service: str
    token: str
    key: str
    behaviour: str
    at: float

    @property
    def is_taken(self) -> bool:
        return self.behaviour == FINE or self.behaviour in TAKEN_UNANSWERED


@dataclass
class Record:
    """What all services remember."""

    share: float
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    handed: list[Handed] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    closing: threading.Event = field(default_factory=threading.Event)

    def note(self, service: str, body: bytes, key: str) -> str:
        """Remember a message, and say how to behave."""
        with self.lock:
            fails = self.chance.random() < self.share
            behaviour = self.chance.choice(WAYS) if fails else FINE
            found = _TOKEN.search(body)
            token = found.group().decode() if found else key
            self.handed.append(Handed(service, token, key, behaviour, time.time()))
        return behaviour


def reset(connection: socket.socket) -> None:
    """Close with a reset instead of an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@contextmanager
def http_service(record: Record) -> Iterator[str]:
    """Services by the first part of the path; gives their address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            service = self.path.strip("/").split("/")[0]
            key = self.headers.get("webhook-id", "").removeprefix("msg_") or self.headers.get("topic", "")
            with contextlib.suppress(OSError):
                self._behave(record.note(service, body, key))

        def _behave(self, behaviour: str) -> None:
            if behaviour == "reset":
                reset(self.connection)
                self.close_connection = True
                return
            if behaviour == "slow":
                record.closing.wait(SLOW_SECONDS)
            answer = b'{"status": 1, "request": "a-receipt"}'
            self.send_response({"error": 500, "patience": 429}.get(behaviour, 201))
            if behaviour == "patience":
                self.send_header("Retry-After", "1")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer) * (9 if behaviour == "half" else 1)))
            self.end_headers()
            self.wfile.write(answer[: 9 if behaviour == "half" else None])
            self.close_connection = behaviour == "half"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Say nothing of a connection that ended with its worker."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.request_queue_size = 200
    threading.Thread(target=server.serve_forever, daemon=True, kwargs={"poll_interval": 0.05}).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        record.closing.set()
        server.shutdown()
        server.server_close()


@contextmanager
def mail_service(record: Record) -> Iterator[int]:
    """A mail server that fails in the same ways; gives its port."""

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                self._talk()

        def _talk(self) -> None:
            self._say("220 mail.example ready")
            while line := self.rfile.readline():
                verb = (line.split() or [b""])[0].upper()
                if verb == b"DATA":
                    self._say("354 Go ahead")
                    content = b"".join(iter(self.rfile.readline, b".\r\n"))
                    if not self._behave(record.note("email", content, "")):
                        return None
                elif verb == b"QUIT":
                    return self._say("221 Bye")
                else:
                    self._say("250 OK")
            return None

        def _behave(self, behaviour: str) -> bool:
            if behaviour == "reset":
                reset(self.connection)
                return False
            if behaviour == "half":
                self.wfile.write(b"25")
                return False
            if behaviour == "slow":
                record.closing.wait(SLOW_SECONDS)
            answers = {"error": "451 4.3.0 Local error", "patience": "450 4.7.0 Slow down"}
            self._say(answers.get(behaviour, "250 OK"))
            return True

        def _say(self, answer: str) -> None:
            self.wfile.write(f"{answer}\r\n".encode())

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        request_queue_size = 200

    with Server(("127.0.0.1", 0), Talk) as server:
        threading.Thread(target=server.serve_forever, daemon=True, kwargs={"poll_interval": 0.05}).start()
        try:
            yield server.server_address[1]
        finally:
            record.closing.set()
            server.shutdown()
