"""`manage.py translations [--check]`: the texts of messages in all languages, collected and compiled without any tools of the system."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation.template import templatize

from common.speech import Language

CODE: Final = ("agents/messaging", "notifications")
TEMPLATES: Final = ("templates/notifications",)
# Of every file, so that the same texts make the same files.
_NEVER: Final = datetime(2026, 1, 1, tzinfo=UTC)
_WORDS: Final = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


class Command(BaseCommand):
    help = "Collect the texts of messages and compile their translations."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Change nothing; fail where something is missing.")

    def handle(self, *args: Any, **options: Any) -> None:
        collected = collect(settings.BASE_DIR)
        missing = []
        for language in Language:
            if language == Language.ENGLISH:
                continue
            folder = settings.BASE_DIR / "locale" / language / "LC_MESSAGES"
            catalog = merged(folder / "django.po", language, collected)
            missing += [f"{language}: {message.id}" for message in catalog if message.id and not _is_done(message)]
            if options["check"]:
                if compiled(catalog) != (folder / "django.mo").read_bytes():
                    missing.append(f"{language}: the compiled file is older than its texts")
                continue
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / "django.po").open("wb") as file:
                write_po(file, catalog, width=120, no_location=True, ignore_obsolete=True, sort_output=True)
            (folder / "django.mo").write_bytes(compiled(catalog))
        if missing:
            raise CommandError("Not translated: " + "; ".join(missing))
        self.stdout.write("Everything is translated.")


def collect(base: Path) -> Catalog:
    """All texts in code and templates."""
    catalog = Catalog()
    for folder, pattern in [*((f, "*.py") for f in CODE), *((f, "*") for f in TEMPLATES)]:
        for path in sorted((base / folder).rglob(pattern)):
            if path.suffix not in (".py", ".html", ".txt"):
                continue
            source = path.read_text()
            code = source if path.suffix == ".py" else templatize(source)
            for _, texts, _, context in extract("python", BytesIO(code.encode()), _WORDS):
                catalog.add(texts, context=context)
    return catalog


def merged(path: Path, language: str, collected: Catalog) -> Catalog:
    """The translations of a file for the texts that there are now; nothing is guessed from similar ones."""
    catalog = Catalog(locale=language)
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=language)
    catalog.update(collected, no_fuzzy_matching=True)
    catalog.creation_date = catalog.revision_date = _NEVER
    catalog.header_comment = f"# The texts of messages in {Language(language).label}."
    catalog.fuzzy = False
    return catalog


def compiled(catalog: Catalog) -> bytes:
    """The file that gettext reads: texts in their order, without anything that changes by itself."""
    plain = Catalog(locale=catalog.locale, fuzzy=False, creation_date=_NEVER, revision_date=_NEVER)
    for message in catalog:
        if message.id:
            plain.add(message.id, message.string, context=message.context)
    buffer = BytesIO()
    write_mo(buffer, plain)
    return buffer.getvalue()


def _is_done(message: Any) -> bool:
    strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return all(strings) and not message.fuzzy
