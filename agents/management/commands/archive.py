"""`manage.py archive`: what the archive holds, and the rule of its bucket."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.scanning.archive.bodies import ROOT, day_of
from agents.scanning.archive.keeping import archive, set_rule
from common.objects import ObjectFailure


class Command(BaseCommand):
    help = "Say what the archive of fetched bodies holds; with --set-rule, have S3 remove what was kept long enough."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--set-rule", action="store_true", help="give the bucket a lifecycle rule")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["set_rule"]:
                self.stdout.write(set_rule())
                return
            days = [day for name in archive().names(ROOT) if (day := day_of(name)) is not None]
        except ObjectFailure as error:
            raise CommandError(str(error)) from error
        place = settings.ARCHIVE_STORE or settings.ARCHIVE_DIR
        held = f"{len(days):,} bodies since {days[0]}" if days else "nothing yet"
        self.stdout.write(f"{place} holds {held}; each is kept for {settings.ARCHIVE_DAYS} days.")
