"""A home that is made once and copied: making a cluster and migrating it step by step takes half a minute of a slow machine."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from dealfinder.embedded.home import Home
from dealfinder.embedded.ports import any_free_port
from dealfinder.embedded.postgres import USER, Postgres
from dealfinder.embedded.process import spawn, stop
from tests.commands import COUNT, run_manage


@pytest.fixture(scope="session")
def first_command(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, subprocess.CompletedProcess[str]]:
    """An empty folder that the first command has made a home of, and what that command, which counts users, said."""
    home = Home(tmp_path_factory.mktemp("first") / "home")
    return home, run_manage("shell", "-v", "0", "-c", COUNT, home=home.root)


@pytest.fixture
def fresh_home(first_command: tuple[Home, subprocess.CompletedProcess[str]]) -> Callable[[Path], None]:
    """`fresh_home(folder)` makes a home there as the first command would: an up-to-date, empty database, secrets of its own."""
    model, made = first_command
    assert made.returncode == 0, made.stderr

    def copy(folder: Path) -> None:
        home = Home(folder)
        home.prepare()
        shutil.copytree(model.postgres, home.postgres)
        server = Postgres(home.postgres, any_free_port(), model.secrets().postgres_password, durable=False)
        server.prepare()
        spec = server.spec()
        with (home.logs / "postgres.log").open("ab") as log:
            process = spawn(spec, log)
        try:
            server.wait_ready(lambda: process.poll() is None)
            with psycopg.connect(server.url(), autocommit=True) as connection:
                connection.execute(
                    sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(USER), home.secrets().postgres_password)
                )
        finally:
            stop(process, spec.stop_signal, patience=60)

    return copy
