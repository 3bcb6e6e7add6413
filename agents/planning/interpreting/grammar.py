"""The interpreter that needs no model: rules for the shapes in which people say what they want.

Each rule reads what it knows and takes it out; what is left at the end is the thing itself. The order matters: dates before
amounts ("by 1 December"), amounts before names ("under 300"), what is not wanted before what is.
"""

from __future__ import annotations

import re
from typing import Final

from agents.language.framing import visible
from agents.planning.interpreting.base import LONGEST_TEXT, Interpreter, Reading, Wish, quoted
from agents.planning.interpreting.conditions import read_condition
from agents.planning.interpreting.dates import BARE, read_dates, with_figures
from agents.planning.interpreting.draft import Draft
from agents.planning.interpreting.foreign import leave_out_orders
from agents.planning.interpreting.keywords import read_category, read_keywords
from agents.planning.interpreting.locations import read_location
from agents.planning.interpreting.money import read_money
from agents.planning.interpreting.names import Names, read_brands
from agents.planning.interpreting.negations import read_minus, read_negations
from agents.planning.interpreting.quantities import read_quantity
from agents.planning.interpreting.shops import read_shops
from agents.planning.interpreting.spelling import corrected
from agents.planning.interpreting.stories import leave_out_stories
from agents.planning.interpreting.terms import read_percent, read_terms
from agents.planning.interpreting.trailing import read_trailing_amount
from agents.planning.interpreting.vocabulary import brands
from common.text import shortened

_MARKS: Final = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "″": '"', "−": "-", "‐": "-", "‑": "-", "\xa0": " ", "＄": "$"}
)
_SUB: Final = re.compile(r"(?i)\bsub-(?=[$€£\d])")
_LONGEST_TITLE: Final = 120


class Grammar(Interpreter):
    """Reads wishes by rules alone."""

    def interpret(self, wish: Wish) -> Reading:
        reading = Reading()
        text, mended = corrected(
            with_figures(_SUB.sub("sub ", visible(wish.text, LONGEST_TEXT).replace("\\n", "\n").translate(_MARKS)))
        )
        draft = Draft(text)
        names = Names(brands().with_more(wish.brands) if wish.brands else brands())
        leave_out_orders(draft, reading)
        leave_out_stories(draft)
        read_terms(draft, reading)
        read_dates(draft, reading, wish)
        read_percent(draft, reading)
        read_location(draft, reading, names)
        read_money(draft, reading, wish)
        read_quantity(draft, reading)
        read_shops(draft, reading)
        read_category(draft, reading)
        read_minus(draft, reading, names)
        read_condition(draft, reading)
        read_negations(draft, reading, names)
        read_brands(draft, reading, names)
        read_trailing_amount(draft, reading, wish)
        read_keywords(draft, reading)
        _finish(reading, text, mended)
        return reading


def _finish(reading: Reading, text: str, mended: list[tuple[str, str]]) -> None:
    """The title, what has to be asked, and what was read differently from how it was written."""
    fields = reading.fields
    what = " ".join(
        [" or ".join(fields.get("brands", [])), *fields.get("keywords", []), fields.get("category", "")]
    ).strip()
    if not what and fields.keys() == {"deadline"} and reading.sureness["deadline"] <= BARE:
        reading.drop("deadline")  # "how are you today" asks for nothing until then
    if what:
        reading.put(
            "title", shortened(what[:1].upper() + what[1:], _LONGEST_TITLE), "Made of what you are looking for."
        )
    else:
        if text and fields:
            reading.put("title", shortened(text, _LONGEST_TITLE), "Your own words.", 0.5)
        reading.unclear.insert(
            0, "What are you looking for? Name the thing, for example “noise cancelling headphones”."
        )
    if what and not fields.keys() & {"max_price", "min_discount", "min_discount_percent"}:
        reading.ask("How much do you want to pay at most?")
    for said, meant in mended:
        if said.casefold() != meant and not re.search(rf"(?i)\b{re.escape(said)}\b", meant):
            for name, why in reading.explanation.items():
                if re.search(rf"(?i)\b{re.escape(meant)}\b", why):
                    reading.explanation[name] = f"{why} {quoted(said)} was read as {quoted(meant)}."
                    reading.sureness[name] = round(reading.sureness[name] - 0.1, 2)
                    break
