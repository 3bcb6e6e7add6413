"""What the words of a text say about its price, learned once and asked by the learned estimators.

Two things: a ridge regression on all words and characters (the line), and the products that it was learned from, as a memory
of their rarest words with their prices and with what the line said wrong about each. The memory holds hashes and prices, no
texts, and travels with the model: an installation whose own catalogue is small still knows what such things used to cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from agents.pricing.catalogue.base import Floats, Integers
from agents.pricing.labels import label_columns
from agents.pricing.quantities import as_columns
from agents.pricing.ridge import Ridge
from agents.pricing.text import Prepared
from agents.pricing.wording import Wording

NEAREST: Final = 48
_SPARE: Final = 24  # fetched beyond, so that enough are left when the item's own group is left out
_PART: Final = 256
_TERMS: Final = 14

Doubles = npt.NDArray[np.float64]
Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Lexical:
    """What is known of n items by their words: the line's log price (n,), and the k most alike of the memory, (n, k):
    similarity, log price, and by how much the line missed it (residual)."""

    line: Floats
    similarity: Floats
    log_price: Floats
    residual: Floats

    def take(self, rows: Integers) -> Lexical:
        return Lexical(**{name: value[rows] for name, value in vars(self).items()})


class Memory:
    """m products as rows of their `_TERMS` weightiest words, scaled to length one, with log price and residual."""

    def __init__(self, rows: sparse.csr_matrix, log_price: Floats, residual: Floats) -> None:
        self.rows = rows
        self.log_price = log_price.astype(np.float32)
        self.residual = residual.astype(np.float32)
        self._columns = rows.T.tocsr()

    @classmethod
    def of(cls, words: sparse.csr_matrix, log_price: Doubles, residual: Doubles) -> Memory:
        """From (m, ·) rows of weighted words."""
        return cls(_weightiest(words, _TERMS), log_price.astype(np.float32), residual.astype(np.float32))

    def __len__(self) -> int:
        return len(self.log_price)

    def take(self, rows: Integers) -> Memory:
        return Memory(self.rows[rows], self.log_price[rows], self.residual[rows])

    def search(
        self, words: sparse.csr_matrix, *, groups: Integers | None = None, own: Integers | None = None
    ) -> tuple[Floats, Floats, Floats]:
        """The most alike for (n, ·) rows of length one: similarity, log price, residual, each (n, k).

        For fitting, `groups` (m,) and `own` (n,) leave out products of the item's own group.
        """
        import torch

        wanted = min(len(self), NEAREST + (_SPARE if own is not None else 0))
        similarity = np.zeros((words.shape[0], NEAREST), dtype=np.float32)
        row = np.zeros((words.shape[0], NEAREST), dtype=np.int64)
        for start in range(0, words.shape[0] if wanted else 0, _PART):
            close = torch.from_numpy((words[start : start + _PART] @ self._columns).toarray())
            top = torch.topk(close, wanted, dim=1)
            value, index = top.values.numpy(), top.indices.numpy()
            if groups is not None and own is not None:
                value = np.where(groups[index] == own[start : start + _PART, None], -1.0, value)
                order = np.argsort(-value, axis=1, kind="stable")
                value, index = np.take_along_axis(value, order, axis=1), np.take_along_axis(index, order, axis=1)
            kept = min(NEAREST, wanted)
            similarity[start : start + _PART, :kept] = np.maximum(value[:, :kept], 0)
            row[start : start + _PART, :kept] = index[:, :kept]
        if not wanted:
            nothing = np.zeros_like(similarity)
            return similarity, nothing, nothing
        return similarity, self.log_price[row], self.residual[row]

    def arrays(self) -> Arrays:
        """Column numbers as their low 16 bits and, packed, the bits above; weights in 255 steps; terms of each row counted."""
        index = self.rows.indices.astype(np.uint32)
        above = max(0, int(self.rows.shape[1] - 1).bit_length() - 16)
        return {
            "low": (index & 0xFFFF).astype(np.uint16),
            "above": np.packbits((index[None, :] >> (16 + np.arange(above, dtype=np.uint32))[:, None]) & 1, axis=1),
            "weight": np.round(255 * np.clip(self.rows.data, 0, 1)).astype(np.uint8),
            "terms": np.diff(self.rows.indptr).astype(np.uint8),
            "log_price": self.log_price.astype(np.float16),
            "residual": self.residual.astype(np.float16),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays, width: int) -> Memory:
        index = arrays["low"].astype(np.int32)
        for place, bits in enumerate(arrays["above"]):
            index |= np.unpackbits(bits, count=len(index)).astype(np.int32) << (16 + place)
        start = np.concatenate([[0], np.cumsum(arrays["terms"], dtype=np.int64)])
        data = np.maximum(arrays["weight"].astype(np.float32), 0.5) / 255
        shape = (len(arrays["log_price"]), width)
        rows = sparse.csr_matrix((data, index, start), shape=shape)
        return cls(rows, arrays["log_price"], arrays["residual"])


def _weightiest(rows: sparse.csr_matrix, terms: int) -> sparse.csr_matrix:
    """Each row with only its `terms` largest values, as they are: what is left out lowers similarities a little."""
    owner = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    order = np.lexsort((-rows.data, owner))
    rank = np.arange(len(order)) - rows.indptr[owner[order]]
    kept = np.sort(order[rank < terms])
    return sparse.csr_matrix((rows.data[kept], (owner[kept], rows.indices[kept])), shape=rows.shape)


@dataclass(frozen=True)
class Lexicon:
    """Wording, the labels of numbers, the line and the memory."""

    wording: Wording
    labels: tuple[str, ...]
    line: Ridge
    memory: Memory

    def words(self, features: sparse.csr_matrix) -> sparse.csr_matrix:
        """The part of (n, width) features that the memory compares."""
        return features[:, : self.wording.words_width]

    def numbers(self, items: Sequence[Prepared]) -> Floats:
        """(n, ·) quantities, labelled numbers, and the lengths of the texts, on log scales, NaN where unknown."""
        return numbers_of(items, self.labels)

    def says(self, features: sparse.csr_matrix) -> Lexical:
        """What is known of items with these (n, width) features."""
        line = self.line.predict(features).astype(np.float32)
        return Lexical(line, *self.memory.search(self.words(features)))

    def arrays(self) -> Arrays:
        return (
            {f"wording.{name}": value for name, value in self.wording.arrays().items()}
            | {f"memory.{name}": value for name, value in self.memory.arrays().items()}
            | {
                "labels": np.frombuffer("\n".join(self.labels).encode(), dtype=np.uint8),
                "line.weights": self.line.weights.astype(np.float16),
                "line.base": np.array([self.line.base]),
            }
        )

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Lexicon:
        def part(name: str) -> Arrays:
            return {key.removeprefix(f"{name}."): value for key, value in arrays.items() if key.startswith(f"{name}.")}

        wording = Wording.from_arrays(part("wording"))
        labels = tuple(arrays["labels"].tobytes().decode().split("\n")) if len(arrays["labels"]) else ()
        line = Ridge(arrays["line.weights"].astype(np.float32), float(arrays["line.base"][0]))
        return cls(wording, labels, line, Memory.from_arrays(part("memory"), wording.words_width))


def numbers_of(items: Sequence[Prepared], labels: Sequence[str]) -> Floats:
    """(n, ·) quantities, labelled numbers, and the lengths of the texts, on log scales, NaN where unknown."""
    lengths = np.log1p(np.array([[len(item.text), len(item.words)] for item in items], dtype=np.float32).reshape(-1, 2))
    return np.hstack([as_columns([item.quantities for item in items]), label_columns(items, labels), lengths])
