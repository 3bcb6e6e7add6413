"""What `manage.py` does before the settings are read: every command finds the servers that it needs.

Where DATABASE_URL or REDIS_URL is not set, a command uses the running servers of this home, or has them started for as long
as it runs. Commands that need no database start nothing.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from dealfinder.embedded.errors import EmbeddedError
from dealfinder.embedded.home import PROJECT_ROOT, Home, variables
from dealfinder.embedded.locks import FileLock, Owner, State, is_held, read_state, write_state
from dealfinder.embedded.ports import HOST
from dealfinder.embedded.servers import Servers

DEFAULT_PORT = 8000
WITHOUT_SERVERS = frozenset(
    {
        *(
            "check",
            "collectstatic",
            "compilemessages",
            "diffsettings",
            "findstatic",
            "help",
            "makemessages",
            "makemigrations",
        ),
        *("spectacular", "startapp", "version", "extract", "train_pricing", "up"),
    }
)
_HELP = frozenset({"-h", "--help", "--version"})


@contextlib.contextmanager
def attached(arguments: Sequence[str]) -> Iterator[None]:
    """Set the environment for the `manage.py` command in `arguments`, with servers while the block runs if it needs them."""
    given = variables()
    home = Home.from_variables(given)
    home.prepare()
    command = arguments[1] if len(arguments) > 1 else "help"
    wants_help = bool(_HELP & set(arguments))
    servers = Servers(home, given)
    if command == "up" and not wants_help:
        with _alone(home):
            servers.settle_ports()
            os.environ.update(servers.environment())
            os.environ["PUBLIC_URL"] = given.get("PUBLIC_URL") or f"http://{HOST}:{http_port(arguments)}"
            yield
        return
    if not _needs_servers(command, arguments) or wants_help or not servers.ours:
        os.environ.update(servers.environment())
        yield
        return
    with _using_servers(home) as owner:
        # Whoever started them may have had to move a port.
        servers = Servers(home, given)
        os.environ.update(servers.environment())
        if servers.postgres is not None and command not in {"migrate", "sqlmigrate", "showmigrations", "restore"}:
            _migrate_if_safe(owner)
        yield


def _needs_servers(command: str, arguments: Sequence[str]) -> bool:
    if command == "evaluate_pricing":
        return not any(argument.partition("=")[0] == "--catalogue" for argument in arguments)
    return command not in WITHOUT_SERVERS


def http_port(arguments: Sequence[str]) -> int:
    """The port that `up` was asked for: `--port N`, else 8000. A value that is no port is left to the command to refuse."""
    for position, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == "--port":
            text = value or (arguments[position + 1] if position + 1 < len(arguments) else "")
            return int(text) if text.isdigit() else DEFAULT_PORT
    return DEFAULT_PORT


@contextlib.contextmanager
def _alone(home: Home, seconds: float = 30) -> Iterator[None]:
    """Hold the home as the one that runs its servers, waiting for commands that are about to finish."""
    with FileLock(home.run / "servers.lock") as lock:
        deadline = time.monotonic() + seconds
        while not lock.acquire(wait=False):
            state = read_state(home.run)
            if state is not None and state.owner == "up":
                where = f" at {state.address}" if state.address else ""
                raise EmbeddedError(
                    f"Deal Finder already runs from {home.root}{where} (process {state.pid}); stop that one first, "
                    "or set DEALFINDER_HOME to another folder."
                )
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"Another command still uses {home.root}; end it first, or set DEALFINDER_HOME to another folder."
                )
            time.sleep(0.05)
        write_state(home.run, State(os.getpid(), "up", ready=False))
        try:
            yield
        finally:
            (home.run / "servers.json").unlink(missing_ok=True)


@contextlib.contextmanager
def _using_servers(home: Home, seconds: float = 90) -> Iterator[Owner]:
    """Hold the home's servers: those that run, or new ones that a keeper process runs while they are used."""
    users = FileLock(home.run / "users.lock")
    try:
        users.acquire(shared=True)
        deadline = time.monotonic() + seconds
        while (state := read_state(home.run)) is None or not state.ready:
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"The database of {home.root} did not start within {seconds:.0f} seconds; see {home.logs}."
                )
            if not is_held(home.run / "servers.lock"):
                _start_keeper(home)
            else:
                time.sleep(0.05)
        yield state.owner
    finally:
        users.close()
        _wait_until_stopped(home)


def _start_keeper(home: Home) -> None:
    with (home.logs / "keeper.log").open("ab") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "dealfinder.embedded.keeper", str(home.root)],
            cwd=PROJECT_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    if keeper.stdout is None:
        raise EmbeddedError("The database could not be started.")
    said = keeper.stdout.readline().strip()
    if said not in {"ready", "held"}:
        raise EmbeddedError(
            said or f"The database of {home.root} could not be started; {home.logs / 'keeper.log'} says why."
        )


def _wait_until_stopped(home: Home, seconds: float = 20) -> None:
    """Wait until the servers that ran for commands have stopped, unless others use them.

    Whoever is the last to use them waits, whoever started them: after a command nothing of it runs.
    """
    deadline = time.monotonic() + seconds
    while is_held(home.run / "servers.lock") and time.monotonic() < deadline:
        state = read_state(home.run)
        if state is not None and (state.owner == "up" or _is_used(home)):
            return
        time.sleep(0.05)


def _is_used(home: Home) -> bool:
    """Whether commands share the servers. A keeper that is about to stop them holds the lock for itself; those who leave ask
    one after the other, because each holds it for a moment too."""
    with FileLock(home.run / "leaving.lock") as turn, FileLock(home.run / "users.lock") as users:
        turn.acquire()
        return not users.acquire(wait=False) and users.acquire(shared=True, wait=False)


def _migrate_if_safe(owner: Owner) -> None:
    """Bring the database up to date, unless a whole Deal Finder runs on it: that one has to be started anew."""
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise EmbeddedError(str(error)) from error
    from dealfinder.embedded.migrations import migrate, pending_migrations

    if not pending_migrations():
        return
    if owner == "up":
        sys.stderr.write("The database is older than this code: stop the running Deal Finder and start it again.\n")
        return
    migrate()
