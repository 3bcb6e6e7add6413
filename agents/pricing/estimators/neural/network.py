"""The network: hashed words and characters summed to a few dozen numbers, beside the sentence vector and quantities."""

from __future__ import annotations

import torch
from torch import nn


class PriceNetwork(nn.Module):
    """Sparse rows (indices, offsets, values), vectors (n, 384) and standardised numbers (n, m) in, NaN where unknown;
    (n,) standardised log prices out."""

    def __init__(self, width: int, numbers: int, *, dimensions: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.table = nn.EmbeddingBag(width, dimensions, mode="sum")
        nn.init.zeros_(self.table.weight)
        self.words = nn.Linear(dimensions, hidden)
        self.vectors = nn.Linear(384, hidden)
        self.numbers = nn.Linear(2 * numbers, hidden)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(hidden), nn.SiLU(), nn.Dropout(dropout), nn.Linear(hidden, hidden))
            for _ in range(3)
        )
        self.out = nn.Sequential(nn.LayerNorm(hidden), nn.SiLU(), nn.Linear(hidden, 1))
        self.direct = nn.Linear(dimensions, 1)

    def forward(
        self,
        indices: torch.Tensor,
        offsets: torch.Tensor,
        values: torch.Tensor,
        vectors: torch.Tensor,
        numbers: torch.Tensor,
    ) -> torch.Tensor:
        return self.beyond(self.table(indices, offsets, per_sample_weights=values), vectors, numbers)

    def beyond(self, summed: torch.Tensor, vectors: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        """The same from the (n, dimensions) sums of the table's rows on."""
        known = torch.isfinite(numbers)
        filled = torch.cat([torch.where(known, numbers, torch.zeros_like(numbers)), known.float()], dim=1)
        state = self.words(summed) + self.vectors(vectors) + self.numbers(filled)
        for block in self.blocks:
            state = state + block(state)
        answer: torch.Tensor = (self.out(state) + self.direct(summed)).squeeze(1)
        return answer
