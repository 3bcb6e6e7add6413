"""A PostgreSQL and a Valkey of a benchmark's own, with the environment of processes that use them; each can be killed and started again."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dealfinder.embedded.ports import any_free_port
from dealfinder.embedded.postgres import Postgres
from dealfinder.embedded.process import spawn, stop
from dealfinder.embedded.valkey import Valkey

PROJECT = Path(__file__).parents[1]
NOT_THEIRS = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "EMAIL_URL", "SECRET_KEY", "PUBLIC_URL")


class OwnServers:
    """Two durable servers on a temporary folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "static").mkdir()
        self.postgres = Postgres(folder / "postgres", any_free_port(), secrets.token_hex(16))
        self.valkey = Valkey(folder / "valkey", any_free_port(), secrets.token_hex(16))
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._key = secrets.token_urlsafe(48)
        for server in (self.postgres, self.valkey):
            self.start(server)
        self.postgres.ensure_database()

    def start(self, server: Postgres | Valkey) -> None:
        """Start one, and return when it answers."""
        server.prepare()
        with (self.folder / f"{server.name}.log").open("ab") as log:
            process = spawn(server.spec(), log)
        self._processes[server.name] = process
        server.wait_ready(lambda: process.poll() is None)

    def kill(self, server: Postgres | Valkey) -> None:
        """Kill one with -9."""
        process = self._processes[server.name]
        process.send_signal(signal.SIGKILL)
        process.wait(20)

    def stop(self) -> None:
        """End both."""
        for server in (self.postgres, self.valkey):
            stop(self._processes[server.name], server.spec().stop_signal, patience=5)

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of a process of Deal Finder that uses these servers and may ask this machine's own addresses."""
        own = {name: value for name, value in os.environ.items() if name not in NOT_THEIRS}
        return own | {
            "DATABASE_URL": self.postgres.url(),
            "REDIS_URL": self.valkey.url(),
            "SECRET_KEY": self._key,
            "DEALFINDER_HOME": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "dealfinder.settings",
            "EGRESS_ALLOW_CIDRS": "127.0.0.0/8",
            "PYTHONPATH": str(PROJECT),
            **more,
        }

    def manage(self, *arguments: str, **more: str) -> None:
        """Run a command of manage.py."""
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env=self.environment(**more),
            check=True,
            stdout=subprocess.DEVNULL,
        )


@contextmanager
def own_servers() -> Iterator[OwnServers]:
    """Both servers, empty and migrated, for as long as the block runs."""
    folder = Path(tempfile.mkdtemp(prefix="dealfinder-bench-"))
    folder.chmod(0o711)
    servers = OwnServers(folder)
    try:
        servers.manage("migrate", "--verbosity", "0")
        yield servers
    finally:
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
