"""Texts as sparse rows over hashed words, word pairs and character n-grams, weighted by how rare each is (TF–IDF).

Hashing keeps the artefact free of any training text. The hashes are our own (CRC-32 for words, a polynomial over bytes for
characters), because Python's `hash` differs from process to process. The space is wide, so that hardly two words share a
bucket, and only buckets that occur in several training texts are kept: a model learns nothing from the others.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from agents.pricing.text import Prepared, words_of

WORD_BITS: Final = 20
CHARACTER_BITS: Final = 20
WORDS: Final = 1 << WORD_BITS
_SPACE: Final = WORDS + (1 << CHARACTER_BITS)
_SIZES: Final = (3, 4, 5)
_MOST_CHARACTERS: Final = 400
_BLANK: Final = ord(" ")
_PART: Final = 8192

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]


@lru_cache(maxsize=400_000)
def _word_bucket(word: str) -> int:
    return zlib.crc32(word.encode()) & (WORDS - 1)


def _rows(columns: list[list[int]], width: int) -> sparse.csr_matrix:
    lengths = np.fromiter((len(row) for row in columns), dtype=np.int64, count=len(columns))
    indices = np.fromiter((column for row in columns for column in row), dtype=np.int32, count=int(lengths.sum()))
    start = np.concatenate([[0], np.cumsum(lengths)])
    return sparse.csr_matrix((np.ones(len(indices), dtype=np.float32), indices, start), shape=(len(columns), width))


def _characters(texts: Sequence[str]) -> sparse.csr_matrix:
    """Counts of the character n-grams within words (a blank may begin or end one), all texts at once: rolling polynomial
    hashes over one buffer of bytes."""
    encoded = [b" " + text[:_MOST_CHARACTERS].encode("ascii", "replace") + b" \0" for text in texts]
    buffer = np.frombuffer(b"".join(encoded), dtype=np.uint8)
    owner = np.repeat(np.arange(len(texts), dtype=np.int64), [len(part) for part in encoded])
    rows, columns = [], []
    for size in _SIZES:
        count = max(0, len(buffer) - size + 1)
        value = np.full(count, size, dtype=np.uint64)
        whole = np.ones(count, dtype=bool)
        for offset in range(size):
            part = buffer[offset : offset + count]
            value = value * np.uint64(257) + part
            whole &= part != 0 if offset in (0, size - 1) else (part != 0) & (part != _BLANK)
        bucket = (value * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - CHARACTER_BITS)
        rows.append(owner[:count][whole])
        columns.append(bucket[whole].astype(np.int64))
    row, column = np.concatenate(rows), np.concatenate(columns)
    shape = (len(texts), 1 << CHARACTER_BITS)
    return sparse.csr_matrix((np.ones(len(row), dtype=np.float32), (row, column)), shape=shape)


def _unit(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    length = np.sqrt(np.bincount(row, weights=matrix.data**2, minlength=matrix.shape[0]))
    data = (matrix.data / np.maximum(length, 1e-9)[row]).astype(np.float32)
    return sparse.csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)


class Wording:
    """The rarity of the buckets that were seen in training texts, and the sparse rows made with them.

    `columns` are the kept buckets in ascending order and `rarity` belongs to them; a bucket that is not kept counts as seen
    once where words are compared, and not at all in `features`.
    """

    def __init__(self, columns: npt.NDArray[np.int32], rarity: Floats, texts: int) -> None:
        self.columns = columns.astype(np.int32)
        self.rarity = rarity.astype(np.float32)
        self.texts = texts
        self.width = len(columns)
        self.words_width = int(np.searchsorted(columns, WORDS))
        self._place = np.full(_SPACE, -1, dtype=np.int32)
        self._place[self.columns] = np.arange(self.width, dtype=np.int32)
        self.word_rarity = np.full(WORDS, np.log((1 + texts) / 2) + 1, dtype=np.float32)
        self.word_rarity[self.columns[: self.words_width]] = self.rarity[: self.words_width]

    @classmethod
    def learn(cls, items: Sequence[Prepared], *, least_words: int = 3, least_characters: int = 5) -> Wording:
        """Learn the rarities, ln((1 + n) / (1 + number of texts with it)) + 1, of what occurs in so many texts at least."""
        seen = np.zeros(_SPACE, dtype=np.int64)
        for start in range(0, len(items), _PART):
            counts = cls._counts(items[start : start + _PART])
            seen += np.bincount(counts.indices, minlength=_SPACE)
        kept = np.concatenate(
            [np.flatnonzero(seen[:WORDS] >= least_words), WORDS + np.flatnonzero(seen[WORDS:] >= least_characters)]
        )
        return cls(kept.astype(np.int32), np.log((1 + len(items)) / (1 + seen[kept])) + 1, len(items))

    @staticmethod
    def _counts(items: Sequence[Prepared]) -> sparse.csr_matrix:
        columns = []
        for item in items:
            words = words_of(item.text)
            pairs = [f"{left} {right}" for left, right in pairwise(words)]
            columns.append([_word_bucket(word) for word in (*words, *pairs)])
        counts = sparse.hstack([_rows(columns, WORDS), _characters([item.text for item in items])], format="csr")
        counts.sum_duplicates()
        return counts

    def features(self, items: Sequence[Prepared]) -> sparse.csr_matrix:
        """(n, width) float32: words and pairs in the first `words_width` columns, characters after; each part of length one."""
        parts = [self._features(items[start : start + _PART]) for start in range(0, len(items), _PART)]
        empty = sparse.csr_matrix((0, self.width), dtype=np.float32)
        return sparse.vstack([empty, *parts], format="csr", dtype=np.float32)

    def _features(self, items: Sequence[Prepared]) -> sparse.csr_matrix:
        counts = self._counts(items)
        place = self._place[counts.indices]
        known = place >= 0
        row = np.repeat(np.arange(len(items), dtype=np.int64), np.diff(counts.indptr))[known]
        column = place[known]
        value = (1 + np.log(counts.data[known])) * self.rarity[column]
        # A row's words and its characters are scaled apart: 2·row is the words' square, 2·row + 1 the characters'.
        part = 2 * row + (column >= self.words_width)
        square = np.bincount(part, weights=value**2, minlength=2 * len(items))
        value = value / np.sqrt(np.maximum(square, 1e-18))[part]
        return sparse.csr_matrix((value.astype(np.float32), (row, column)), shape=(len(items), self.width))

    def words(self, items: Sequence[Prepared]) -> sparse.csr_matrix:
        """(n, WORDS) float32 rows of length one over the distinct single words that open a text: for likeness."""
        return self.likeness_rows([buckets(item.words) for item in items])

    def likeness_rows(self, rows: Sequence[bytes]) -> sparse.csr_matrix:
        """The same from the `buckets` of each text's words."""
        return _unit(weighted(word_rows(rows), self.word_rarity))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Which buckets are kept is one bit for each."""
        return {
            "kept": np.packbits(self._place >= 0),
            "rarity": self.rarity.astype(np.float16),
            "texts": np.array([self.texts], dtype=np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[Any]]) -> Wording:
        columns = np.flatnonzero(np.unpackbits(arrays["kept"], count=_SPACE)).astype(np.int32)
        return cls(columns, arrays["rarity"].astype(np.float32), int(arrays["texts"][0]))


def weighted(matrix: sparse.csr_matrix, weights: Floats) -> sparse.csr_matrix:
    """The matrix with each column multiplied by its weight."""
    return sparse.csr_matrix((matrix.data * weights[matrix.indices], matrix.indices, matrix.indptr), shape=matrix.shape)


def buckets(words: Collection[str]) -> bytes:
    """The distinct buckets of words in ascending order, as 32-bit integers: small to keep, and quick to put together."""
    return array("i", sorted({_word_bucket(word) for word in words})).tobytes()


def word_rows(rows: Sequence[bytes]) -> sparse.csr_matrix:
    """(n, WORDS) rows with a one for each of the `buckets` of a row."""
    indices = np.frombuffer(b"".join(rows), dtype=np.int32)
    start = np.zeros(len(rows) + 1, dtype=np.int32)
    np.cumsum(np.fromiter(map(len, rows), dtype=np.int32, count=len(rows)) // indices.itemsize, out=start[1:])
    return sparse.csr_matrix((np.ones(len(indices), dtype=np.float32), indices, start), shape=(len(rows), WORDS))


def dots(left: sparse.csr_matrix, right: sparse.csr_matrix, rows: Integers, *, part: int = 4096) -> Floats:
    """Dot product of each row i of `left` with the rows `rows[i, j]` of `right`, which is the cosine for rows of length one;
    rows of −1 give 0. Shapes (n, ·), (m, ·), (n, k)."""
    result = np.zeros(rows.shape, dtype=np.float32)
    if not right.shape[0]:
        return result
    wide = rows.shape[1]
    for start in range(0, len(rows), part):
        chunk = rows[start : start + part]
        repeated = left[np.repeat(np.arange(start, start + len(chunk)), wide)]
        product = repeated.multiply(right[np.maximum(chunk, 0).ravel()]).sum(axis=1)
        result[start : start + len(chunk)] = np.asarray(product).reshape(chunk.shape)
    result[rows < 0] = 0
    return result
