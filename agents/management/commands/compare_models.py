"""`manage.py compare_models`: how a staged model does beside the active one, against prices seen since."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.lifecycle.comparison import TEST, Comparison, NothingToCompare, compare_now


class Command(BaseCommand):
    help = "Compare two pricing models on the deals that each has valued, against prices that were seen afterwards."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("challenger", nargs="?", default="", help="the one with a share of the deals by default")
        parser.add_argument("--control", default="", metavar="VERSION", help="the active one by default")
        parser.add_argument("--days", type=int, default=0, help="look back so many days, not to the comparison's start")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, challenger: str, control: str, days: int, json: bool, **_: Any) -> None:
        try:
            comparison = compare_now(challenger, control, days)
        except NothingToCompare as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_as_json(comparison) if json else _as_text(comparison))


def _as_json(comparison: Comparison) -> str:
    return json.dumps(comparison.as_json(), indent=2)


def _as_text(comparison: Comparison) -> str:
    said = comparison.as_json()
    lines = [
        f"{name:<11} {said[name]['version']:<32} {said[name]['n']:>6} deals, mean log error {said[name]['mean_error']}"
        for name in ("control", "challenger")
    ]
    if comparison.interval is not None and comparison.difference is not None:
        low, high = comparison.interval
        lines.append(f"difference  {comparison.difference:+.4f} (95 %: {low:+.4f} to {high:+.4f}), {TEST}")
    return "\n".join([*lines, comparison.sentence])
