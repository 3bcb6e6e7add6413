"""A number at the end of a clipped wish: "macbook air 700"."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from agents.planning.interpreting.base import Reading, Wish, quoted
from agents.planning.interpreting.draft import TAKEN, Draft
from common.money import format_money

_LAST: Final = re.compile(rf"(?:(?<=[ ,|{TAKEN}])|\A)(?P<number>\d{{2,5}})(?=[ {TAKEN}]*\Z)")
# Words after which a number is a part of the name.
_NAMED: Final = re.compile(
    r"(?:rtx|gtx|rx|arc|iphone|galaxy|pixel|series|gen|generation|mark|mk|model|type|size|core|"
    r"ryzen|lego|version|no|number|ps|xbox|windows|eos|hero|fenix|forerunner|redmi|note|(?<!pro )max|"
    r"mini|plus|ultra|tab|mate|level|volume|set|part|route|studio|quest|surface|legion|thinkpad|"
    r"ideapad|inspiron|xps|latitude|aspire|vivobook|zenbook|ideacentre|optiplex|elitebook|probook|"
    r"i\d|m\d|x\d|nova|era|sub)\s*\Z"
)


def read_trailing_amount(draft: Draft, reading: Reading, wish: Wish) -> None:
    """Read a round number at the end as the most to be paid, where no other amount was named; and ask."""
    if reading.fields.keys() & {"max_price", "min_price"}:
        return
    match = _LAST.search(draft.low)
    if match is None or not re.search(r"[a-z]", draft.low[: match.start()]):
        return
    value = Decimal(match["number"])
    apart = bool(re.search(rf"(?:[,|;{TAKEN}]|\s[-–—])\s*\Z", draft.low[: match.start()]))
    if 1950 <= value <= 2035 or value < 20 or (value % 5 and value % 10 != 9):
        return
    if not apart and (
        _NAMED.search(draft.low[: match.start()]) or not re.search(r"[a-z]\s*\Z", draft.low[: match.start()])
    ):
        return
    words = draft.take(*match.span("number"))
    shown = format_money(value, wish.currency).removesuffix(".00")
    reading.put("max_price", value, f"{quoted(words)} at the end is read as a price: {shown} at most.", 0.6)
    reading.put("currency", wish.currency, f"You named no currency, so your own is taken: {wish.currency}.", 0.6)
    reading.ask(f"Is {shown} the most that you want to pay?")
