"""Typing errors in the words that matter: a wish is read as if they had been written right."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from agents.planning.interpreting.vocabulary import (
    brand_key,
    brands,
    everyday_brands,
    known_errors,
    ordinary,
    places,
    things,
    word_set,
)

# Of the grammar itself. Those that are mistyped in more ways than one letter stand in `words/errors.txt`.
_RULES: Final = word_set("grammar")
_PHRASES: Final = (
    (re.compile(r"\b(less|more|cheaper|lower|higher|greater|fewer) then\b", re.I), r"\1 than"),
    (re.compile(r"\bup too\b(?=\s*[£$€\d])", re.I), "up to"),
    (re.compile(r"(%|\bpercent) of\b(?=\s*(?:[,.;!?]|$))", re.I), r"\1 off"),
    (re.compile(r"\b4(?= (?:an?|my|the|me|us|our)\b)", re.I), "for"),
    (re.compile(r"\bl(?:es|ees)(?= th[ae]n\b)", re.I), "less"),
    (re.compile(r"\b(?:blow|blew|bellow)(?= ?[£$€]?\d)", re.I), "below"),
    (re.compile(r"\bnot (?:then|more then)\b", re.I), "not more than"),
    (re.compile(r"\bno more then\b", re.I), "no more than"),
    (re.compile(r"\b(?:an? )?fiver\b", re.I), "5 pounds"),
    (re.compile(r"\b(?:an? )?tenner\b", re.I), "10 pounds"),
)
_WORD: Final = re.compile(r"(?<![\w@./-])[^\W\d_][^\W\d_'’]*(?:/out|'d|-bay|-hand)?(?![\w@])|\b(?:2nd-?hand|b4)\b")


def corrected(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The text with its typing errors mended, and which word was read as which."""
    changes: list[tuple[str, str]] = []

    def mend(match: re.Match[str]) -> str:
        word = match[0]
        better = _better(word.casefold())
        if better is None:
            return word
        changes.append((word, better))
        return better

    mended = _WORD.sub(mend, text)
    for pattern, better in _PHRASES:
        mended = pattern.sub(better, mended)
    return mended, changes


@lru_cache(maxsize=4096)
def _better(word: str) -> str | None:
    """What a word was meant to be; None where it is right, or where nobody can tell."""
    if word in known_errors():
        return known_errors()[word]
    if (
        len(word) < 5
        or not word.isascii()
        or word in ordinary()
        or word in _RULES
        or brand_key(word) in _brand_words()
        or word in _place_words()
    ):
        return None
    if _inflected(word):
        return None
    for known in (
        (_RULES, things(), _mended_brands())
        if len(word) > 5
        else (_RULES, _longer(things()), _longer(_mended_brands()))
    ):
        near = [other for other in known if _is_near(word, other)]
        if near:
            return min(near, key=lambda other: (_distance(word, other), abs(len(word) - len(other)), other))
    return None


def _inflected(word: str) -> bool:
    """A plural or another form of a word that is known."""
    stems = {
        word.removesuffix("s"),
        word.removesuffix("es"),
        word.removesuffix("ed"),
        word.removesuffix("ing"),
        word.removesuffix("er"),
        word.removesuffix("y"),
        word + "s",
        word.removesuffix("ly"),
    }
    return any(stem in ordinary() or stem in _RULES for stem in stems - {word} | {word + "s"})


def _is_near(word: str, other: str) -> bool:
    if word[0] != other[0] or len(other) < 5 or other in {word + "s", word.removesuffix("s")}:
        return False
    allowed = 2 if min(len(word), len(other)) >= 9 else 1
    return abs(len(word) - len(other)) <= allowed and _distance(word, other) <= allowed


def _distance(one: str, two: str) -> int:
    """Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours."""
    before: list[int] = []
    last = list(range(len(two) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, other in enumerate(two, 1):
            cost = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == two[column - 2] and one[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            now.append(cost)
        before, last = last, now
    return last[-1]


@lru_cache(maxsize=1)
def _brand_words() -> frozenset[str]:
    return frozenset(key for key in brands().names if " " not in key)


@lru_cache(maxsize=4)
def _longer(words: frozenset[str]) -> frozenset[str]:
    """Words of which one of five letters can only be a shorter form: "laptp"."""
    return frozenset(word for word in words if len(word) == 6)


@lru_cache(maxsize=1)
def _mended_brands() -> frozenset[str]:
    return frozenset(key for key in everyday_brands() if " " not in key)


@lru_cache(maxsize=1)
def _place_words() -> frozenset[str]:
    return frozenset(word for place in places() for word in place.split())
