"""The parent of everything that runs: starts children in order, brings back those that die, stops all of them.

It has one thread (see `process`) and one loop: reap, restart what is due, show and rotate logs.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from dealfinder.embedded.errors import EmbeddedError
from dealfinder.embedded.logfiles import LogFile, is_remarkable
from dealfinder.embedded.process import ON_LINUX, ChildSpec, adopt_orphans, spawn, stop, wait_until

TICK = 0.1
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.2, 30.0
_SETTLED = 10.0
"""Seconds: what fails at its start does so sooner. What was killed after a longer life is back at once, however often that was."""


@dataclass
class Child:
    """One child over all its lives. `before` runs ahead of each start and may raise; it is tried again then."""

    spec: Callable[[], ChildSpec]
    log: LogFile
    level: int
    before: Callable[[], None] | None = None
    quiet: bool = False
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = _SHORTEST_PAUSE
    due_at: float = 0.0
    known: ChildSpec | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        return self.log.path.stem

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Children on levels: a lower level is started before, and stopped after, a higher one."""

    def __init__(self, logs: Path, console: IO[str], *, show_everything: bool = False) -> None:
        self._logs = logs
        self._console = console
        self._show_everything = show_everything
        self.children: list[Child] = []
        self._not_ours = _own_children()
        adopt_orphans()

    def say(self, text: str) -> None:
        """One line on the console."""
        try:
            self._console.write(f"{text}\n")
            self._console.flush()
        except (OSError, ValueError):
            # The terminal is gone; what runs goes on, and the log files have it all.
            pass

    def add(
        self,
        name: str,
        spec: Callable[[], ChildSpec],
        *,
        level: int,
        before: Callable[[], None] | None = None,
        quiet: bool = False,
    ) -> Child:
        """Start a child now and keep it running until `stop_all`."""
        child = Child(spec, LogFile(self._logs / f"{name}.log"), level, before, quiet)
        self.children.append(child)
        self._start(child)
        return child

    def _start(self, child: Child) -> None:
        if child.before is not None:
            child.before()
        child.known = child.spec()
        with child.log.open() as output:
            child.process = spawn(child.known, output)
        child.started_at = time.monotonic()

    def tick(self) -> None:
        """Do once what is always done: bring back the dead, reap orphans, show and rotate logs."""
        now = time.monotonic()
        for child in self.children:
            if not child.is_alive():
                self._bring_back(child, now)
        self._reap_orphans()
        for child in self.children:
            self._show(child)
            child.log.rotate()

    def _bring_back(self, child: Child, now: float) -> None:
        if not child.due_at:
            if now - child.started_at > _SETTLED:
                child.pause = _SHORTEST_PAUSE
            child.due_at = now + child.pause
            child.pause = min(child.pause * 2, _LONGEST_PAUSE)
            code = child.process.returncode if child.process is not None else None
            self.say(f"[{child.name}] stopped ({_ending(code)}); it is being started again.")
        elif now >= child.due_at:
            child.due_at = 0.0
            try:
                self._start(child)
            except (EmbeddedError, OSError) as error:
                self.say(f"[{child.name}] could not be started: {error}")
                child.process = None

    def _reap_orphans(self) -> None:
        """End what children that were killed have left behind; as its adopter we are the one to reap it."""
        ours = {child.process.pid for child in self.children if child.process is not None}
        for pid in _own_children() - ours - self._not_ours:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, os.WNOHANG)
            except (ProcessLookupError, ChildProcessError):
                continue

    def _show(self, child: Child) -> None:
        for line in child.log.new_lines():
            if self._show_everything or (not child.quiet and is_remarkable(line)):
                self.say(f"[{child.name}] {line}")

    def wait_for(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Keep everything running until `condition` holds (True), or for `seconds` (False)."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            self.tick()
            time.sleep(TICK)
        return True

    def stop_all(self, patience: float = 2.0) -> None:
        """Stop everything, the highest level first. A child that does not go within `patience` seconds is killed."""
        for level in sorted({child.level for child in self.children}, reverse=True):
            going = [child for child in self.children if child.level == level and child.is_alive()]
            for child in going:
                if child.process is not None and child.known is not None:
                    child.process.send_signal(child.known.stop_signal)
            wait_until(lambda going=going: not any(child.is_alive() for child in going), patience, pause=0.02)  # type: ignore[misc]
            for child in going:
                if child.process is not None:
                    stop(child.process, signal.SIGKILL, patience=1)
        self.children.clear()
        self._reap_orphans()


def _own_children() -> set[int]:
    if not ON_LINUX:
        return set()
    found: set[int] = set()
    for thread in Path("/proc/self/task").iterdir():
        try:
            found.update(int(pid) for pid in (thread / "children").read_text().split())
        except OSError:
            continue
    return found


def _ending(code: int | None) -> str:
    if code is None:
        return "it did not start"
    if code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"
