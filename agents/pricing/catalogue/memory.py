"""A catalogue held in memory and searched exactly: for training and for measuring, where no database is needed."""

from __future__ import annotations

import numpy as np

from agents.pricing.catalogue.base import NEAREST, Catalogue, Floats, Found, Integers, ProductTable

_PART = 512
_SPARE = 24  # neighbours fetched beyond `count`, so that enough are left when those of the item's own group are dropped


class MemoryCatalogue(Catalogue):
    """Exact search by matrix product; about 80,000 products take 120 MB.

    `groups` numbers the products that are as good as one (m,): for fitting, where such a neighbour would be the answer itself.
    """

    def __init__(self, table: ProductTable, vectors: Floats, groups: Integers | None = None) -> None:
        self.table = table
        self.groups = groups
        self.vectors = np.ascontiguousarray(vectors, dtype=np.float32)

    def size(self) -> int:
        return len(self.vectors)

    def take(self, rows: Integers) -> MemoryCatalogue:
        """A smaller catalogue of these rows."""
        return MemoryCatalogue(
            self.table.take(rows), self.vectors[rows], None if self.groups is None else self.groups[rows]
        )

    def search(self, vectors: Floats, *, count: int = NEAREST, own: Integers | None = None) -> Found:
        """As promised; `own` (n,) gives each item's group, whose products are left out."""
        import torch

        wanted = min(self.size(), count + (_SPARE if own is not None else 0))
        row = np.full((len(vectors), count), -1, dtype=np.int64)
        similarity = np.zeros((len(vectors), count), dtype=np.float32)
        everything = torch.from_numpy(self.vectors).T
        for start in range(0, len(vectors) if wanted else 0, _PART):
            part = torch.from_numpy(np.ascontiguousarray(vectors[start : start + _PART], dtype=np.float32))
            top = torch.topk(part @ everything, wanted, dim=1)
            scores, indices = top.values.numpy(), top.indices.numpy()
            if own is not None and self.groups is not None:
                same = self.groups[indices] == own[start : start + _PART, None]
                order = np.argsort(same, axis=1, kind="stable")
                dropped = np.take_along_axis(same, order, axis=1)
                indices = np.where(dropped, -1, np.take_along_axis(indices, order, axis=1))
                scores = np.where(dropped, 0, np.take_along_axis(scores, order, axis=1))
            kept = min(count, wanted)
            row[start : start + _PART, :kept] = indices[:, :kept]
            similarity[start : start + _PART, :kept] = scores[:, :kept]
        return Found(row=row, similarity=similarity, table=self.table, size=self.size())
