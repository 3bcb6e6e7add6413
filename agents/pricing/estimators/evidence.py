"""What neighbours say, as columns that a model can learn from; all prices as natural logarithms of US dollars."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from agents.pricing.lexicon import Lexical
from agents.pricing.neighbours import Neighbours, weighted_mean, weighted_quantile

Columns = npt.NDArray[np.float32]
_QUANTILES: Final = (0.2, 0.5, 0.8)


def of_neighbours(neighbours: Neighbours) -> Columns:
    """(n, ·) columns about the neighbours' prices, under three ways to weigh them; NaN where there are none."""
    columns: list[npt.NDArray[np.generic]] = []
    price = np.where(neighbours.known, neighbours.log_price, np.nan)
    for share, temperature in ((0.0, 0.04), (1.0, 0.06), (0.5, 0.05)):
        close = neighbours.closeness(share, 0.08)
        weights = neighbours.weights(close, temperature)
        mean = weighted_mean(neighbours.log_price, weights)
        spread = weighted_mean((neighbours.log_price - mean[:, None]) ** 2, weights)
        order = np.argsort(-close, axis=1)[:, :3]
        ranked = np.take_along_axis(close, order, axis=1)
        columns += [mean, np.sqrt(spread), 1 / np.maximum((weights**2).sum(axis=1), 1e-6), *ranked.T]
        columns += [weighted_quantile(neighbours.log_price, weights, part) for part in _QUANTILES]
        columns += list(np.take_along_axis(price, order, axis=1).T)
    columns.append(neighbours.accessory_differs.mean(axis=1))
    columns.append(weighted_mean(neighbours.log_price, neighbours.known.astype(np.float64)))
    return np.stack(columns, axis=1).astype(np.float32)


def of_words(lexical: Lexical) -> Columns:
    """(n, ·) columns of what the words say: the line, and the prices of the most alike in the memory, under two ways to
    weigh them, as they are and corrected by what the line missed them by."""
    similarity, price, residual = lexical.similarity, lexical.log_price, lexical.residual
    columns: list[npt.NDArray[np.generic]] = [lexical.line]
    for temperature in (0.04, 0.1):
        raw = np.exp((similarity - similarity.max(axis=1, keepdims=True)) / temperature)
        weights = (raw / raw.sum(axis=1, keepdims=True)).astype(np.float64)
        mean = weighted_mean(price, weights)
        columns += [mean, np.sqrt(weighted_mean((price - mean[:, None]) ** 2, weights)), 1 / (weights**2).sum(axis=1)]
        columns += [weighted_quantile(price, weights, part) for part in _QUANTILES]
        columns.append(lexical.line + weighted_mean(residual, weights))
    columns += [*similarity[:, :3].T, similarity[:, 9], similarity[:, -1], *price[:, :4].T, *residual[:, :2].T]
    return np.stack(columns, axis=1).astype(np.float32)
