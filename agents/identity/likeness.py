"""How alike two names are: the features that the model of identity weighs, and the rules that no likeness overrules.

A feature is a number that grows or shrinks with the chance that two names name one thing. How rare a word is comes from a table that
was learned from product titles (hashes, no words).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from agents.identity.names import Name

Floats = npt.NDArray[np.float64]

BUCKETS: Final = 1 << 15
FEATURES: Final = (
    "words", "held_left", "held_right", "rarest_missing_left", "rarest_missing_right", "shared_rare", "trigrams", "held_trigrams",
    "sequence", "models_shared", "models_related", "models_conflict", "models_left", "models_right", "model_elsewhere",
    "numbers_shared", "numbers_missing", "numbers_conflict", "versions_shared", "versions_differ", "colours_shared", "colours_conflict",
    "first_word", "brand", "length", "length_ratio", "same_variant", "lead_words",
)  # fmt: skip
_LONGEST_SEQUENCE: Final = 160
_STORAGE: Final = re.compile(r"\d+(?:gb|tb)")


def bucket_of(word: str) -> int:
    """The place of a word in the table of rarities."""
    return zlib.crc32(word.encode()) % BUCKETS


def learn_rarity(names: Sequence[Name]) -> Floats:
    """The rarity of each bucket, ln((1 + n) / (1 + names with it)) + 1."""
    seen = np.zeros(BUCKETS)
    for name in names:
        seen[list({bucket_of(word) for word in name.words})] += 1
    return np.log((1 + len(names)) / (1 + seen)) + 1


@lru_cache(maxsize=20_000)
def _trigrams(text: str) -> frozenset[str]:
    padded = f"  {text} "
    return frozenset(padded[at : at + 3] for at in range(len(padded) - 2))


def related(left: str, right: str) -> bool:
    """Whether one model number is the other with something behind it, such as a colour (`mdrj10`, `mdrj10blue`)."""
    short, long = sorted((left, right), key=len)
    return len(short) >= 4 and (long.startswith(short) or (len(short) >= 5 and long.endswith(short)))


def refused(left: Name, right: Name) -> str:
    """Why two names are never the same thing, however alike they are, in a sentence; empty where nothing speaks against it."""
    if left.variant != right.variant:
        return f"One is {left.variant or 'a whole thing'} and the other {right.variant or 'a whole thing'}."
    if _models(left, right)[2]:
        return "Their model numbers differ."
    storage = [{word for word in name.words if _STORAGE.fullmatch(word)} for name in (left, right)]
    if all(storage) and storage[0] != storage[1]:
        return "Their storage differs."
    return ""


def doubtful(left: Name, right: Name) -> bool:
    """Whether some word may tell two variants apart, so that a person has to look: a version, a colour, a number or a maker that
    only one of them states, or that differs."""
    return (
        left.versions != right.versions
        or left.colours != right.colours
        or left.numbers != right.numbers
        or _brand(left, right) < 0
    )


class Likeness:
    """Compares names with a table of rarities."""

    def __init__(self, rarity: Floats) -> None:
        self.rarity = rarity

    def weights(self, name: Name) -> dict[str, float]:
        """The rarity of each word of a name."""
        return {word: float(self.rarity[bucket_of(word)]) for word in name.words}

    def words(self, left: Name, right: Name) -> float:
        """The cosine of two names over their words, each by its rarity."""
        mine, other = self.weights(left), self.weights(right)
        shared = sum(weight**2 for word, weight in mine.items() if word in other)
        size = sum(weight**2 for weight in mine.values()) * sum(weight**2 for weight in other.values())
        return shared / size**0.5 if size else 0.0

    def compared(self, name: Name, candidates: Sequence[Name]) -> Floats:
        """The features of a name with each of its candidates, a row each, (candidates, len(FEATURES))."""
        rows = [self._features(name, candidate) for candidate in candidates]
        ahead = leads([row[0] for row in rows])
        return np.array([[*row, lead] for row, lead in zip(rows, ahead, strict=True)]).reshape(-1, len(FEATURES))

    def _features(self, left: Name, right: Name) -> list[float]:
        """All features but the last, which depends on the other candidates."""
        mine, other = self.weights(left), self.weights(right)
        shared = {word for word in mine if word in other or word in right.models}
        total_mine, total_other = sum(mine.values()) or 1.0, sum(other.values()) or 1.0
        grams, grams_other = _trigrams(left.text), _trigrams(right.text)
        common = len(grams & grams_other)
        return [
            self.words(left, right),
            sum(mine[word] for word in shared) / total_mine,
            sum(other[word] for word in shared if word in other) / total_other,
            max((weight for word, weight in mine.items() if word not in other), default=0.0),
            max((weight for word, weight in other.items() if word not in mine), default=0.0),
            max((mine[word] for word in shared), default=0.0),
            2 * common / ((len(grams) + len(grams_other)) or 1),
            common / (min(len(grams), len(grams_other)) or 1),
            SequenceMatcher(
                None, left.text[:_LONGEST_SEQUENCE], right.text[:_LONGEST_SEQUENCE], autojunk=False
            ).ratio(),
            *_models(left, right),
            *_numbers(left, right),
            *_variants(left, right),
            float(left.words[:1] == right.words[:1]),
            _brand(left, right),
            float(min(len(left.words), len(right.words))),
            min(len(left.text), len(right.text)) / max(len(left.text), len(right.text), 1),
            float(left.variant == right.variant),
        ]


def _models(left: Name, right: Name) -> list[float]:
    shared = left.models & right.models
    kin = sum(any(related(one, two) for two in right.models) for one in left.models - shared)
    # A part number may stand in the other name broken up, or as a part of its words ("acoustimass 5" and "am5").
    squeezed = [name.text.replace(" ", "") for name in (left, right)]
    elsewhere = sum(model in squeezed[1] for model in left.models - shared) + sum(
        model in squeezed[0] for model in right.models - shared
    )
    conflict = bool(left.models) and bool(right.models) and not shared and not kin and not elsewhere
    return [
        float(len(shared)),
        float(kin),
        float(conflict),
        float(len(left.models)),
        float(len(right.models)),
        float(elsewhere),
    ]


def _numbers(left: Name, right: Name) -> list[float]:
    shared = left.numbers & right.numbers
    one, two = left.numbers - shared, right.numbers - shared
    return [float(len(shared)), float(len(one) + len(two)), float(bool(one) and bool(two))]


def _variants(left: Name, right: Name) -> list[float]:
    return [
        float(len(left.versions & right.versions)),
        float(len(left.versions ^ right.versions)),
        float(len(left.colours & right.colours)),
        float(bool(left.colours) and bool(right.colours) and not left.colours & right.colours),
    ]


def _brand(left: Name, right: Name) -> float:
    """1 where the makers agree, −1 where both are stated and differ, 0 where one is not stated."""
    if left.brand and right.brand:
        same = left.brand.startswith(right.brand) or right.brand.startswith(left.brand)
        return 1.0 if same else -1.0
    stated, name = (left.brand, right) if left.brand else (right.brand, left)
    return 0.5 if stated and stated in name.text.replace(" ", "") else 0.0


def leads(values: Sequence[float]) -> list[float]:
    """How far each of some candidates is ahead of the best of the others; negative for those behind."""
    if len(values) < 2:
        return [1.0] * len(values)
    ordered = sorted(values, reverse=True)
    return [value - (ordered[1] if value == ordered[0] else ordered[0]) for value in values]
