"""Commands when nothing is running: they find servers, share them, and leave nothing behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from dealfinder.embedded.attach import http_port
from dealfinder.embedded.home import Home
from dealfinder.embedded.locks import FileLock, State, is_held, read_state, write_state
from dealfinder.embedded.ports import answers, remembered
from tests.commands import PROJECT_ROOT, environment, run_manage


@pytest.fixture
def home(first_command: tuple[Home, subprocess.CompletedProcess[str]]) -> Path:
    return first_command[0].root


def served(home: Path) -> bool:
    return any(answers(port) for port in remembered(home / "run" / "ports.json", ("postgres", "valkey")).values())


def test_a_command_that_needs_no_database_starts_none(tmp_path: Path) -> None:
    asked = run_manage("diffsettings", home=tmp_path / "home")
    assert asked.returncode == 0, asked.stderr
    assert not (tmp_path / "home" / "data" / "postgres").exists()


def test_a_command_brings_its_own_database_up_to_date_and_stops_it(
    first_command: tuple[Home, subprocess.CompletedProcess[str]], home: Path
) -> None:
    _, ran = first_command
    assert (ran.returncode, ran.stdout.strip()) == (0, "0"), ran.stderr
    assert not served(home)
    assert not is_held(home / "run" / "servers.lock")


def test_two_commands_at_once_share_one_pair_of_servers(home: Path) -> None:
    code = "import time; from accounts.models import User; time.sleep({seconds}); print(User.objects.count())"
    both = [
        subprocess.Popen(
            [sys.executable, "manage.py", "shell", "-v", "0", "-c", code.format(seconds=seconds)],
            cwd=PROJECT_ROOT,
            env=environment(home),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for seconds in (0, 2)
    ]
    said = [one.communicate(timeout=120) for one in both]
    assert [(one.returncode, out.strip()) for one, (out, _) in zip(both, said, strict=True)] == [(0, "0"), (0, "0")], (
        said
    )
    assert not served(home)


def test_servers_stop_when_their_only_user_is_killed(home: Path) -> None:
    code = "import time; print('here', flush=True); time.sleep(600)"
    user = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
        cwd=PROJECT_ROOT,
        env=environment(home),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert user.stdout is not None
    assert user.stdout.readline() == "here\n"
    keeper = next(child for child in psutil.Process(user.pid).children() if "keeper" in " ".join(child.cmdline()))
    family = [keeper, *keeper.children(recursive=True)]
    user.kill()
    user.communicate()
    gone, alive = psutil.wait_procs(family, timeout=60)
    assert not alive, gone


def test_state_without_a_holder_of_the_lock_is_not_believed(tmp_path: Path) -> None:
    write_state(tmp_path, State(pid=1, owner="up", ready=True))
    assert read_state(tmp_path) is None
    with FileLock(tmp_path / "servers.lock") as lock:
        lock.acquire()
        assert read_state(tmp_path) == State(pid=1, owner="up", ready=True)


@pytest.mark.parametrize(
    ("arguments", "port"),
    [([], 8000), (["--port", "8001"], 8001), (["--port=8002"], 8002), (["--port", "x"], 8000), (["--port"], 8000)],
)
def test_the_port_is_known_before_the_settings_are(arguments: list[str], port: int) -> None:
    assert http_port(["manage.py", "up", *arguments]) == port
