"""What somebody typed into the search box, read.

    sony headphones          both words, in any order and form
    "noise cancelling"       these words side by side
    -refurbished  -"open box"   not these
    sony or bose             one of the two

Anything else that people type is words: there is no way to write a query that is an error.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

MOST_TERMS: Final = 16
_LONGEST: Final = 40  # characters; what is longer is no word, and no title has it
_PIECE = re.compile(r"""(?P<minus>(?<![^\s(])-)?(?:["“”](?P<phrase>[^"“”]*)["“”]?|(?P<word>[^\s"“”]+))""")
_WORD = re.compile(r"[^\W_]+(?:[-./'’+][^\W_]+)*")
_BARE = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. Each of `terms` is a word and those that may stand in its place; all must be met, and all `phrases`,
    and none of `excluded`. `text` is what a person would call the thing: the words without signs and exclusions."""

    terms: tuple[tuple[str, ...], ...] = ()
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return " ".join([*(" ".join(term) for term in self.terms), *self.phrases])

    @property
    def wants_something(self) -> bool:
        """False where nothing but exclusions, or nothing at all, was typed."""
        return bool(self.terms or self.phrases)

    @property
    def is_plain(self) -> bool:
        """True for words alone, without any sign of the language above."""
        return not self.phrases and not self.excluded and all(len(term) == 1 for term in self.terms)


def read_query(text: str) -> Query:
    """Read what was typed; of more than 16 terms the first count."""
    terms: list[tuple[str, ...]] = []
    phrases, excluded = [], []
    joins = False
    for piece in _PIECE.finditer(_plain(text)):
        words = words_of(piece["phrase"] if piece["phrase"] is not None else piece["word"])
        if not words:
            continue
        if piece["minus"]:
            excluded.append(" ".join(words))
        elif piece["phrase"] is not None and len(words) > 1:
            phrases.append(" ".join(words))
        elif words == ["or"] and terms and piece["phrase"] is None:
            joins = True
            continue
        else:
            first, *others = words
            terms[-1:] = [(*terms[-1], first)] if joins else [*terms[-1:], (first,)]
            terms += [(other,) for other in others]
        joins = False
    return Query(tuple(terms[:MOST_TERMS]), tuple(phrases[:MOST_TERMS]), tuple(excluded[:MOST_TERMS]))


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, in order. A model number such as `wh-1000xm5` is one word."""
    return [word for word in _WORD.findall(_plain(text)) if len(word) <= _LONGEST]


def bare(word: str) -> str:
    """The word without the signs in it: `wh-1000xm5` is `wh1000xm5`."""
    return _BARE.sub("", word)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
