"""Child processes that never outlive their parent.

On Linux each child asks for a signal when the process that started it dies (`prctl(PR_SET_PDEATHSIG)`), whatever way it
dies. The setting belongs to the thread that forked and is cleared by a change of user, so children are started from the
main thread and ask after they have dropped their rights. Elsewhere the children work without it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ON_LINUX = sys.platform.startswith("linux")
_PR_SET_PDEATHSIG, _PR_SET_SECUREBITS, _PR_SET_CHILD_SUBREAPER, _PR_CAP_AMBIENT = 1, 28, 36, 47
# Without it access(2), which initdb asks about its programs, leaves the kept capability out of account.
_SECBIT_NO_SETUID_FIXUP = 4
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
_libc = ctypes.CDLL(None, use_errno=True) if ON_LINUX else None


@dataclass(frozen=True)
class Account:
    """The unprivileged user that a server runs as where we are root.

    `capability` is the number of the one right it keeps, or None: it may be needed to reach a folder below one that only
    root may enter, such as a home folder or what `mktemp -d` makes.
    """

    uid: int
    gid: int
    capability: int | None = None


@dataclass(frozen=True)
class ChildSpec:
    """How one child is started and stopped."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    folder: Path = Path("/")
    account: Account | None = None
    stdin: bytes | None = field(default=None, repr=False)
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    niceness: int = 0


def die_with_parent(death_signal: signal.Signals, parent: int) -> None:
    """Ask the kernel to send `death_signal` to this process when its parent, process `parent`, is gone."""
    if _libc is None:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), death_signal)


def adopt_orphans() -> None:
    """Make this process the one that inherits, and so can reap, the orphans among its descendants (Linux only)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _CapabilityData(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


def drop_rights(account: Account) -> None:
    """Become `account` for good, keeping its one capability through the next exec where it has one."""
    keep = account.capability if _libc is not None else None
    if _libc is not None and keep is not None:
        _libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(account.gid)
    os.setuid(account.uid)
    if _libc is not None and keep is not None:
        header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
        data = (_CapabilityData * 2)()
        data[0] = _CapabilityData(1 << keep, 1 << keep, 1 << keep)
        if _libc.capset(ctypes.byref(header), data) or _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, keep, 0, 0):
            raise OSError(ctypes.get_errno(), "the capability cannot be kept")


def spawn(spec: ChildSpec, output: IO[bytes] | int) -> subprocess.Popen[bytes]:
    """Start the child in a session of its own, both its outputs going to `output`. Call from the main thread."""
    parent = os.getpid()

    def prepare() -> None:
        if spec.niceness:
            os.nice(spec.niceness)
        if spec.account is not None:
            drop_rights(spec.account)
        die_with_parent(spec.death_signal, parent)

    process = subprocess.Popen(
        spec.command,
        stdin=subprocess.DEVNULL if spec.stdin is None else subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=dict(spec.environment),
        cwd=spec.folder,
        start_new_session=True,
        preexec_fn=prepare,
    )
    if spec.stdin is not None and process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(spec.stdin)
            process.stdin.close()
    return process


def stop(process: subprocess.Popen[bytes], first: signal.Signals, *, patience: float) -> None:
    """Send `first`, wait up to `patience` seconds, then kill; returns when the process is gone."""
    if process.poll() is None:
        process.send_signal(first)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(condition: Callable[[], bool], seconds: float, *, pause: float = 0.05) -> bool:
    """Return True as soon as `condition` holds, False when `seconds` have passed without it."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def is_running(pid: int) -> bool:
    """Whether a process with this id exists and is more than a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return not ON_LINUX
    return state not in {"Z", "X"}
