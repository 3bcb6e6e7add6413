"""`manage.py estimate`: what is this worth?"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.money import format_money, parse_price

if TYPE_CHECKING:
    from agents.pricing.service import Worth


class Command(BaseCommand):
    help = "Say what a thing is worth, from its name or description."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("text", nargs="+", metavar="TEXT")
        parser.add_argument("--price", metavar="P", help="what is asked for it, such as 129.99 or “€ 99”")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, text: list[str], price: str | None, **options: Any) -> None:
        asked, currency = self._price(price)
        from agents.lifecycle.following import follow
        from agents.pricing.client import PATIENCE
        from agents.pricing.model import UnusableModel
        from agents.pricing.service import Item, as_json, value_items
        from agents.pricing.text import first_part

        whole = " ".join(text)
        item = Item(title=first_part(whole), text=whole, price=asked, currency=currency)
        try:
            follow()
            (worth,) = value_items([item], patience=PATIENCE)
        except UnusableModel as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(as_json(worth), indent=2) if options["json"] else _as_text(worth))

    def _price(self, text: str | None) -> tuple[Decimal | None, str]:
        if text is None:
            return None, "USD"
        read = parse_price(text, default_currency="USD")
        if read is None or read.amount <= 0:
            raise CommandError(f"“{text}” is not a price; write it like 129.99 or “€ 99”.")
        return read.amount, read.currency


def _as_text(worth: Worth) -> str:
    lines = [*worth.reasons]
    lines += [
        f"  {each.estimator:<11} {format_money(each.value_usd, 'USD') if each.value_usd is not None else each.error or 'cannot say'}"
        for each in worth.estimates
    ]
    if worth.comparables:
        lines.append("Compared with:")
        lines += [f"  {format_money(each.price, 'USD'):>10}  {each.title}" for each in worth.comparables]
    return "\n".join(lines)
