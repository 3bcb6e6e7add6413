"""When two titles name the same product, though a shop wrote more words around it.

Rules on purpose, and strict ones: the same normalised title; or the same model number (`WH-1000XM5`, `75375`) and no
other; or a title that holds the words of the other, with the same numbers and the same version ("Pro", "mini"). What
they miss is still compared as similar.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from agents.pricing.text import Prepared
from agents.pricing.wording import Integers, Wording, buckets, dots, weighted, word_rows

NameBuckets = tuple[bytes, bytes, bytes]

_HELD = 0.9  # of the weight of the known product's title that must be in the other title
_TELLING = 0.55  # of the weight of the other title that the known one must explain
_RELATED = 0.5  # sentence vectors of one product are never further apart than that
_UNITS = (
    r"(?:gb|tb|mb|in|inch|inches|cm|mm|m|ft|w|kw|v|hz|ghz|mhz|mah|ah|wh|ml|l|oz|lb|lbs|kg|g|mp|k|p|x|qt|quart|pack|pk|pc|pcs|"
    r"piece|pieces|ct|count|st|nd|rd|th|gen|d|bit|core|port|speed|way|year|yr|month|day|hour|hr|min|pin|tier|person|seat|cup|burner)"
)
_VERSIONS = {
    "pro",
    "max",
    "ultra",
    "plus",
    "mini",
    "lite",
    "slim",
    "air",
    "se",
    "xl",
    "xxl",
    "junior",
    "kids",
    "premium",
}
_VERSIONS |= {"deluxe", "elite", "digital", "evo", "fe"}
_DIGIT = re.compile(r"\d")
_QUANTITY = re.compile(rf"^\d+(?:[.x/-]\d+)*-?{_UNITS}?$|^\d+-in-\d+$")


def is_model_number(word: str) -> bool:
    """Letters and digits in one word that is no quantity (`wh-1000xm5`, but not `27-inch`), or 5 to 7 digits alone."""
    if word.isdigit():
        return 5 <= len(word) <= 7
    plain = word.replace("-", "")
    return len(plain) >= 4 and any(map(str.isdigit, word)) and any(map(str.isalpha, word)) and not _QUANTITY.match(word)


def name_buckets(item: Prepared) -> NameBuckets:
    """The buckets of a title's words, of its marks and of its model numbers, as `Names` has them."""
    words = frozenset(item.title_words)
    marks = [word for word in words if word in _VERSIONS or _DIGIT.search(word)]
    return buckets(words), buckets(marks), buckets([word for word in words if is_model_number(word)])


@dataclass(frozen=True)
class Names:
    """The titles of m things as sparse rows of words: all of them (by the root of their rarity), the marks that tell one
    version from another (words with a digit, and "pro", "mini" and the like), and the model numbers."""

    words: sparse.csr_matrix
    marks: sparse.csr_matrix
    models: sparse.csr_matrix

    @classmethod
    def of(cls, items: Sequence[Prepared], wording: Wording) -> Names:
        return cls.of_buckets([name_buckets(item) for item in items], wording)

    @classmethod
    def of_buckets(cls, names: Sequence[NameBuckets], wording: Wording) -> Names:
        """From what `name_buckets` gave for each."""
        words, marks, models = (word_rows([name[part] for name in names]) for part in range(3))
        return cls(weighted(words, np.sqrt(wording.word_rarity)), marks, models)

    def take(self, rows: Integers) -> Names:
        return Names(self.words[rows], self.marks[rows], self.models[rows])

    @classmethod
    def joined(cls, first: Names, second: Names) -> Names:
        """The rows of both, those of `first` first."""
        pairs = ((getattr(first, name), getattr(second, name)) for name in ("words", "marks", "models"))
        return cls(*(sparse.vstack(pair, format="csr") for pair in pairs))


def same_product(
    own: Names, known: Names, rows: Integers, similarity: npt.NDArray[np.float32]
) -> npt.NDArray[np.bool_]:
    """Whether item i and the known product `rows[i, j]` are the same by their names; (n, k), False where a row is −1."""
    if known.words.shape[0] == 0:  # a catalogue without products
        return np.zeros(rows.shape, dtype=bool)
    shared, marks, models = (
        dots(getattr(own, name), getattr(known, name), rows) for name in ("words", "marks", "models")
    )
    at = np.maximum(rows, 0)
    held = shared >= _HELD * _weight(known.words)[at] - 1e-6
    telling = shared >= _TELLING * _weight(own.words)[:, None]
    version = (marks == _weight(known.marks)[at]) & (marks == _weight(own.marks)[:, None])
    contained = held & telling & version & (shared > 0)
    one_model = (models >= 1) & ((models == _weight(known.models)[at]) | (models == _weight(own.models)[:, None]))
    same: npt.NDArray[np.bool_] = (rows >= 0) & (similarity >= _RELATED) & (contained | one_model)
    return same


def _weight(matrix: sparse.csr_matrix) -> npt.NDArray[np.float32]:
    total: npt.NDArray[np.float32] = np.asarray(matrix.multiply(matrix).sum(axis=1), dtype=np.float32).ravel()
    return total
