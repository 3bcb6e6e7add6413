"""`manage.py train_pricing`: the local estimators and the ensemble, trained from priced products."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from agents.training.commands import cache_folder, read_products, show_progress


class Command(BaseCommand):
    help = "Train the local pricing models from JSON lines or CSV of priced products."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", nargs="+", required=True, metavar="PATH", help="products to learn from")
        parser.add_argument("--dev", metavar="PATH", help="products to measure on afterwards; never learned from")
        parser.add_argument("--out", metavar="DIR", help="where to write the model; DEALFINDER_HOME/models by default")
        parser.add_argument("--activate", action="store_true", help="use the model from now on")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--leave-out",
            nargs="+",
            default=[],
            metavar="SOURCE",
            help="sources to do without, to measure on them later",
        )

    def handle(
        self,
        *,
        data: list[str],
        dev: str | None,
        out: str | None,
        activate: bool,
        seed: int,
        leave_out: list[str],
        **_: Any,
    ) -> None:
        from agents.lifecycle.seen import SeenTitles
        from agents.lifecycle.signals import reference_histograms
        from agents.pricing.embedding import wait_politely
        from agents.pricing.model import save
        from agents.training.evaluation import figures, predict
        from agents.training.pipeline import TooLittleData, read_rows, train

        wait_politely()
        show_progress()
        products = [each for each in read_products(data, self.stderr) if each.source not in leave_out]
        unseen = read_products([dev], self.stderr) if dev else []
        try:
            model = train(products, seed=seed, cache=cache_folder())
        except TooLittleData as error:
            raise CommandError(str(error)) from error
        model.metadata["titles"] = SeenTitles.of([product.title for product in products]).as_json()
        if unseen:
            catalogue = read_rows(products, cache_folder()).catalogue(model.wording)
            model.metadata["dev"] = figures(predict(model, unseen, catalogue), model.version)
            if "reference" not in model.metadata:
                model.metadata["reference"] = reference_histograms(model, unseen, catalogue)
            self.stdout.write(json.dumps(model.metadata["dev"], indent=2))
        folder = save(model, Path(out) if out else Path(settings.MODELS_DIR))
        self.stdout.write(f"The model {model.version} is in {folder}.")
        if activate:
            self._activate(folder, model.version)
        elif not out:
            self._stage(folder)

    def _activate(self, folder: Path, version: str) -> None:
        """On this machine at once; in the registry too where it can be reached, and otherwise when that is next asked."""
        from agents.lifecycle.following import follow
        from agents.pricing.model import activate

        activate(folder)
        if follow(now=True).active != version:
            raise CommandError(f"The model {version} could not be activated; the log above says why.")
        self.stdout.write("It is used from now on.")

    def _stage(self, folder: Path) -> None:
        from agents.lifecycle.registry import register
        from agents.pricing.model import UnusableModel

        try:
            register(folder, who="train_pricing")
        except DatabaseError:
            self.stdout.write("It will be among the staged models as soon as Deal Finder runs.")
        except UnusableModel as error:
            raise CommandError(str(error)) from error
        else:
            self.stdout.write("It is staged.")
