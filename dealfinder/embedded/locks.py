"""Who runs the servers of a home, and who uses them.

Both are file locks, which the kernel drops when their holder dies in whatever way, so that there are no stale ones.
`servers.lock` is held by the one process that runs the servers. `users.lock` is shared by the commands that use servers
which were started for commands; when nobody shares it any more, those servers stop.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal

Owner = Literal["up", "command"]


class FileLock:
    """One `flock`; not inherited by children, and given back when the process ends."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def acquire(self, *, shared: bool = False, wait: bool = True) -> bool:
        """Take the lock; False where `wait` is False and somebody else holds it."""
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(self._handle, kind | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Give the lock back."""
        os.close(self._handle)

    def __enter__(self) -> FileLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def is_held(path: Path) -> bool:
    """Whether some process holds this lock now."""
    with FileLock(path) as lock:
        return not lock.acquire(shared=True, wait=False)


@dataclass(frozen=True)
class State:
    """What the holder of `servers.lock` says about itself."""

    pid: int
    owner: Owner
    ready: bool
    address: str = ""


def write_state(run: Path, state: State) -> None:
    """Write it, whole or not at all."""
    draft = run / "servers.json.new"
    draft.write_text(json.dumps(state.__dict__))
    draft.replace(run / "servers.json")


def read_state(run: Path) -> State | None:
    """What the holder of `servers.lock` wrote, or None where nobody holds it or it has not said anything yet."""
    if not is_held(run / "servers.lock"):
        return None
    try:
        return State(**json.loads((run / "servers.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None
