"""How fast deliveries are handed over, into inboxes and to webhooks, by 1, 2 and 4 workers, and how that grows with them.

A worker is a process that delivers as the Celery worker does, with threads of its own. Webhooks go, over HTTP and through egress with all
its checks, to eight services of one server on this machine that answers at once, so it is our own work that is measured, with the
server's share of the two cores.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from benchmarks.fault_channels import webhook_at
from benchmarks.handover_work import SERVICES
from benchmarks.measurement import Measurement
from benchmarks.own_servers import PROJECT, OwnServers, own_servers

WORKERS = (1, 2, 4)


def run(deliveries: int = 2_000) -> list[Measurement]:
    """Deliveries a second at each number of workers, the better of two rounds."""
    measured: list[Measurement] = []
    with own_servers() as servers, _server() as port, ExitStack() as stack:
        # Each address of the loopback is a service of its own to whoever tells them apart by their hosts.
        hooks = [webhook_at(f"http://127.0.0.{number}:{port}/hook") for number in range(1, SERVICES + 1)]
        parts = ["prepare", *["work"] * max(WORKERS)]
        preparer, *workers = [_Part(servers, part) for part in parts]
        for process in (preparer, *workers):
            stack.callback(process.end)
            process.hear()
        for name, channels in (("in-app", []), ("webhook", hooks)):
            rates = {}
            for count in WORKERS:
                rates[count] = max(_rate(preparer, workers[:count], channels, deliveries) for _ in range(2))
            measured += [
                Measurement(f"{name}: handed over by {count} worker{'s' if count > 1 else ''}", rate, "/s")
                for count, rate in rates.items()
            ]
            measured += [
                Measurement(f"{name}: {count} workers do so many times what one does", rates[count] / rates[1], "×")
                for count in WORKERS[1:]
            ]
    return measured


class _Part:
    """A process of its own that answers each line with one, and with one when it is ready."""

    def __init__(self, servers: OwnServers, part: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.handover_work", part],
            cwd=PROJECT,
            env=servers.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def hear(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("A process of the benchmark ended early.")
        return line

    def end(self) -> None:
        self._process.kill()
        self._process.wait(10)


def _rate(preparer: _Part, workers: list[_Part], channels: list[dict[str, Any]], deliveries: int) -> float:
    preparer.say(json.dumps({"deliveries": deliveries, "channels": channels}))
    preparer.hear()
    began = time.perf_counter()
    for worker in workers:
        worker.say("go")
    sent = sum(json.loads(worker.hear())["sent"] for worker in workers)
    seconds = time.perf_counter() - began
    # On a busy machine one may have failed, and waits for its next try.
    assert 0.99 * deliveries <= sent <= deliveries, sent
    return float(sent / seconds)


@contextmanager
def _server() -> Iterator[int]:
    """A server that answers at once, in a process of its own; gives its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.handover_work", "serve"], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait(10)
