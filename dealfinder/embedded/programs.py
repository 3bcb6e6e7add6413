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
            # What Django checks are mistakes of programmers, which the tests find; each worker would load all pages for it, twice.
            environment={**os.environ, "PYTHONUNBUFFERED": "1", "CELERY_SKIP_CHECKS": "true"},
            folder=PROJECT_ROOT,
            niceness=self.niceness,
        )


def _worker(name: str, queues: str, processes: int, niceness: int = 0) -> Program:
    return Program(
        name,
        (
            *("-m", "celery", "--app", "dealfinder.celery", "--quiet", "worker"),
            *("--hostname", f"{name}@%h", "--queues", queues, "--concurrency", str(processes)),
            *("--without-gossip", "--without-mingle"),
        ),
        niceness,
    )


def notifiers() -> list[Program]:
    """Who delivers, of its own: a scan takes a worker for 20 seconds, and a notification goes out within five.

    Two, each with a parent: one whose worker is killed is back in a moment, and one whose parent is killed in some seconds.
    """
    return [Program(name, ("-m", "dealfinder.embedded.standby", name, "notify")) for name in ("notify", "notify2")]


def programs(port: int) -> list[Program]:
    """Everything beside the two servers, the web server first so that the first page is there as early as can be."""
    return [
        Program("web", ("-m", "dealfinder.embedded.web", str(port))),
        Program("relay", ("manage.py", "relay")),
        _worker("light", "scan,match,maintenance", 2),
        *notifiers(),
        # Models use all the processors they get; pages go first.
        _worker("pricing", "pricing", 1, niceness=5),
        Program("beat", ("-m", "celery", "--app", "dealfinder.celery", "--quiet", "beat", "--pidfile", "")),
    ]
