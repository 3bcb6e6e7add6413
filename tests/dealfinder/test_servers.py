"""The embedded PostgreSQL and Valkey on homes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from dealfinder.embedded.errors import EmbeddedError
from dealfinder.embedded.home import Home
from dealfinder.embedded.ports import any_free_port
from dealfinder.embedded.postgres import Postgres
from dealfinder.embedded.process import spawn, stop
from dealfinder.embedded.servers import Servers
from dealfinder.embedded.valkey import Valkey


def start(server: Postgres | Valkey, log: Path) -> subprocess.Popen[bytes]:
    server.prepare()
    with log.open("ab") as output:
        process = spawn(server.spec(), output)
    server.wait_ready(lambda: process.poll() is None)
    return process


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Postgres:
    return Postgres(tmp_path_factory.mktemp("home") / "data" / "postgres", any_free_port(), "geheim", durable=False)


@pytest.fixture
def running(postgres: Postgres, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = start(postgres, tmp_path / "log")
    yield process
    stop(process, signal.SIGINT, patience=30)


def test_postgres_wants_its_password_and_has_pgvector(postgres: Postgres, running: subprocess.Popen[bytes]) -> None:
    postgres.ensure_database("shop")
    postgres.ensure_database("shop")
    with psycopg.connect(postgres.url("shop")) as connection:
        connection.execute("CREATE EXTENSION vector")
        assert connection.execute("SELECT '[1,2]'::vector <-> '[1,3]'::vector, lower('ÄÉ')").fetchone() == (1.0, "äé")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(postgres.url("shop").replace("geheim", "falsch"))
    other = Postgres(postgres.data, postgres.port, "falsch")
    with pytest.raises(EmbeddedError, match=r"secrets\.json"):
        other.is_ready()


def test_postgres_starts_after_it_was_killed_with_its_number_taken_by_another_program(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path / "data" / "postgres", any_free_port(), "geheim")
    process = start(postgres, tmp_path / "log")
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (id int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    process.kill()
    process.wait()
    lock = postgres.data / "postmaster.pid"
    _, *rest = lock.read_text().splitlines()
    bystander = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
    try:
        lock.write_text("\n".join([str(bystander.pid), *rest]) + "\n")
        process = start(postgres, tmp_path / "log")
        with psycopg.connect(postgres.url("postgres")) as connection:
            assert connection.execute("SELECT id FROM kept").fetchall() == [(7,)]
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
        stop(process, signal.SIGINT, patience=30)


def test_an_older_server_on_the_same_data_is_stopped_first(postgres: Postgres, tmp_path: Path) -> None:
    older = start(postgres, tmp_path / "log")
    newer = Postgres(postgres.data, any_free_port(), postgres.password, durable=False)
    process = start(newer, tmp_path / "log")
    assert older.wait(60) == 0
    stop(process, signal.SIGINT, patience=30)


def test_data_of_another_major_version_is_refused_in_a_sentence(tmp_path: Path) -> None:
    data = tmp_path / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedError, match="was written by PostgreSQL 15 and this is 18"):
        Postgres(data, 1, "x").prepare()


def test_valkey_keeps_what_was_written_when_it_is_killed(tmp_path: Path) -> None:
    valkey = Valkey(tmp_path / "data" / "valkey", any_free_port(), "geheim")
    process = start(valkey, tmp_path / "log")
    try:
        redis.Redis.from_url(valkey.url()).set("kept", "yes")
        process.kill()
        process.wait()
        process = start(valkey, tmp_path / "log")
        assert redis.Redis.from_url(valkey.url()).get("kept") == b"yes"
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=valkey.port).ping()
    finally:
        stop(process, signal.SIGTERM, patience=30)


def test_secrets_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    made = home.secrets()
    assert home.secrets() == made
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert made.secret_key not in repr(made)
    assert len({made.secret_key, made.postgres_password, made.valkey_password}) == 3


def test_a_server_of_your_own_is_used_instead(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    given = {"DATABASE_URL": "postgresql://me@db.example/shop", "REDIS_URL": ""}
    servers = Servers(home, given)
    assert servers.postgres is None
    assert "DATABASE_URL" not in servers.environment()
    assert [server.name for server in servers.ours] == ["valkey"]


def test_a_port_that_was_taken_meanwhile_is_changed_for_good(tmp_path: Path) -> None:
    import socket

    home = Home(tmp_path)
    home.prepare()
    first = Servers(home, {})
    with socket.create_server(("127.0.0.1", first.ours[0].port)):
        first.settle_ports()
    again = Servers(home, {})
    assert [server.port for server in again.ours] == [server.port for server in first.ours]
    assert again.ours[0].port != first.ours[1].port


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up")
def test_the_server_of_root_runs_as_somebody_else_even_below_a_private_folder(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    server = Postgres(private / "data" / "postgres", any_free_port(), "geheim", durable=False)
    process = start(server, tmp_path / "log")
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
        owner = next(line for line in status.splitlines() if line.startswith("Uid:"))
        assert "0" not in owner.split()[1:]
    finally:
        stop(process, signal.SIGINT, patience=30)
