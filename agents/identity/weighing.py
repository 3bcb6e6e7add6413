"""The model that weighs how alike two names are: boosted trees and a table of rarities, as plain arrays in one file.

It needs numpy alone, so that no worker has to load a library of learning for it; `python -m benchmarks identity --train` writes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from agents.identity.likeness import Floats

FILE: Final = Path(__file__).parent / "likeness.npz"
NEVER: Final = 1.01  # a threshold that no likelihood reaches
Whole = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Trees:
    """Trees of one width, (trees, nodes) each: which feature a node asks, up to what goes left, where left and right are, and what
    a leaf (feature −1) is worth in the logit."""

    feature: Whole
    limit: Floats
    left: Whole
    right: Whole
    value: Floats

    def likelihood(self, features: Floats) -> Floats:
        """The chance, 0 to 1, that each row (rows, features) is of one thing: the logistic function of the sum of all leaves."""
        total = np.zeros(len(features))
        rows = np.arange(len(features))
        for tree in range(len(self.feature)):
            at = np.zeros(len(features), dtype=np.int64)
            while (inner := self.feature[tree, at] >= 0).any():
                asked = np.where(inner, self.feature[tree, at], 0)
                goes_left = features[rows, asked] <= self.limit[tree, at]
                at = np.where(inner, np.where(goes_left, self.left[tree, at], self.right[tree, at]), at)
            total += self.value[tree, at]
        return np.asarray(1 / (1 + np.exp(-total)), dtype=np.float64)


@dataclass(frozen=True)
class Model:
    """What the product decides with. At or above `join` two names are one thing, at or above `suggest` a person is asked.
    `join` is `NEVER` where training found no threshold that is precise enough."""

    rarity: Floats
    trees: Trees
    join: float
    suggest: float

    def save(self, path: Path = FILE) -> None:
        """Write it, in half precision where that loses nothing that counts."""
        trees = self.trees
        np.savez_compressed(
            path, rarity=self.rarity.astype(np.float16), feature=trees.feature, limit=trees.limit, left=trees.left,
            right=trees.right, value=trees.value.astype(np.float32), thresholds=np.array([self.join, self.suggest]),
        )  # fmt: skip


@cache
def load(path: Path = FILE) -> Model:
    """The model of a file."""
    with np.load(path, allow_pickle=False) as file:
        trees = Trees(file["feature"], file["limit"], file["left"], file["right"], file["value"].astype(np.float64))
        join, suggest = map(float, file["thresholds"])
        return Model(file["rarity"].astype(np.float64), trees, join, suggest)
