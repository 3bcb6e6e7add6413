"""Whatever a language model says is held against the text of the wish: what does not stand there is not taken over.

A model can be talked into anything by what it reads. So an amount has to be one of the text, a word one of its words, a name one of its
names, and everything else one of a few choices. What is left is at most a wrong reading of what the user wrote, which the user sees.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from agents.planning.interpreting.numbers import numbers_in
from common.text import title_key

_PLAIN_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_SHARES: Final = (
    (r"\bhalf\b|\b1/2\b", 50),
    (r"\bthird\b", 33),
    (r"\bquarter\b", 25),
    (r"\btwo[- ]thirds\b", 67),
    (r"\bthree[- ]quarters\b", 75),
)
_TIME: Final = re.compile(
    r"\d|\b(?:today|tonight|tomorrow|week|weekend|month|year|fortnight|day|days|christmas|xmas|"
    r"easter|thanksgiving|halloween|friday|monday|tuesday|"
    r"wednesday|thursday|saturday|sunday|january|february|march|april|may|june|july|august|september|"
    r"october|november|december|birthday|spring|summer|autumn|winter|"
    r"valentine|holiday|holidays|new year)"
)
_CLOSE: Final = Decimal("0.15")


class Ground:
    """The text of a wish, asked whether it says something."""

    def __init__(self, text: str, currency: str) -> None:
        self.low = text.casefold()
        self.key = f" {title_key(text)} "
        self.amounts = {number.value for number in numbers_in(self.low, currency) if number.value is not None}
        self.amounts |= {
            Decimal(found.replace(",", ""))
            for found in _PLAIN_NUMBER.findall(self.low)
            if found.replace(",", "").count(".") <= 1
        }
        self.amounts |= {
            amount * 1000
            for amount in self.amounts
            if re.search(rf"{amount.normalize():f}\s?(?:k\b|grand|thousand)", self.low)
        }

    def says_amount(self, amount: Decimal) -> bool:
        """Whether the text holds this amount, or one that "around" leads here from."""
        return amount in self.amounts or any(
            re.search(r"around|about|roughly|approx|circa|~|ish\b", self.low)
            and there
            and abs(amount - there) / there <= _CLOSE
            for there in self.amounts
        )

    def says_share(self, percent: int) -> bool:
        """Whether the text holds this number of percent, in figures or as a share."""
        figures = re.search(rf"(?<![\d.]){percent}\s?(?:%|-|–|to|per ?cent|pct)", self.low)
        return bool(figures) or any(value == percent and re.search(pattern, self.low) for pattern, value in _SHARES)

    def says(self, words: str) -> bool:
        """Whether all these words stand in the text, whole, in any order, give or take a plural."""
        wanted = title_key(words).split()
        return bool(wanted) and all(self._has(word) for word in wanted)

    def says_time(self) -> bool:
        """Whether the text says anything of a time."""
        return bool(_TIME.search(self.low))

    def _has(self, word: str) -> bool:
        forms = {word, f"{word}s", word.removesuffix("s"), f"{word}es", word.removesuffix("es")}
        return any(f" {form} " in self.key for form in forms if form)
