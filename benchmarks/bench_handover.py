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
from contextlib import contextmanager
from typing import Any

from benchmarks.fault_channels import webhook_at
from benchmarks.handover_work import SERVICES
from benchmarks.measurement import Measurement
from benchmarks.own_servers import PROJECT, OwnServers, own_servers

WORKERS = (1, 2, 4)


def run(deliveries: int = 4_000) -> list[Measurement]:
    """Deliveries a second at each number of workers, the better of two rounds."""
    measured: list[Measurement] = []
    with own_servers() as servers, _server() as port:
        # Each address of the loopback is a service of its own to whoever tells them apart by their hosts.
        hooks = [webhook_at(f"http://127.0.0.{number}:{port}/hook") for number in range(1, SERVICES + 1)]
        for name, channels in (("in-app", []), ("webhook", hooks)):
            rates = {count: max(_rate(servers, channels, deliveries, count) for _ in range(2)) for count in WORKERS}
            measured += [
                Measurement(f"{name}: handed over by {count} worker{'s' if count > 1 else ''}", rate, "/s")
                for count, rate in rates.items()
            ]
            measured += [
                Measurement(f"{name}: {count} workers do so many times what one does", rates[count] / rates[1], "×")
                for count in WORKERS[1:]
            ]
    return measured


def _rate(servers: OwnServers, channels: list[dict[str, Any]], deliveries: int, count: int) -> float:
    subprocess.run(
        [sys.executable, "-m", "benchmarks.handover_work", "prepare"],
        cwd=PROJECT,
        env=servers.environment(),
        input=json.dumps({"deliveries": deliveries, "channels": channels}),
        text=True,
        check=True,
    )
    workers = [_process(servers, "work") for _ in range(count)]
    for worker in workers:
        assert worker.stdout is not None and worker.stdout.readline().strip() == "ready"
    began = time.perf_counter()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [json.loads(worker.communicate(timeout=600)[0]) for worker in workers]
    seconds = time.perf_counter() - began
    assert sum(one["sent"] for one in said) == deliveries, said
    return deliveries / seconds


def _process(servers: OwnServers, part: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.handover_work", part],
        cwd=PROJECT,
        env=servers.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


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
