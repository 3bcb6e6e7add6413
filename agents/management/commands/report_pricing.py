"""`manage.py report_pricing`: the tables and plots of docs/worth.md, from the model in use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.training.commands import cache_folder, read_products, show_progress


class Command(BaseCommand):
    help = "Measure the pricing models in use on priced products, and write tables and plots about it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", required=True, metavar="PATH", help="products to measure on")
        parser.add_argument("--catalogue", required=True, metavar="PATH", help="products to compare with")
        parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="where the files are written")
        parser.add_argument("--model", type=Path, metavar="DIR", help="the model to measure; the one in use by default")
        parser.add_argument("--limit", type=int, metavar="N", help="measure on the first N products only")

    def handle(self, *, data: str, catalogue: str, out: Path, model: Path | None, limit: int | None, **_: Any) -> None:
        from agents.pricing.model import UnusableModel, current_model, load
        from agents.training.evaluation import predict
        from agents.training.pipeline import read_rows
        from agents.training.reporting import write_report

        show_progress()
        products = read_products([data], self.stderr)[:limit]
        try:
            measured = load(model) if model else current_model()
        except UnusableModel as error:
            raise CommandError(str(error)) from error
        known = read_rows(read_products([catalogue], self.stderr), cache_folder()).catalogue(measured.wording)
        try:
            said = predict(measured, products, known)
            written = write_report(said, products, version=measured.version, known=known.size(), folder=out)
        except (ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Wrote {', '.join(map(str, written))}.")
