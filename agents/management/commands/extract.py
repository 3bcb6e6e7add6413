"""`manage.py extract`: reads saved product pages, without a database and without fetching anything."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.scanning.pages.document import UnreadablePage
from agents.scanning.pages.product_page import extract_product

_SUFFIXES = (".html", ".htm", ".html.gz", ".htm.gz", ".xhtml")


class Command(BaseCommand):
    help = "Read saved product pages (files or folders, gzipped or not): one JSON object a page."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument(
            "--url-map", type=Path, help="JSON: the address of each page, by file name with or without its suffix"
        )
        parser.add_argument(
            "--json", action="store_true", help="accepted as everywhere; the output is JSON in any case"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        addresses = _addresses(options["url_map"])
        failures = 0
        for path in _pages(options["paths"]):
            stem = path.name.removesuffix(".gz").rsplit(".", 1)[0]
            url = addresses.get(path.name) or addresses.get(stem) or addresses.get(path.name.removesuffix(".gz")) or ""
            try:
                found = {"file": path.name, **extract_product(_body(path), url).as_json()}
            except UnreadablePage as error:
                failures += 1
                self.stderr.write(f"{path}: {error}")
                continue
            self.stdout.write(json.dumps(found, ensure_ascii=False))
        if failures:
            raise CommandError(
                f"{failures} {'page' if failures == 1 else 'pages'} could not be read; each is named above."
            )


def _addresses(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        loaded = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"The map of addresses {path} cannot be read: {error}") from error
    if not isinstance(loaded, dict):
        raise CommandError(f"The map of addresses {path} is not a JSON object of names and addresses.")
    return {str(name): str(url) for name, url in loaded.items()}


def _pages(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(child for child in path.rglob("*") if child.name.lower().endswith(_SUFFIXES))
        elif path.is_file():
            yield path
        else:
            raise CommandError(f"There is no file or folder {path}.")


def _body(path: Path) -> bytes:
    body = path.read_bytes()
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadablePage("The gzip file is damaged or cut off.") from error
