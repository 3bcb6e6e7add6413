"""`manage.py export_sources`: every source as OPML or CSV, without secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.scanning.exchange.writing import FORMATS, written_sources


class Command(BaseCommand):
    help = "Write every source as OPML or CSV, to a file or to standard output. Secrets are not in it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=sorted(FORMATS), help="by the ending of the file, or else opml")
        parser.add_argument("path", type=Path, metavar="PATH", nargs="?")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path | None = options["path"]
        form = options["format"] or (path.suffix.removeprefix(".").lower() if path else "")
        body = written_sources(form if form in FORMATS else "opml")
        if path is None:
            self.stdout.write(body.decode("utf-8-sig"), ending="")
            return
        try:
            path.write_bytes(body)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}.") from error
