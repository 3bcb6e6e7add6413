"""The table of words while it is learned: a step reads and changes only the rows of the words in its batch.

A batch of 512 texts knows about a seventh of the words, and an optimiser over the whole table spends most of its time on the
others. The rule is Adam's (Kingma and Ba, 2015) without momentum: each row moves against its gradient, divided by the
running mean of its square. A row that was not seen for a while is brought up to date when it is seen: its mean has decayed
since, as it would have in a step over everything.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from scipy import sparse
from torch.nn import functional

_DECAY: Final = 0.999
_SMALLEST: Final = 1e-8


class WordTable:
    """(width, dimensions) numbers, all 0 in the beginning."""

    def __init__(self, width: int, dimensions: int) -> None:
        self._dimensions = dimensions
        self._state = torch.zeros(width, 2 * dimensions)  # numbers, then the mean of the squared gradient of each
        self._last = np.zeros(width, dtype=np.int64)
        self._place = np.zeros(width, dtype=np.int64)
        self._steps = 0

    def summed(self, features: sparse.csr_matrix, values: torch.Tensor) -> torch.Tensor:
        """(n, dimensions) sums of the table's rows for (n, width) features, weighted by `values` in place of their own."""
        seen = np.zeros(len(self._place), dtype=bool)
        seen[features.indices] = True
        self._used = np.flatnonzero(seen)
        self._place[self._used] = np.arange(len(self._used))
        self._picked = self._state[torch.from_numpy(self._used)]
        self._rows = self._picked[:, : self._dimensions].clone().requires_grad_()
        return functional.embedding_bag(
            torch.from_numpy(self._place[features.indices]),
            self._rows,
            torch.from_numpy(features.indptr[:-1].astype(np.int64)),
            mode="sum",
            per_sample_weights=values,
        )

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Change the rows that were summed last by their gradients."""
        gradient = self._rows.grad
        if gradient is None:
            return
        self._steps += 1
        missed = self._steps - self._last[self._used]
        decay = torch.from_numpy((_DECAY**missed).astype(np.float32)).unsqueeze(1)
        square = self._picked[:, self._dimensions :] * decay + (1 - _DECAY) * gradient**2
        unbiased = square / (1 - _DECAY**self._steps)
        changed = self._picked[:, : self._dimensions] - rate * gradient / (unbiased.sqrt() + _SMALLEST)
        self._state[torch.from_numpy(self._used)] = torch.cat([changed, square], dim=1)
        self._last[self._used] = self._steps

    def weights(self) -> torch.Tensor:
        """The table as it is now."""
        return self._state[:, : self._dimensions].clone()
