"""How fast deliveries are handed over, into inboxes and to webhooks, by 1, 2 and 4 workers, and how that grows with them.

A worker is a process that delivers as the Celery worker does, with threads of its own; all are started once, before anything is
measured. Webhooks go, over HTTP and through egress with all its checks, to eight services of one server on this machine that answers
at once, so it is our own work that is measured, with the server's share of the two cores.
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
    with ExitStack() as stack:
        servers = stack.enter_context(own_servers())
        port = stack.enter_context(_server())
        # Each address of the loopback is a service of its own to whoever tells them apart by their hosts.
        hooks = [webhook_at(f"http://127.0.0.{number}:{port}/hook") for number in range(1, SERVICES + 1)]
        writer = stack.enter_context(_helper(servers, "prepare"))
        workers = [stack.enter_context(_helper(servers, "work")) for _ in range(max(WORKERS))]
        for each in (writer, *workers):
            _answer_of(each)
        for name, channels in (("in-app", []), ("webhook", hooks)):
            rates = {
                count: max(_rate(writer, workers[:count], channels, deliveries) for _ in range(2)) for count in WORKERS
            }
            measured += [
                Measurement(f"{name}: handed over by {count} worker{'s' if count > 1 else ''}", rate, "/s")
                for count, rate in rates.items()
            ]
            measured += [
                Measurement(f"{name}: {count} workers do so many times what one does", rates[count] / rates[1], "×")
                for count in WORKERS[1:]
            ]
    return measured


def _rate(
    writer: subprocess.Popen[str], workers: list[subprocess.Popen[str]], channels: list[dict[str, Any]], deliveries: int
) -> float:
    _tell(writer, json.dumps({"deliveries": deliveries, "channels": channels}))
    assert _answer_of(writer) == "prepared"
    began = time.perf_counter()
    for worker in workers:
        _tell(worker, "go")
    sent = sum(int(_answer_of(worker)) for worker in workers)
    seconds = time.perf_counter() - began
    assert sent == deliveries, f"{sent} of {deliveries} were handed over"
    return deliveries / seconds


def _tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def _answer_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("A process of the benchmark ended early.")
    return line.strip()


@contextmanager
def _helper(servers: OwnServers, part: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.handover_work", part],
        cwd=PROJECT,
        env=servers.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


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
