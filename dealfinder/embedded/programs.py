"""The processes of Deal Finder itself, as children of the supervisor."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from dealfinder.embedded.home import PROJECT_ROOT
from dealfinder.embedded.process import ChildSpec


@dataclass(frozen=True)
class Program:
    """One process of Deal Finder: its name and the Python arguments that start it."""

    name: str
    arguments: tuple[str, ...]
    niceness: int = 0

    def spec(self) -> ChildSpec:
        """The child, with the environment that this process has."""
        return ChildSpec(
            name=self.name,
            command=(sys.executable, *self.arguments),
            environment={**os.environ, "PYTHONUNBUFFERED": "1"},
            folder=PROJECT_ROOT,
            niceness=self.niceness,
        )


def _worker(name: str, queues: str, processes: int, niceness: int = 0, *more: str) -> Program:
    return Program(
        name,
        (
            *("-m", "celery", "--app", "dealfinder.celery", "--quiet", "worker"),
            *("--hostname", f"{name}@%h", "--queues", queues, "--concurrency", str(processes)),
            *("--without-gossip", "--without-mingle", *more),
        ),
        niceness,
    )


def programs(port: int) -> list[Program]:
    """Everything beside the two servers, the web server first so that the first page is there as early as can be."""
    return [
        Program("web", ("-m", "dealfinder.embedded.web", str(port))),
        Program("relay", ("manage.py", "relay")),
        _worker("light", "scan,match,maintenance", 2),
        # Of its own: a scan takes a worker for 20 seconds, and a notification goes out within five. It has threads enough, and
        # no process below it: one that is killed there leaves its worker waiting for an answer that never comes. Two of them, since
        # one that ends takes seconds to start again.
        _worker("notify", "notify", 1, 0, "--pool", "solo"),
        _worker("notify2", "notify", 1, 0, "--pool", "solo"),
        # Models use all the processors they get; pages go first.
        _worker("pricing", "pricing", 1, niceness=5),
        Program("beat", ("-m", "celery", "--app", "dealfinder.celery", "--quiet", "beat", "--pidfile", "")),
    ]
