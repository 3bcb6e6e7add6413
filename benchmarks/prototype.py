"""The network of the prototype that Deal Finder descends from, after its description: what our own models are measured against.

A binary bag of the text's words, hashed to 5,000 columns, goes through 8 residual blocks and says the standardised logarithm of the
price; it learns by the absolute error for 5 epochs. This is code of our own and no part of the product.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final, cast

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer
from torch import Tensor, nn

from agents.pricing.catalogue.base import Product

Doubles = npt.NDArray[np.float64]
COLUMNS: Final = 5_000
WIDTHS: Final = (128, 256)  # 512 learns the training file by heart: it errs 8 % more than 256 on what it has not seen
BLOCKS: Final = 8
EPOCHS: Final = 5
_BATCH: Final = 256
_DROPOUT: Final = 0.2
_RATE: Final = 1e-3
_DECAY: Final = 1e-2
_STEEPEST: Final = 1.0
_HELD_OUT: Final = 0.08


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            nn.Linear(width, width),
            nn.LayerNorm(width),
            nn.ReLU(),
            nn.Dropout(_DROPOUT),
            nn.Linear(width, width),
            nn.LayerNorm(width),
        )

    def forward(self, value: Tensor) -> Tensor:
        return torch.relu(value + self.inner(value))


class Network(nn.Module):
    """(n, 5,000) bags of words to (n,) standardised log prices. The first layer is linear; as the bags are sparse, it sums rows."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.words = nn.EmbeddingBag(COLUMNS, width, mode="sum")
        nn.init.uniform_(self.words.weight, -(COLUMNS**-0.5), COLUMNS**-0.5)
        self.bias = nn.Parameter(torch.zeros(width))
        self.inner = nn.Sequential(
            nn.LayerNorm(width),
            nn.ReLU(),
            nn.Dropout(_DROPOUT),
            *(_Block(width) for _ in range(BLOCKS)),
            nn.Linear(width, 1),
        )

    def forward(self, columns: Tensor, starts: Tensor, values: Tensor) -> Tensor:
        summed = self.words(columns, starts, per_sample_weights=values) + self.bias
        return cast(Tensor, self.inner(summed)).squeeze(1)


class Prototype:
    """A trained network with the mean and the deviation of the log prices that it learned from."""

    def __init__(self, width: int, texts: Sequence[str], prices: Doubles, *, seed: int, epochs: int = EPOCHS) -> None:
        torch.manual_seed(seed)
        logs = np.log1p(prices)
        self.width, self._mean, self._deviation = width, float(logs.mean()), float(logs.std())
        self._network = Network(width)
        self._fit(_bags(texts), torch.from_numpy((logs - self._mean) / self._deviation).float(), seed, epochs)

    def predict(self, texts: Sequence[str]) -> Doubles:
        """(n,) prices in dollars."""
        bags = _bags(texts)
        self._network.eval()
        with torch.inference_mode():
            parts = [
                self._network(*_tensors(bags[start : start + 1024])).numpy() for start in range(0, len(texts), 1024)
            ]
        said = np.concatenate(parts).astype(np.float64)
        dollars: Doubles = np.maximum(np.expm1(said * self._deviation + self._mean), 0.01)
        return dollars

    def _fit(self, bags: sparse.csr_matrix, targets: Tensor, seed: int, epochs: int) -> None:
        chance = np.random.default_rng(seed)
        steps = -(-len(targets) // _BATCH)
        optimiser = torch.optim.AdamW(self._network.parameters(), lr=_RATE, weight_decay=_DECAY)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs * steps)
        self._network.train()
        for epoch in range(epochs):
            started, total = time.monotonic(), 0.0
            order = chance.permutation(len(targets))
            for rows in np.array_split(order, steps):
                optimiser.zero_grad()
                loss = nn.functional.l1_loss(self._network(*_tensors(bags[rows])), targets[rows])
                loss.backward()  # type: ignore[no-untyped-call]
                nn.utils.clip_grad_norm_(self._network.parameters(), _STEEPEST)
                optimiser.step()
                schedule.step()
                total += float(loss.detach())
            taken = time.monotonic() - started
            print(f"  width {self.width}, epoch {epoch + 1}: loss {total / steps:.4f}, {taken:.0f} s", flush=True)


def learn(products: Sequence[Product], *, seed: int = 0) -> Prototype:
    """Train each width on all but a held-out part, and the one that errs less on that once more on everything."""
    texts, prices = [product.text for product in products], np.array([product.price for product in products])
    away = np.random.default_rng(seed).random(len(products)) < _HELD_OUT
    kept, held = np.flatnonzero(~away), np.flatnonzero(away)
    wrong: dict[int, float] = {}
    for width in WIDTHS:
        network = Prototype(width, [texts[row] for row in kept], prices[kept], seed=seed)
        wrong[width] = float(np.abs(network.predict([texts[row] for row in held]) - prices[held]).mean())
        print(f"  width {width}: ${wrong[width]:.2f} on the held-out part", flush=True)
    return Prototype(min(wrong, key=wrong.__getitem__), texts, prices, seed=seed)


def _bags(texts: Sequence[str]) -> sparse.csr_matrix:
    reader = HashingVectorizer(n_features=COLUMNS, stop_words="english", binary=True, dtype=np.float32)
    return reader.transform(texts).tocsr()


def _tensors(bags: sparse.csr_matrix) -> tuple[Tensor, Tensor, Tensor]:
    """The columns of all rows one after the other, where each row starts, and the values."""
    return (
        torch.from_numpy(bags.indices.astype(np.int64)),
        torch.from_numpy(bags.indptr[:-1].astype(np.int64)),
        torch.from_numpy(bags.data),
    )
