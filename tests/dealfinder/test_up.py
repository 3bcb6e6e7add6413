"""`manage.py up` as a person meets it: a whole Deal Finder in a home of its own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from dealfinder.embedded.ports import any_free_port
from dealfinder.embedded.process import is_running, wait_until
from tests.commands import PROJECT_ROOT, environment, run_manage


@dataclass
class Up:
    """A running `manage.py up` and what it has said so far."""

    home: Path
    port: int
    process: subprocess.Popen[str] = field(init=False)
    said: list[str] = field(default_factory=list)

    def start(self) -> float:
        """Start it; returns the seconds until it said that it is ready."""
        began = time.monotonic()
        self.said.clear()
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(self.port), "--no-demo"],
            cwd=PROJECT_ROOT,
            env=environment(self.home),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()
        assert wait_until(lambda: self.has_said("is ready at") or self.process.poll() is not None, 240), self.text
        assert self.process.poll() is None, self.text
        return time.monotonic() - began

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            self.said.extend(iter(self.process.stdout.readline, ""))

    @property
    def text(self) -> str:
        return "".join(self.said)

    def has_said(self, part: str) -> bool:
        return part in self.text

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, part: str) -> psutil.Process | None:
        """The supervisor's own child whose command line has this part."""
        for child in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.Error):
                if part in " ".join(child.cmdline()):
                    return child
        return None

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    one = Up(tmp_path_factory.mktemp("up") / "home", any_free_port())
    one.start()
    yield one
    if one.process.poll() is None:
        one.process.kill()
        one.process.wait()


def test_it_says_once_that_it_is_ready_and_how_to_become_the_operator(up: Up) -> None:
    assert re.findall(r"^Deal Finder is ready at .*$", up.text, re.M) == [
        f"Deal Finder is ready at http://127.0.0.1:{up.port}"
    ]
    assert wait_until(lambda: up.has_said("/accounts/operator/"), 30)
    assert re.search(rf"http://127\.0\.0\.1:{up.port}/accounts/operator/[\w-]{{30,}}/", up.text)
    assert (up.status("/healthz"), up.status("/readyz")) == (200, 200)


def test_a_second_one_on_the_same_home_is_refused(up: Up) -> None:
    second = run_manage("up", "--port", str(any_free_port()), home=up.home)
    assert second.returncode == 1
    assert second.stderr.strip() == (
        f"Deal Finder already runs from {up.home} at http://127.0.0.1:{up.port} (process {up.process.pid}); "
        "stop that one first, or set DEALFINDER_HOME to another folder."
    )


def test_commands_use_its_servers(up: Up) -> None:
    before = {process.pid for process in up.descendants()}
    command = run_manage(
        "shell", "-v", "0", "-c", "from accounts.models import User; print(User.objects.count())", home=up.home
    )
    assert (command.stdout.strip(), command.returncode) == ("0", 0), command.stderr
    assert before & {process.pid for process in up.descendants()}


@pytest.mark.parametrize(
    "part",
    [
        "embedded.web",
        "relay",
        "light@",
        "standby notify ",
        "pricing@",
        "celery.* beat",
        "valkey-server",
        "bin/postgres",
    ],
)
def test_a_killed_child_comes_back_and_everything_works_again(up: Up, part: str) -> None:
    part = "dealfinder.celery --quiet beat" if "beat" in part else part
    child = up.child(part)
    assert child is not None, up.text
    left = [child, *child.children(recursive=True)]
    child.kill()
    assert wait_until(lambda: (again := up.child(part)) is not None and again.pid != child.pid, 60), up.text
    assert wait_until(lambda: not any(is_running(process.pid) for process in left), 60), left
    assert wait_until(lambda: up.status("/readyz") == 200, 120, pause=0.2), up.text


def test_a_killed_deliverer_is_followed_by_another_of_the_same_parent(up: Up) -> None:
    parent = up.child("standby notify2")
    assert parent is not None, up.text
    assert wait_until(lambda: bool(parent.children()), 60), up.text
    killed = parent.children()[0].pid
    os.kill(killed, signal.SIGKILL)
    assert wait_until(lambda: any(child.pid != killed for child in parent.children()), 60), up.text
    assert parent.is_running()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells children of their parent's death")
def test_nothing_is_left_when_it_is_killed_and_it_starts_again(up: Up) -> None:
    family = up.descendants()
    assert len(family) > 12
    up.process.kill()
    up.process.wait()
    assert wait_until(lambda: not any(is_running(process.pid) for process in family), 30), [
        process for process in family if is_running(process.pid)
    ]
    up.start()


def test_ctrl_c_stops_everything(up: Up) -> None:
    family = up.descendants()
    os.kill(up.process.pid, signal.SIGINT)
    assert up.process.wait(60) == 0
    assert not any(is_running(process.pid) for process in family)
    assert up.text.rstrip().endswith("Deal Finder has stopped.")


def test_a_taken_port_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run_manage("up", "--port", str(port), home=tmp_path / "home")
    assert refused.returncode == 1
    assert refused.stderr.strip() == (
        f"CommandError: Port {port} is taken by another program; choose another one with `PORT={port + 1} make run` "
        f"or `python manage.py up --port {port + 1}`."
    )
    assert not (tmp_path / "home" / "data" / "postgres").exists()


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = run_manage("up", home=tmp_path / "file" / "home")
    assert refused.returncode == 1
    assert len(refused.stderr.strip().splitlines()) == 1
    assert str(tmp_path / "file" / "home") in refused.stderr


def test_too_little_space_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dealfinder.embedded.errors import EmbeddedError
    from dealfinder.embedded.home import Home

    monkeypatch.setattr("dealfinder.embedded.home.ENOUGH_SPACE", 10**18)
    with pytest.raises(EmbeddedError, match=r"MB left and Deal Finder wants .* make room"):
        Home(tmp_path).check_space()
