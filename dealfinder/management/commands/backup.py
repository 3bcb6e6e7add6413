"""`manage.py backup`: the whole state in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dealfinder.backup import BackupError, back_up


class Command(BaseCommand):
    help = "Write the whole state (database, models, mail, secret key) to one new file. Keep it as safe as a password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH")

    def handle(self, *, path: Path, **_: Any) -> None:
        try:
            size = back_up(path.resolve())
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Wrote {path} ({size / 1_000_000:.1f} MB).")
