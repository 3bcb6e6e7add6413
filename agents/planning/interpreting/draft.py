"""The text of a wish while it is read: each rule takes out what it understood, so that no word is read twice."""

from __future__ import annotations

import re
from typing import Final

TAKEN: Final = "\x00"
"""What stands where something was taken: no word goes on across it."""


def lowered(text: str) -> str:
    """The text in lower case, letter by letter, so that places in both are the same."""
    return "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)


class Draft:
    """`text` is as it was written (and corrected), `low` the same in lower case; what was taken is blanked in both."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.low = lowered(text)
        self.whole = text

    def take(self, start: int, end: int) -> str:
        """Take out a part; returns it as it was written."""
        words = self.whole[start:end].strip(" ,;:")
        blank = TAKEN * (end - start)
        self.text = self.text[:start] + blank + self.text[end:]
        self.low = self.low[:start] + blank + self.low[end:]
        return words

    def pass_over(self, start: int, end: int) -> None:
        """Leave spaces where a part was understood that other words go on across."""
        blank = " " * (end - start)
        self.text = self.text[:start] + blank + self.text[end:]
        self.low = self.low[:start] + blank + self.low[end:]

    def take_all(self, pattern: re.Pattern[str]) -> list[str]:
        """Take out every place that a pattern finds in the lower case."""
        return [self.take(*match.span()) for match in list(pattern.finditer(self.low))]
