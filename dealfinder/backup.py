"""The whole state in one file, and back: the database, the trained models, the mail file and the secret key.

The file is a tar archive of `backup.json`, `database.dump` (pg_dump's custom format) and the folders `models`, `media` and
`mail`. What Valkey holds is left out: queues and caches, which the database makes again. So is the archive of what sources gave: it can be
many times as large as all the rest, is kept for some weeks only, and nothing but reading it again needs it (docs/operations.md).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from dealfinder.embedded.errors import EmbeddedError
from dealfinder.embedded.home import Home
from dealfinder.embedded.postgres import programs

FORMAT = 1
_FOLDERS = ("models", "media", "mail")
_ABOUT, _DUMP = "backup.json", "database.dump"


class BackupError(Exception):
    """A backup or restore that failed; its text is one sentence. Nothing was changed."""


def back_up(path: Path) -> int:
    """Write everything to the new file `path`, readable by its owner alone; returns its size in bytes."""
    if path.exists():
        raise BackupError(f"{path} exists already; name a file that does not.")
    if not path.parent.is_dir():
        raise BackupError(f"There is no folder {path.parent} to write the backup to.")
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as name:
        folder = Path(name)
        _run(
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--file={folder / _DUMP}",
            database=_database()["NAME"],
        )
        about = {
            "format": FORMAT,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "secret_key": settings.SECRET_KEY,
        }
        (folder / _ABOUT).write_text(json.dumps(about))
        draft = folder / "whole.tar"
        with tarfile.open(draft, "w") as archive:
            for part in (_ABOUT, _DUMP):
                archive.add(folder / part, part)
            for part in _FOLDERS:
                if (settings.DEALFINDER_HOME / part).is_dir():
                    archive.add(settings.DEALFINDER_HOME / part, part)
        draft.chmod(0o600)
        draft.replace(path)
    return path.stat().st_size


def restore(path: Path) -> str:
    """Put everything back as it was in the backup at `path`, in place of what is there; returns when that backup was made.

    The database is restored beside the present one and takes its place only when it is whole.
    """
    with tempfile.TemporaryDirectory(dir=settings.DEALFINDER_HOME, prefix=".restore-") as name:
        folder = Path(name)
        about = _unpack(path, folder)
        _replace_database(folder / _DUMP)
        for part in _FOLDERS:
            if (folder / part).is_dir():
                shutil.rmtree(settings.DEALFINDER_HOME / part, ignore_errors=True)
                (folder / part).rename(settings.DEALFINDER_HOME / part)
    Home(settings.DEALFINDER_HOME).adopt_secret_key(about["secret_key"])
    return str(about["made_at"])


def _unpack(path: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(path) as archive:
            archive.extractall(folder, filter="data")
        about: dict[str, Any] = json.loads((folder / _ABOUT).read_text())
    except FileNotFoundError as error:
        raise BackupError(f"{path} is not there, or is not a backup of Deal Finder.") from error
    except (tarfile.TarError, ValueError, IsADirectoryError) as error:
        raise BackupError(f"{path} is not a backup of Deal Finder, or is damaged.") from error
    if about.get("format") != FORMAT:
        raise BackupError(f"{path} was made by a newer Deal Finder; restore it with that one.")
    return about


def _replace_database(dump: Path) -> None:
    present = _database()["NAME"]
    restored = f"{present}_restored"
    connection.close()
    with _administration() as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(restored)))
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(restored)))
        try:
            _run(
                "pg_restore",
                "--no-owner",
                "--no-privileges",
                "--exit-on-error",
                f"--dbname={restored}",
                str(dump),
                database=restored,
            )
        except BackupError:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(restored)))
            raise
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(present)))
        admin.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(restored), sql.Identifier(present))
        )


def _database() -> dict[str, Any]:
    return connection.settings_dict


def _administration() -> psycopg.Connection[Any]:
    given = _database()
    return psycopg.connect(
        host=given["HOST"],
        port=given["PORT"],
        user=given["USER"],
        password=given["PASSWORD"],
        dbname="postgres",
        autocommit=True,
    )


def _run(program: str, *arguments: str, database: str) -> None:
    """Run one of PostgreSQL's own programs against our server; the password goes through the environment."""
    given = _database()
    try:
        path = programs() / program
    except EmbeddedError as error:
        raise BackupError(str(error)) from error
    environment = {
        **os.environ,
        "LD_LIBRARY_PATH": str(path.parent.parent / "lib"),
        "PGHOST": given["HOST"],
        "PGPORT": given["PORT"],
        "PGUSER": given["USER"],
        "PGPASSWORD": given["PASSWORD"],
        "PGDATABASE": database,
    }
    result = subprocess.run([str(path), *arguments], env=environment, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise BackupError(f"{program} failed: {reason}")
