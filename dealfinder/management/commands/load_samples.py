"""`manage.py load_samples`: the samples that come with Deal Finder, now, in this process."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.scanning.actions.scans import ScanError
from dealfinder.starter.loading import load_starter_data


class Command(BaseCommand):
    help = "Load the sample offers and products that come with Deal Finder, unless they were loaded or removed before."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--again", action="store_true", help="load them also where they were removed or are there already"
        )

    def handle(self, *, again: bool, **_: Any) -> None:
        try:
            report = load_starter_data(again=again)
        except ScanError as error:
            raise CommandError(f"The samples could not be loaded: {error}") from error
        self.stdout.write(report.sentence)
