"""Backup and restore, from one home into another."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from pathlib import Path

from tests.commands import run_manage

SHELL = ("shell", "-v", "0", "-c")
FIRST = """
from django.core.management import CommandError, call_command
from accounts.models import User
User.objects.create_user("kept@example.com", "pw")
call_command("backup", {file!r})
try:
    call_command("backup", {file!r})
except CommandError as error:
    print(error)
"""
SECOND = """
from django.core.management import CommandError, call_command
from accounts.models import User
User.objects.create_user("lost@example.com", "pw")
for file in {files!r}:
    try:
        call_command("restore", file)
    except CommandError as error:
        print(error)
    print(*User.objects.values_list("email", flat=True))
"""


def test_everything_comes_back_in_another_home(tmp_path: Path, fresh_home: Callable[[Path], None]) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    fresh_home(first)
    fresh_home(second)
    whole, damaged, text = (tmp_path / name for name in ("whole.tar", "damaged.tar", "text"))
    (first / "models" / "v1").mkdir()
    (first / "models" / "v1" / "weights").write_bytes(b"\x01\x02")

    written = run_manage(*SHELL, FIRST.format(file=str(whole)), home=first)
    assert written.returncode == 0, written.stderr
    assert f"{whole} exists already; name a file that does not." in written.stdout
    assert whole.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.glob(".backup-*")) == []

    _damage(whole, damaged)
    text.write_text("not a backup")
    restored = run_manage(*SHELL, SECOND.format(files=[str(text), str(damaged), str(whole)]), home=second)
    assert restored.returncode == 0, restored.stderr
    said = restored.stdout.strip().splitlines()
    assert said[:2] == [f"{text} is not a backup of Deal Finder, or is damaged.", "lost@example.com"]
    assert said[2].startswith("pg_restore failed:")
    assert said[3] == "lost@example.com"
    assert said[4].startswith("Everything is as it was in the backup of 2")
    assert said[5] == "kept@example.com"

    assert (second / "models" / "v1" / "weights").read_bytes() == b"\x01\x02"
    keys = [json.loads((home / "secrets.json").read_text()) for home in (first, second)]
    assert keys[0]["secret_key"] == keys[1]["secret_key"]
    assert keys[0]["postgres_password"] != keys[1]["postgres_password"]


def _damage(whole: Path, damaged: Path) -> None:
    with tarfile.open(whole) as source, tarfile.open(damaged, "w") as target:
        target.addfile(source.getmember("backup.json"), source.extractfile("backup.json"))
        dump = source.getmember("database.dump")
        dump.size //= 2
        target.addfile(dump, source.extractfile("database.dump"))
