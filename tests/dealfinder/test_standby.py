"""The parent that holds a worker ready, with small workers: who follows whom, and who ends with whom."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from dealfinder.embedded.process import is_running, wait_until
from tests.commands import PROJECT_ROOT

START = """
import os, signal, sys, time
from dealfinder.embedded.standby import Standby

def work():
    print(os.getpid(), flush=True)
    %s
    return 0

sys.exit(Standby(work).keep())
"""
SLEEP = "time.sleep(600)"

Parent = subprocess.Popen[str]


@pytest.fixture
def start() -> Iterator[Callable[[str], Parent]]:
    started: list[Parent] = []

    def begin(work: str) -> Parent:
        command = [sys.executable, "-c", START % work]
        parent = subprocess.Popen(
            command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        started.append(parent)
        return parent

    yield begin
    for parent in started:
        parent.kill()
        parent.wait()
        assert parent.stdout is not None
        parent.stdout.close()


def worker_of(parent: Parent) -> int:
    """The id that the next worker says."""
    assert parent.stdout is not None
    return int(parent.stdout.readline())


def test_a_killed_worker_is_followed_by_another(start: Callable[[str], Parent]) -> None:
    parent = start(SLEEP)
    first = worker_of(parent)
    os.kill(first, signal.SIGKILL)
    second = worker_of(parent)
    assert second not in (first, parent.pid)
    os.kill(second, signal.SIGKILL)
    assert worker_of(parent) not in (first, second)
    assert parent.poll() is None


def test_a_worker_that_ends_by_itself_ends_its_parent(start: Callable[[str], Parent]) -> None:
    assert start("return 3").wait(60) == 3
    assert start("raise RuntimeError").wait(60) == 1
    assert start("sys.exit(4)").wait(60) == 1, "it never returns into the code of its parent"


def test_a_killed_parent_takes_its_worker_along(start: Callable[[str], Parent]) -> None:
    parent = start(SLEEP)
    worker = worker_of(parent)
    parent.kill()
    assert wait_until(lambda: not is_running(worker), 60)


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_the_end_is_passed_on_to_the_worker(start: Callable[[str], Parent], asked: signal.Signals) -> None:
    ending = f"signal.signal({int(asked)}, lambda *_: (print('asked to end', flush=True), os._exit(0)))"
    parent = start(f"{ending}; print(1, flush=True); {SLEEP}")
    worker = worker_of(parent)
    assert worker_of(parent) == 1
    parent.send_signal(asked)
    assert parent.wait(60) == 0
    assert parent.stdout is not None
    assert parent.stdout.read() == "asked to end\n"
    assert not is_running(worker)


def test_a_worker_that_was_asked_to_end_is_not_followed(start: Callable[[str], Parent]) -> None:
    parent = start(SLEEP)
    worker = worker_of(parent)
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(60) == 0
    assert parent.stdout is not None
    assert parent.stdout.read() == "", "no other one said that it is there"
    assert not is_running(worker)
