"""`manage.py import_catalogue`: priced products to compare deals with."""

from __future__ import annotations

import time
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.training.commands import report
from agents.training.data import UnreadableData, rows_of

if TYPE_CHECKING:
    from agents.pricing.importing import Imported


class Command(BaseCommand):
    help = "Load priced products (JSON lines or CSV, gzipped or not) into the catalogue. Loading them again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH")

    def handle(self, *, paths: list[str], **_: Any) -> None:
        from agents.pricing.importing import import_rows

        started = time.monotonic()

        def tell(so_far: Imported) -> None:
            rate = so_far.rows / max(time.monotonic() - started, 0.001)
            self.stderr.write(f"{so_far.rows} products, {rate:.0f} a second")

        try:
            imported = import_rows(chain.from_iterable(rows_of(Path(path)) for path in paths), progress=tell)
        except UnreadableData as error:
            raise CommandError(str(error)) from error
        report(imported.bad, self.stderr)
        if not imported.rows:
            raise CommandError(f"There is no usable product in {', '.join(paths)}.")
        self.stdout.write(
            f"{imported.new} products are new, {imported.changed} have another price, {imported.known} were known, "
            f"{len(imported.bad)} rows were skipped."
        )
