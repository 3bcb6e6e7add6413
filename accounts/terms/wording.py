"""Reading the words of a goal: which words have to be there, and what may stand in place of each.

What a goal asks for is a list of *clauses*, all of which have to hold; a clause is a list of *phrases*, one of which is
enough; and a phrase is words, all of which have to be there. "TV 55 inch" is three clauses, the first of them
"tv" or "television" or "telly".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from accounts.models import Goal
from common.words.spelling import MOST_PIECES, written_together
from common.words.synonyms import same_things

Clause = tuple[str, ...]

_AMOUNTS: Final = re.compile(
    r"((under|below|less than|up to|max|maximum|at most|around|about|over|above|from|at least)\s+)?"
    r"[$€£¥]\s?\d[\d.,]*"
    r"|(under|below|less than|up to|max|maximum|at most|around|about|over|above|at least)\s+\d[\d.,]*"
    r"(\s*(dollars|euros|pounds|bucks|usd|eur|gbp|aud|cad))?",
    re.IGNORECASE,
)
_DOMAIN: Final = re.compile(r"\.(com\.|co\.)?[a-z]{2,4}$")
_NOT_ALNUM: Final = re.compile(r"[\W_]+")
_EDGES: Final = "()[]{}<>,.:;!?\"'“”‘’*/|"
_HYPHENED: Final = re.compile(r"\b([^\W\d_]{2,})-([^\W\d_]{2,})\b")
_PIECES: Final = re.compile(r"[\s-]+")


def asked_by(goal: Goal) -> list[Clause]:
    """The clauses of a goal's keywords; of its title, amounts left out, where it has neither keywords nor brands nor a category."""
    by_title = [] if goal.brands or goal.category else [_AMOUNTS.sub(" ", goal.title)]
    texts = goal.keywords or by_title
    return [clause for text in texts for clause in clauses_of(text)]


def excluded_by(goal: Goal) -> list[str]:
    """The phrases that rule an offer out; a word with hyphens ("open-box") also in two words and in one, as titles write it."""
    found = dict.fromkeys(goal.excluded_keywords)
    for keyword in goal.excluded_keywords:
        if _HYPHENED.search(keyword):
            found |= {_HYPHENED.sub(r"\1 \2", keyword): None, _HYPHENED.sub(r"\1\2", keyword): None}
    return list(found)


def said_by(goal: Goal) -> str:
    """What a goal says it is for, in one line: what is embedded where its meaning counts."""
    said = [*goal.brands, *(goal.keywords or [_AMOUNTS.sub(" ", goal.title)]), goal.category]
    return " ".join(dict.fromkeys(" ".join(said).split()))


def clauses_of(text: str) -> Iterator[Clause]:
    """The clauses of one keyword: words for the same thing (`synonyms.toml`), and a model number apart or together."""
    words = text.split()
    while words:
        length, others = same_things(words)
        if length:
            yield (" ".join(words[:length]), *others)
        elif length := _model_length(words):
            phrase = " ".join(words[:length])
            yield tuple(dict.fromkeys((phrase, *_spellings(phrase))))
        else:
            length = 1
            yield (_apart(words[0]),)
        words = words[length:]


def _apart(word: str) -> str:
    """A word with hyphens as the words that it is made of: a title with "noise-cancelling" has these as well, one with "noise cancelling"
    these alone. One with a single letter ("T-shirt") stays, since letters say nothing by themselves."""
    pieces = pieces_of(word)
    return " ".join(pieces) if len(pieces) > 1 and all(len(piece) > 1 for piece in pieces) else word


def _model_length(words: Sequence[str]) -> int:
    """How many words at the beginning may be one model number or size: letters that meet figures, three pieces at most."""
    length = pieces = 0
    for at, word in enumerate(words):
        parts = pieces_of(word)
        if not parts or pieces + len(parts) > MOST_PIECES or same_things(words[at:])[0]:
            break
        if length and not _meets(words[length - 1], word):
            break
        length, pieces = length + 1, pieces + len(parts)
    return length if pieces > 1 and any(len(spelling) < pieces for spelling in _written(words[:length])) else 0


def _meets(word: str, following: str) -> bool:
    return pieces_of(word)[-1][-1].isalpha() != pieces_of(following)[0][0].isalpha()


def pieces_of(text: str) -> list[str]:
    """The pieces of a text that a model number is made of: plain letters and figures between spaces and hyphens, in small letters;
    none where anything else stands in between."""
    pieces = [piece.strip(_EDGES) for piece in _PIECES.split(text.lower())]
    kept = [piece for piece in pieces if piece]
    return kept if all(piece.isascii() and piece.isalnum() for piece in kept) else []


def _written(words: Sequence[str]) -> list[tuple[str, ...]]:
    return list(written_together(pieces_of(" ".join(words))))


def _spellings(phrase: str) -> list[str]:
    return [" ".join(parts) for parts in _written([phrase])]


def places_of(marketplaces: Iterable[str]) -> list[str]:
    """Marketplaces without domain, spaces and marks, so that "Best Buy" is "bestbuy.com"."""
    return [_NOT_ALNUM.sub("", _DOMAIN.sub("", place.lower())) for place in marketplaces]
