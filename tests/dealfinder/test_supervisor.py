"""The supervisor with small real children."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dealfinder.embedded.process import ChildSpec, is_running, spawn, wait_until
from dealfinder.embedded.supervisor import Supervisor
from tests.commands import PROJECT_ROOT

SLEEP = "import time; time.sleep(600)"


@pytest.fixture
def console() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def supervisor(tmp_path: Path, console: io.StringIO) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path, console)
    yield supervisor
    supervisor.stop_all()


def python(code: str, **how: object) -> Callable[[], ChildSpec]:
    return lambda: ChildSpec("child", (sys.executable, "-S", "-c", code), dict(os.environ), **how)  # type: ignore[arg-type]


def test_a_killed_child_comes_back(supervisor: Supervisor, console: io.StringIO) -> None:
    child = supervisor.add("child", python(SLEEP), level=1)
    assert child.process is not None
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    assert supervisor.wait_for(
        lambda: child.is_alive() and child.process is not None and child.process.pid != first, 30
    )
    assert "[child] stopped (signal SIGKILL); it is being started again." in console.getvalue()


def test_a_child_that_keeps_dying_is_tried_less_and_less_often(supervisor: Supervisor, console: io.StringIO) -> None:
    supervisor.add("child", python("raise SystemExit(3)"), level=1)
    ends: list[float] = []

    def has_died_three_times() -> bool:
        if console.getvalue().count("exit code 3") > len(ends):
            ends.append(time.monotonic())
        return len(ends) >= 3

    assert supervisor.wait_for(has_died_three_times, 60)
    assert ends[2] - ends[1] > 0.3, "the second pause is twice the first, of 0.2 s"


def test_levels_stop_from_the_top_and_the_stubborn_are_killed(supervisor: Supervisor, tmp_path: Path) -> None:
    note = tmp_path / "order"

    begin = "import signal, sys, time\n"
    is_ready = f"open({str(tmp_path)!r} + '/ready ' + NAME, 'w').close()\n{SLEEP}"
    tell = f"def end(*_):\n    open({str(note)!r}, 'a').write(NAME); sys.exit()\nsignal.signal(15, end)\n{is_ready}"
    stubborn = f"NAME = 'stubborn'\n{begin}signal.signal(15, signal.SIG_IGN)\n{is_ready}"
    children = [
        supervisor.add("server", python(f"NAME = 'server '\n{begin}{tell}"), level=0),
        supervisor.add("worker", python(f"NAME = 'worker '\n{begin}{tell}"), level=1),
        supervisor.add("stubborn", python(stubborn), level=1),
    ]
    assert wait_until(lambda: len(list(tmp_path.glob("ready *"))) == 3, 60)
    began = time.monotonic()
    supervisor.stop_all(patience=1)
    assert time.monotonic() - began < 60, "it did not sleep to its end"
    assert note.read_text() == "worker server "
    assert not any(child.is_alive() for child in children)


def test_what_a_killed_child_leaves_behind_is_ended(supervisor: Supervisor, tmp_path: Path) -> None:
    note = tmp_path / "grandchild"
    start = f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-S', '-c', {SLEEP!r}])"
    fork = f"{start}; open({str(note)!r}, 'w').write(str(p.pid)); {SLEEP}"
    child = supervisor.add("child", python(fork), level=1)
    assert wait_until(lambda: note.exists() and note.read_text().isdigit(), 30)
    grandchild = int(note.read_text())
    assert child.process is not None
    os.kill(child.process.pid, signal.SIGKILL)
    assert supervisor.wait_for(lambda: not is_running(grandchild), 30)


def test_the_console_shows_what_is_remarkable_with_its_origin(supervisor: Supervisor, console: io.StringIO) -> None:
    lines = [
        "2026-01-01 00:00:00,000 INFO celery [-] done",
        "2026-01-01 00:00:00,000 ERROR celery [-] failed",
        "To: you@example.com",
    ]
    supervisor.add("light", python(f"print({chr(10).join(lines)!r}, flush=True); {SLEEP}"), level=1)
    assert supervisor.wait_for(lambda: "you@example.com" in console.getvalue(), 30)
    assert "[light] 2026-01-01 00:00:00,000 ERROR celery [-] failed" in console.getvalue()
    assert "INFO" not in console.getvalue()


def test_a_log_file_does_not_grow_without_end(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dealfinder.embedded.logfiles.LARGEST", 1000)
    log, done = tmp_path / "chatty.log", tmp_path / "done"
    code = f"""
import os, time
for number in range(300):
    print(number, "x" * 20, flush=True)
    while os.path.getsize({str(log)!r}) > 2000:
        time.sleep(0.01)
open({str(done)!r}, "w").close()
{SLEEP}
"""
    supervisor.add("chatty", python(code), level=1)
    assert supervisor.wait_for(done.exists, 60)
    assert log.stat().st_size < 5000
    assert log.with_suffix(".log.1").stat().st_size < 5000


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells children of their parent's death")
def test_a_child_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    code = f"""
import sys, time
from dealfinder.embedded.process import ChildSpec, spawn
child = spawn(ChildSpec("child", (sys.executable, "-S", "-c", {SLEEP!r}), {{}}), open({str(tmp_path / "log")!r}, "ab"))
print(child.pid, flush=True)
time.sleep(600)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert is_running(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert wait_until(lambda: not is_running(child), 30)


def test_a_zombie_does_not_count_as_running(tmp_path: Path) -> None:
    with (tmp_path / "log").open("ab") as log:
        process = spawn(ChildSpec("child", (sys.executable, "-S", "-c", ""), {}), log)
    assert wait_until(lambda: not is_running(process.pid), 30)
    process.wait()
