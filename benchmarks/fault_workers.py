"""Workers that deliver, as `manage.py up` keeps them: a supervisor, below it parents that hold a worker ready, below each its worker."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final

from benchmarks.own_servers import PROJECT, OwnServers
from dealfinder.embedded.process import is_running
from dealfinder.embedded.programs import notifiers

_ONE_PARENT_IN: Final = 10


class Workers:
    """All that deliver, in a process of their own."""

    def __init__(self, servers: OwnServers, **environment: str) -> None:
        self._environment = servers.environment(**environment)
        logs = servers.folder / "logs"
        logs.mkdir(exist_ok=True)
        with (servers.folder / "supervisor.log").open("ab") as log:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.fault_supervisor", str(logs)],
                cwd=PROJECT,
                env=self._environment,
                stdin=subprocess.PIPE,
                stderr=log,
            )
        self._chance = random.Random(11)
        self.kills = 0
        self.parents_killed = 0

    def kill_one(self) -> None:
        """Kill a worker with -9, each tenth time the parent that holds it ready; nobody while they are all starting."""
        parents = _children(self._supervisor.pid)
        of_a_parent = self.kills % _ONE_PARENT_IN == _ONE_PARENT_IN - 1
        alive = parents if of_a_parent else [worker for parent in parents for worker in _children(parent)]
        if not alive:
            return
        try:
            os.kill(self._chance.choice(alive), signal.SIGKILL)
        except ProcessLookupError:
            return
        self.kills += 1
        self.parents_killed += of_a_parent

    def wait_until_they_work(self) -> None:
        """Return when each of them takes tasks."""
        code = "from dealfinder.celery import app; import sys; sys.exit(len(app.control.ping(timeout=3)) < int(sys.argv[1]))"
        asked = (sys.executable, "-c", code, str(len(notifiers())))
        for _ in range(20):
            if subprocess.run(asked, cwd=PROJECT, env=self._environment, check=False).returncode == 0:
                return
        raise RuntimeError("The workers of the benchmark did not start.")

    def stop(self) -> None:
        """End all of them."""
        assert self._supervisor.stdin is not None
        self._supervisor.stdin.close()
        self._supervisor.wait(30)


def _children(process: int) -> list[int]:
    """The ids of a process' children, zombies left out; none where it is gone."""
    found: list[int] = []
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found += [int(each) for each in thread.read_text().split()]
        except OSError:
            continue
    return [each for each in found if is_running(each)]


def kill_by_chance(workers: Workers, kills: int, seconds: float, ended: threading.Event) -> None:
    """Kill workers at so many moments by chance within so many seconds."""
    chance = random.Random(5)
    began = time.monotonic()
    for moment in sorted(chance.uniform(0, seconds) for _ in range(kills)):
        if ended.wait(max(0.0, began + moment - time.monotonic())):
            return
        before = workers.kills
        while workers.kills == before and not ended.wait(0.2):
            workers.kill_one()
