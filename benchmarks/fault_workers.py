"""Workers that deliver, started again whenever they are killed, as the supervisor does."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time

from benchmarks.own_servers import PROJECT, OwnServers
from dealfinder.embedded.process import ChildSpec, spawn, stop


class Workers:
    """So many Celery workers for the queue `notify`, as the supervisor starts them."""

    def __init__(self, servers: OwnServers, count: int, **environment: str) -> None:
        self._servers, self._more = servers, environment
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._processes = [self._start(number) for number in range(count)]
        self._chance = random.Random(11)
        self.kills = 0
        threading.Thread(target=self._watch, daemon=True).start()

    def kill_one(self) -> None:
        """Kill a worker with -9."""
        with self._lock:
            process = self._chance.choice(self._processes)
            if process.poll() is None:
                process.kill()
                self.kills += 1

    def wait_until_they_work(self) -> None:
        """Return when each of them takes tasks."""
        code = "from dealfinder.celery import app; import sys; sys.exit(len(app.control.ping(timeout=3)) < int(sys.argv[1]))"
        asked = (sys.executable, "-c", code, str(len(self._processes)))
        for _ in range(20):
            if (
                subprocess.run(asked, cwd=PROJECT, env=self._servers.environment(**self._more), check=False).returncode
                == 0
            ):
                return
        raise RuntimeError("The workers of the benchmark did not start.")

    def stop(self) -> None:
        """End all of them."""
        self._ended.set()
        with self._lock:
            for process in self._processes:
                stop(process, signal.SIGTERM, patience=5)

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        command = (
            *(sys.executable, "-m", "celery", "--app", "dealfinder.celery", "--quiet", "worker"),
            *("--hostname", f"notify{number}@%h", "--queues", "notify", "--concurrency", "1"),
            *("--without-gossip", "--without-mingle", "--pool", "solo"),
        )
        environment = self._servers.environment(**self._more)
        with (self._servers.folder / f"worker{number}.log").open("ab") as log:
            return spawn(ChildSpec(f"notify{number}", command, environment, folder=PROJECT), log)

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            with self._lock:
                for number, process in enumerate(self._processes):
                    if process.poll() is not None and not self._ended.is_set():
                        self._processes[number] = self._start(number)


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
