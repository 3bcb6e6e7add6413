"""Spellings of one word: typing errors, and model numbers that are written apart or together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

SHORTEST: Final = 6
"""Letters of the shortest word that an error is forgiven in; below, one letter too often makes another word (stem, steam)."""
_SHORTEST_CHANGED: Final = 8
"""A letter in place of another is forgiven from here on: cooker and cooler, charger and changer are not the same."""
MOST_PIECES: Final = 3
_PIECE: Final = re.compile(r"[a-z]+|[0-9]+")
_MODEL: Final = re.compile(r"(?=.*[a-z])(?=.*[0-9])[a-z0-9]{3,24}")


def is_near(first: str, second: str) -> bool:
    """Whether one of two different words is the other with one typing error: a letter left out or typed twice, two in the wrong
    order, or in longer words one for another. Words of letters alone, the first one right; a number is never an error."""
    if min(len(first), len(second)) < SHORTEST or first[0] != second[0] or not (first + second).isalpha():
        return False
    if len(first) == len(second):
        differ = [at for at, (one, other) in enumerate(zip(first, second, strict=True)) if one != other]
        if len(differ) == 1:
            return len(first) >= _SHORTEST_CHANGED
        return len(differ) == 2 and differ[1] - differ[0] == 1 and _swapped(first, second, differ[0])
    shorter, longer = sorted((first, second), key=len)
    return len(longer) - len(shorter) == 1 and any(
        longer[:at] + longer[at + 1 :] == shorter for at in range(1, len(longer))
    )


def _swapped(first: str, second: str, at: int) -> bool:
    return first[at] == second[at + 1] and first[at + 1] == second[at]


def is_model(word: str) -> bool:
    """Whether a word may be a model number or a size: letters and figures together, at most 24 of them."""
    return _MODEL.fullmatch(word) is not None


def written_apart(word: str) -> list[str]:
    """The ways in which a word of letters and figures is written apart, between a letter and a figure, in two or three pieces:
    "wh1000xm5" as "wh 1000xm5", "wh1000 xm5", "wh 1000 xm5" and so on."""
    if not is_model(word):
        return []
    pieces = _PIECE.findall(word)
    return [" ".join(parts) for parts in _divided(pieces) if 1 < len(parts) <= MOST_PIECES]


def written_together(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The ways in which words that stand side by side may be written, some of them in one, where a letter meets a figure; the
    words as they are come first."""
    yield from _divided(words)


def _divided(pieces: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """All divisions of the pieces into runs, each run in one; only a letter and a figure are joined. Singly first."""
    if not pieces:
        yield ()
        return
    for length in range(1, len(pieces) + 1):
        run = pieces[:length]
        if all(_meet(one, other) for one, other in pairwise(run)):
            for rest in _divided(pieces[length:]):
                yield ("".join(run), *rest)


def _meet(one: str, other: str) -> bool:
    return one[-1:].isalpha() != other[:1].isalpha()
