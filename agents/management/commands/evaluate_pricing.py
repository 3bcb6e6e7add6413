"""`manage.py evaluate_pricing`: how far the models are from prices that they were not told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from agents.training.commands import cache_folder, read_products, show_progress

if TYPE_CHECKING:
    from agents.pricing.catalogue.base import Catalogue
    from agents.pricing.model import PricingModel


class Command(BaseCommand):
    help = "Measure the pricing models in use on priced products."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", required=True, metavar="PATH", help="products to measure on")
        parser.add_argument("--catalogue", metavar="PATH", help="products to compare with; the database's by default")
        parser.add_argument("--model", metavar="DIR_OR_VERSION", help="the model to measure; the one in use by default")
        parser.add_argument("--limit", type=int, metavar="N", help="measure on the first N products only")
        parser.add_argument("--json", action="store_true")

    def handle(
        self, *, data: str, catalogue: str | None, model: str | None, limit: int | None, json: bool, **_: Any
    ) -> None:
        from agents.pricing.model import UnusableModel
        from agents.training.evaluation import figures, predict

        if not json:
            show_progress()
        products = read_products([data], self.stderr)[:limit]
        try:
            measured_model = _model(model)
        except UnusableModel as error:
            raise CommandError(str(error)) from error
        said = predict(measured_model, products, self._catalogue(measured_model, catalogue))
        measured = figures(said, measured_model.version)
        self.stdout.write(_as_json(measured) if json else _as_text(measured))

    def _catalogue(self, model: PricingModel, path: str | None) -> Catalogue:
        from agents.training.pipeline import Rows, read_rows

        if path:
            return read_rows(read_products([path], self.stderr), cache_folder()).catalogue(model.wording)
        from agents.pricing.catalogue.pgvector import PgvectorCatalogue
        from agents.pricing.embedding import embed

        stored = PgvectorCatalogue(model.wording)
        try:
            stored.size()
        except DatabaseError:
            self.stderr.write("No database is reachable, so this measures without a catalogue; --catalogue gives one.")
            return Rows([], [], embed([])).catalogue(model.wording)
        return stored


def _model(wanted: str | None) -> PricingModel:
    """The model in a folder, of a version, or in use. Raises `UnusableModel`."""
    from agents.lifecycle.following import follow
    from agents.pricing.folders import METADATA, folder_of
    from agents.pricing.model import UnusableModel, current_model, load

    if not wanted:
        follow(now=True)
        return current_model()
    if (Path(wanted) / METADATA).exists():
        return load(Path(wanted))
    folder = folder_of(wanted)
    if folder is None:
        raise UnusableModel(
            f"There is no pricing model {wanted}: it is neither a folder nor a version on this machine."
        )
    return load(folder)


def _as_json(measured: dict[str, Any]) -> str:
    return json.dumps(measured, indent=2)


def _as_text(measured: dict[str, Any]) -> str:
    low, high = measured["mae_ci95"]
    lines = [
        f"{measured['n']} products, {measured['items_per_second']:.0f} a second",
        f"mean absolute error   ${measured['mae']:.2f} (95 %: {low:.2f} to {high:.2f})",
        f"RMSLE {measured['rmsle']:.3f} · R² {measured['r2']:.3f}",
        f"hits {measured['hit_rate']:.1%} · median error {measured['median_ape']:.1%}",
        f"80 % interval covers {measured['coverage80']:.1%}, median high ÷ low {measured['median_interval_ratio']:.2f}",
    ]
    lines += [
        f"  {kind:<11} ${part['mae']:.2f}" for kind, part in measured["by_estimator"].items() if part["mae"] is not None
    ]
    return "\n".join(lines)
