"""Ridge regression of log prices on sparse rows of words and characters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from agents.pricing.catalogue.base import Integers

Doubles = np.typing.NDArray[np.float64]


@dataclass(frozen=True)
class Ridge:
    """A line in `weights`.shape[0] dimensions: `rows @ weights + base`."""

    weights: np.typing.NDArray[np.float32]
    base: float

    def predict(self, rows: sparse.csr_matrix) -> Doubles:
        return np.asarray(rows @ self.weights, dtype=np.float64) + self.base


def fit_ridge(rows: sparse.csr_matrix, target: Doubles, *, penalty: float, steps: int = 60) -> Ridge:
    """Minimise |rows·w + base − target|² + penalty·|w|² by conjugate gradients on the normal equations."""
    base = float(target.mean())
    across = rows.T.tocsr()
    residual = (across @ (target - base).astype(np.float32)).astype(np.float32)
    weights = np.zeros(rows.shape[1], dtype=np.float32)
    direction = residual.copy()
    size = first = float(residual @ residual)
    for _ in range(steps):
        if size <= 1e-8 * first:
            break
        curved = across @ (rows @ direction) + penalty * direction
        step = size / float(direction @ curved)
        weights += step * direction
        residual -= step * curved
        following = float(residual @ residual)
        direction = residual + (following / size) * direction
        size = following
    return Ridge(weights=weights, base=base)


def out_of_fold(
    rows: sparse.csr_matrix, target: Doubles, groups: Integers, *, penalty: float, folds: int, seed: int
) -> Doubles:
    """Each row's prediction by a ridge that saw neither it nor any row of its group."""
    fold_of_group = np.random.default_rng(seed).integers(0, folds, size=int(groups.max(initial=0)) + 1)
    fold = fold_of_group[groups]
    predicted = np.full(len(target), float(target.mean()))
    for each in range(folds):
        held = fold == each
        if held.any() and not held.all():
            predicted[held] = fit_ridge(rows[~held], target[~held], penalty=penalty).predict(rows[held])
    return predicted
