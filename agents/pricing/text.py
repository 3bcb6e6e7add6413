"""One preparation of text for training and for serving: what a model sees is decided here and nowhere else.

A price that stands in the text would be a leak in training and a trap in serving (the seller would tell the model what
the thing is worth), so every amount of money goes. So does what tells a source from another (bars, case, mark-up).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from agents.pricing.caution import Caution, caution_about
from agents.pricing.quantities import Quantities, read_quantities
from common.text import title_key
from common.words.plain import clean, without_shop

_TITLE_END = re.compile(r"\s\|\s|\n")


@dataclass(frozen=True)
class Prepared:
    """An item as the models see it: `title` is its readable first part, `name` the title without money, shop and chatter,
    `key` the name normalised, and `text` everything, in lower case."""

    title: str
    name: str
    key: str
    text: str
    caution: Caution
    quantities: Quantities

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The distinct words of the first 240 characters, in order: what lexical likeness is measured on."""
        return tuple(dict.fromkeys(_WORD.findall(self.text[:240])))

    @cached_property
    def title_words(self) -> tuple[str, ...]:
        """The words of the name, in order."""
        return tuple(_WORD.findall(self.name))


_WORD = re.compile(r"[a-z0-9]+(?:[./'-][a-z0-9]+)*")


def words_of(text: str) -> list[str]:
    """The words of a prepared text, in order. A model number such as `wh-1000xm4` is one word."""
    return _WORD.findall(text)


def first_part(text: str) -> str:
    """The title of a text that came without one: up to the first bar or line break, 160 characters at most."""
    head = _TITLE_END.split(text.strip(), maxsplit=1)[0]
    return head[:160].strip()


def prepare(title: str, text: str = "") -> Prepared:
    """Prepare one item. `text` may repeat the title at its start (catalogue rows do) or be empty; either may be empty."""
    title, text = title.strip(), text.strip()
    if not title:
        title = first_part(text)
    offered = without_shop(title)
    name = clean(offered[:300]) or clean(title)
    rest = text[len(title) :] if text.lower().startswith(title.lower()) else f" | {text}"
    whole = offered + rest
    plain = clean(whole)
    return Prepared(
        title=title,
        name=name,
        key=title_key(name) or title_key(title),
        text=plain,
        caution=caution_about(title, text),
        quantities=read_quantities(plain),
    )
