"""`manage.py import_sources`: take in the sources of an OPML or CSV file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.scanning.exchange.importing import LARGEST_FILE, UnreadableList, import_sources


class Command(BaseCommand):
    help = "Make the sources that an OPML or CSV file lists and that are not there yet."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        try:
            with path.open("rb") as file:
                body = file.read(LARGEST_FILE + 1)
            done = import_sources(body, path.name)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error
        except UnreadableList as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(done.as_json(), ensure_ascii=False))
            return
        for skipped in done.skipped:
            self.stdout.write(f"  line {skipped['line']} skipped: {skipped['reason']}")
        self.stdout.write(f"{len(done.made)} new, {len(done.known)} known already, {len(done.skipped)} skipped")
