"""A mail server on this machine for tests: it speaks as much SMTP as a client needs, keeps what it takes, answers as told."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

FINE = "250 OK"


class MailServer(socketserver.ThreadingTCPServer):
    """`on_recipient` and `on_data` are the answers to RCPT and to a whole mail; `hang_up` ends the talk before the latter."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.port: int = self.server_address[1]
        self.mails: list[EmailMessage] = []
        self.on_recipient = FINE
        self.on_data = FINE
        self.hang_up = False


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 mail.example ready")
        while line := self.rfile.readline():
            verb = line.split()[0].upper().decode() if line.split() else ""
            if verb == "DATA":
                self._say("354 Go ahead")
                content = self._content()
                if self.server.hang_up:
                    return
                if self.server.on_data == FINE:
                    self._keep(content)
                self._say(self.server.on_data)
            elif verb == "RCPT":
                self._say(self.server.on_recipient)
            elif verb == "QUIT":
                self._say("221 Bye")
                return
            else:
                self._say("250 mail.example" if verb == "EHLO" else FINE)

    def _say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())

    def _content(self) -> bytes:
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(line[1:] if line.startswith(b"..") else line for line in lines)

    def _keep(self, content: bytes) -> None:
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.server.mails.append(mail)


@contextmanager
def mail_server_running() -> Iterator[MailServer]:
    """A mail server for as long as the block lasts."""
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
