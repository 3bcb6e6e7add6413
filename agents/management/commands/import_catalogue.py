"""`manage.py import_catalogue`: priced products to compare deals with."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper

from agents.training.commands import report
from agents.training.data import UnreadableData, rows_of

if TYPE_CHECKING:
    from agents.pricing.importing import Imported

_WIDTH: Final = 30


class Command(BaseCommand):
    help = (
        "Load priced products (JSON lines or CSV, gzipped or not) into the catalogue. Loading them again changes nothing, "
        "and a load that was interrupted goes on where it was."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH")

    def handle(self, *, paths: list[str], **_: Any) -> None:
        from agents.pricing.importing import import_rows

        files = [Path(path) for path in paths]
        started = time.monotonic()
        try:
            progress = _bar(self.stderr, sum(map(_lines, files))) if self.stderr.isatty() else None
            imported = import_rows(chain.from_iterable(map(rows_of, files)), progress=progress)
        except UnreadableData as error:
            raise CommandError(str(error)) from error
        seconds = time.monotonic() - started
        report(imported.bad, self.stderr)
        if not imported.rows:
            raise CommandError(f"There is no usable product in {', '.join(paths)}.")
        self.stdout.write(
            f"{imported.new} products are new, {imported.changed} have another price, {imported.known} were known, "
            f"{len(imported.bad)} rows were skipped; {imported.rows / seconds:.0f} rows a second."
        )


def _lines(path: Path) -> int:
    """How many lines a file has, zipped or not; 0 where it cannot be read, which whoever reads the rows says better."""
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if zipped else path.open("rb") as lines:
            return sum(1 for _ in lines)
    except (OSError, EOFError, zlib.error):
        return 0


def _bar(terminal: OutputWrapper, lines: int) -> Callable[[Imported], None]:
    """One line on the terminal that is drawn again after each part: how far it is, how fast, and how long it will take."""
    started = time.monotonic()

    def draw(so_far: Imported) -> None:
        done = so_far.rows + len(so_far.bad)
        seconds = max(time.monotonic() - started, 0.001)
        share = min(1.0, done / lines) if lines else 1.0
        bar = "█" * round(_WIDTH * share) + "·" * (_WIDTH - round(_WIDTH * share))
        left = round(seconds * max(0, lines - done) / done)
        end = "\n" if done >= lines else ""
        terminal.write(
            f"\r{bar} {share:4.0%}  {done:,} rows  {done / seconds:.0f} a second  {left // 60}:{left % 60:02} left ",
            ending=end,
        )
        terminal.flush()

    return draw
