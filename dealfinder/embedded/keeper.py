"""Runs the servers of a home for as long as some command uses them: a process of its own, started by the first command.

Usage: python -m dealfinder.embedded.keeper HOME
It says `ready`, `held` (somebody else runs them already) or one sentence about what failed on standard output.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from dealfinder.embedded.errors import EmbeddedError
from dealfinder.embedded.home import Home, sentence_for, variables
from dealfinder.embedded.locks import FileLock, State, write_state
from dealfinder.embedded.process import adopt_orphans, spawn, stop
from dealfinder.embedded.servers import Servers

Running = list[tuple[subprocess.Popen[bytes], signal.Signals]]


def _start(servers: Servers, home: Home, running: Running) -> None:
    servers.settle_ports()
    for server in servers.ours:
        server.prepare()
        spec = server.spec()
        with (home.logs / f"{spec.name}.log").open("ab") as log:
            process = spawn(spec, log)
        running.append((process, spec.stop_signal))
    for server, (process, _) in zip(servers.ours, running, strict=True):
        server.wait_ready(lambda process=process: process.poll() is None)  # type: ignore[misc]
    if servers.postgres is not None:
        servers.postgres.ensure_database()


def keep(home: Home) -> str:
    """Run the servers until nobody uses them; returns what there is to say where they could not be started."""
    with FileLock(home.run / "servers.lock") as lock, FileLock(home.run / "users.lock") as users:
        if not lock.acquire(wait=False):
            return "held"
        running: Running = []
        try:
            _start(Servers(home, variables()), home, running)
            write_state(home.run, State(pid=os.getpid(), owner="command", ready=True))
            _say("ready")
            while not users.acquire(wait=False) and all(process.poll() is None for process, _ in running):
                time.sleep(0.1)
        finally:
            (home.run / "servers.json").unlink(missing_ok=True)
            for process, sign in reversed(running):
                stop(process, sign, patience=10)
    return ""


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(root: str) -> None:
    """Keep the servers of the home at `root`."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    adopt_orphans()
    home = Home(Path(root))
    try:
        problem = keep(home)
    except EmbeddedError as error:
        problem = str(error)
    except OSError as error:
        problem = sentence_for(error, home.root)
    if problem:
        _say(problem)


if __name__ == "__main__":
    main(sys.argv[1])
