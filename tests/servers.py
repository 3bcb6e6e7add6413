"""A pytest plugin: a real PostgreSQL and Valkey on temporary folders, there before Django's settings are read.

The PostgreSQL belongs to the first pytest process and is shared by the workers of pytest-xdist, which have a database
each; every process has a Valkey of its own, because Redis' publish and subscribe do not know database numbers.
Servers that the environment names are never used: tests empty what they find.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from dealfinder.embedded.ports import any_free_port
from dealfinder.embedded.postgres import Postgres
from dealfinder.embedded.process import spawn, stop
from dealfinder.embedded.valkey import Valkey


def _start(server: Postgres | Valkey, folder: Path) -> subprocess.Popen[bytes]:
    server.prepare()
    spec = server.spec()
    with (folder / f"{spec.name}.log").open("ab") as log:
        process = spawn(spec, log)
    atexit.register(stop, process, spec.stop_signal, patience=5)
    server.wait_ready(lambda: process.poll() is None)
    return process


def _provide() -> None:
    folder = Path(tempfile.mkdtemp(prefix="dealfinder-tests-"))
    folder.chmod(0o711)
    (folder / "static").mkdir()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["DEALFINDER_HOME"] = str(folder)
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(48)
    os.environ["CELERY_BROKER_URL"] = "memory://"
    if "PYTEST_XDIST_WORKER" not in os.environ:
        postgres = Postgres(folder / "postgres", any_free_port(), secrets.token_hex(16), durable=False)
        _start(postgres, folder)
        os.environ["DATABASE_URL"] = postgres.url("dealfinder")
    valkey = Valkey(folder / "valkey", any_free_port(), secrets.token_hex(16), durable=False)
    _start(valkey, folder)
    os.environ["REDIS_URL"] = valkey.url()


_provide()
