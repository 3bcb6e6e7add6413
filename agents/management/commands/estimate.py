"""`manage.py estimate`: what is this worth?"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.pricing.client import PATIENCE, EstimateUnavailable, estimate_remotely
from agents.pricing.text import first_part
from common.money import format_money, parse_price


class Command(BaseCommand):
    help = "Say what a thing is worth, from its name or description."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("text", nargs="+", metavar="TEXT")
        parser.add_argument("--price", metavar="P", help="what is asked for it, such as 129.99 or “€ 99”")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, text: list[str], price: str | None, **options: Any) -> None:
        asked, currency = self._price(price)
        whole = " ".join(text)
        answer = _from_worker(whole, asked, currency) or self._from_here(whole, asked, currency)
        self.stdout.write(json.dumps(answer, indent=2) if options["json"] else _as_text(answer))

    def _from_here(self, text: str, price: Decimal | None, currency: str) -> dict[str, Any]:
        """The answer of this process, which loads the models for it: five seconds."""
        from agents.lifecycle.following import follow
        from agents.pricing.model import UnusableModel
        from agents.pricing.service import Item, as_json, value_items

        item = Item(title=first_part(text), text=text, price=price, currency=currency)
        try:
            follow()
            (worth,) = value_items([item], patience=PATIENCE)
        except UnusableModel as error:
            raise CommandError(str(error)) from error
        return as_json(worth)

    def _price(self, text: str | None) -> tuple[Decimal | None, str]:
        if text is None:
            return None, "USD"
        read = parse_price(text, default_currency="USD")
        if read is None or read.amount <= 0:
            raise CommandError(f"“{text}” is not a price; write it like 129.99 or “€ 99”.")
        return read.amount, read.currency


def _from_worker(text: str, price: Decimal | None, currency: str) -> dict[str, Any] | None:
    """The answer of a worker that runs and has the models loaded; None where there is none, or where it may not ask the
    foundation model that this installation has: for the worker somebody has to pay, and here nobody has signed in."""
    if settings.FRONTIER_FOUNDATION_MODEL and settings.LANGUAGE_MODEL != "off":
        return None
    try:
        return estimate_remotely(first_part(text), text, price, currency)
    except EstimateUnavailable:
        return None


def _as_text(answer: dict[str, Any]) -> str:
    lines = [*answer["reasons"]]
    lines += [f"  {each['estimator']:<11} {_said(each)}" for each in answer["estimates"]]
    if answer["comparables"]:
        lines.append("Compared with:")
        lines += [f"  {_dollars(each['price']):>10}  {each['title']}" for each in answer["comparables"]]
    return "\n".join(lines)


def _said(estimate: dict[str, Any]) -> str:
    return _dollars(estimate["value"]) if estimate["value"] is not None else estimate["error"] or "cannot say"


def _dollars(amount: str) -> str:
    return format_money(Decimal(amount), "USD")
