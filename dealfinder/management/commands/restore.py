"""`manage.py restore`: everything back as it was in a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dealfinder.backup import BackupError, restore
from dealfinder.embedded.home import Home, variables
from dealfinder.embedded.locks import read_state


class Command(BaseCommand):
    help = "Replace the whole state with that of a backup."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH")

    def handle(self, *, path: Path, **_: Any) -> None:
        home = Home.from_variables(variables())
        state = read_state(home.run)
        if state is not None and state.owner == "up":
            raise CommandError(f"Deal Finder runs from {home.root}; stop it first, then restore.")
        try:
            made_at = restore(path.resolve())
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write(f"Everything is as it was in the backup of {made_at}.")
