"""Texts as sparse rows over hashed words, word pairs and character n-grams, weighted by how rare each is (TF–IDF).

Hashing keeps the artefact free of any training text, and its size fixed. The hashes are our own (CRC-32 for words, a
polynomial over bytes for characters), because Python's `hash` differs from process to process.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from agents.pricing.text import Prepared, words_of

WORD_BITS: Final = 17
CHARACTER_BITS: Final = 18
WORDS: Final = 1 << WORD_BITS
WIDTH: Final = WORDS + (1 << CHARACTER_BITS)
_SIZES: Final = (3, 4, 5)
_MOST_CHARACTERS: Final = 240
_MOST_WORDS: Final = 80

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
    """Counts of character n-grams, all texts at once: rolling polynomial hashes over one buffer of bytes."""
    encoded = [b" " + text[:_MOST_CHARACTERS].encode("ascii", "replace") + b" \0" for text in texts]
    buffer = np.frombuffer(b"".join(encoded), dtype=np.uint8).astype(np.uint64)
    owner = np.repeat(np.arange(len(texts), dtype=np.int64), [len(part) for part in encoded])
    rows, columns = [], []
    for size in _SIZES:
        if len(buffer) < size:
            continue
        count = len(buffer) - size + 1
        value = np.full(count, size, dtype=np.uint64)
        whole = np.ones(count, dtype=bool)
        for offset in range(size):
            part = buffer[offset : offset + count]
            value = value * np.uint64(257) + part
            whole &= part != 0
        bucket = (value * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - CHARACTER_BITS)
        rows.append(owner[:count][whole])
        columns.append(bucket[whole].astype(np.int64))
    shape = (len(texts), 1 << CHARACTER_BITS)
    if not rows:
        return sparse.csr_matrix(shape, dtype=np.float32)
    row, column = np.concatenate(rows), np.concatenate(columns)
    return sparse.csr_matrix((np.ones(len(row), dtype=np.float32), (row, column)), shape=shape)


def _unit(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1))).ravel()
    scale = sparse.diags((1 / np.maximum(length, 1e-9)).astype(np.float32))
    return (scale @ matrix).tocsr()


class Wording:
    """The rarity of every bucket, learned once from training texts, and the sparse rows made with it."""

    def __init__(self, rarity: Floats) -> None:
        self.rarity = rarity.astype(np.float32)

    @classmethod
    def learn(cls, items: Sequence[Prepared]) -> Wording:
        """Learn the rarities, ln((1 + n) / (1 + number of texts with it)) + 1, from prepared texts."""
        counts = cls._counts(items)
        seen = np.asarray((counts > 0).sum(axis=0)).ravel()
        return cls(np.log((1 + len(items)) / (1 + seen)) + 1)

    @staticmethod
    def _counts(items: Sequence[Prepared]) -> sparse.csr_matrix:
        columns = []
        for item in items:
            words = words_of(item.text)[:_MOST_WORDS]
            pairs = [f"{left} {right}" for left, right in pairwise(words)]
            columns.append([_word_bucket(word) for word in (*words, *pairs)])
        words_matrix = _rows(columns, WORDS)
        words_matrix.sum_duplicates()
        return sparse.hstack([words_matrix, _characters([item.text for item in items])], format="csr")

    def features(self, items: Sequence[Prepared]) -> sparse.csr_matrix:
        """(n, WIDTH) float32: words and pairs in the first `WORDS` columns, characters after; each part of length one."""
        counts = self._counts(items)
        counts.data = 1 + np.log(counts.data)
        weighted = (counts @ sparse.diags(self.rarity)).tocsr()
        return sparse.hstack([_unit(weighted[:, :WORDS]), _unit(weighted[:, WORDS:])], format="csr").astype(np.float32)

    def words(self, items: Sequence[Prepared]) -> sparse.csr_matrix:
        """(n, WORDS) float32 rows of length one over the distinct single words that open a text: for likeness."""
        matrix = word_rows([item.words for item in items])
        return _unit((matrix @ sparse.diags(self.rarity[:WORDS])).tocsr().astype(np.float32))


def word_rows(texts: Sequence[Collection[str]]) -> sparse.csr_matrix:
    """(n, WORDS) rows with a one for each word."""
    return _rows([sorted({_word_bucket(word) for word in words}) for words in texts], WORDS)


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
