"""`manage.py retrain_pricing`: train on what was collected, and take over where that is better."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.training.commands import show_progress


class Command(BaseCommand):
    help = "Train the pricing model anew on the catalogue and the prices seen since; it takes over where it is better."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--trigger", default="command", help="what set it off, for the record of the run")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, seed: int, trigger: str, json: bool, **_: Any) -> None:
        from agents.pricing.embedding import wait_politely

        wait_politely()
        from agents.lifecycle.retraining import CannotRetrain, retrain
        from agents.training.pipeline import TooLittleData

        if not json:
            show_progress()
        try:
            outcome = retrain(seed=seed, trigger=trigger)
        except (CannotRetrain, TooLittleData) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_as_json(outcome.as_json()) if json else _as_text(outcome.version, outcome.activated))
        if not json:
            self.stdout.write(outcome.sentence)


def _as_json(said: dict[str, Any]) -> str:
    return json.dumps(said, indent=2)


def _as_text(version: str, activated: bool) -> str:
    return f"The model {version} is {'used from now on' if activated else 'staged'}."
