"""Boosted regression trees as plain arrays: learned with scikit-learn, stored without pickles, answered with numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
_FEW: Final = 10_000


@dataclass(frozen=True)
class Trees:
    """T trees of at most M nodes each: arrays of shape (T, M). A leaf points at itself, so a walk may go on past it."""

    feature: npt.NDArray[np.int16]
    threshold: Floats
    left: npt.NDArray[np.int16]
    right: npt.NDArray[np.int16]
    missing_left: npt.NDArray[np.bool_]
    value: Floats
    base: float
    depth: int

    def predict(self, rows: Floats, *, part: int = 2048) -> npt.NDArray[np.float64]:
        """The answers for (n, features) rows; NaN is a value like any other (each split learned where it goes)."""
        answers = [self._part(rows[start : start + part]) for start in range(0, len(rows), part)]
        return np.concatenate(answers) if answers else np.zeros(0)

    def _part(self, rows: Floats) -> npt.NDArray[np.float64]:
        trees = np.arange(len(self.feature))[None, :]
        items = np.arange(len(rows))[:, None]
        node = np.zeros((len(rows), len(self.feature)), dtype=np.int16)
        for _ in range(self.depth):
            seen = rows[items, self.feature[trees, node]]
            leftward = (seen <= self.threshold[trees, node]) | (np.isnan(seen) & self.missing_left[trees, node])
            node = np.where(leftward, self.left[trees, node], self.right[trees, node])
        total: npt.NDArray[np.float64] = self.base + self.value[trees, node].sum(axis=1, dtype=np.float64)
        return total

    def arrays(self, name: str) -> dict[str, npt.NDArray[Any]]:
        """Everything as arrays whose names begin with `name`, for a safetensors file."""
        fields = ("feature", "threshold", "left", "right", "missing_left", "value")
        stored = {f"{name}.{field}": getattr(self, field) for field in fields}
        return stored | {f"{name}.shape": np.array([self.base, self.depth], dtype=np.float64)}

    @classmethod
    def from_arrays(cls, name: str, arrays: dict[str, npt.NDArray[Any]]) -> Trees:
        """The inverse of `arrays`."""
        base, depth = arrays[f"{name}.shape"]
        fields = ("feature", "threshold", "left", "right", "missing_left", "value")
        return cls(**{field: arrays[f"{name}.{field}"] for field in fields}, base=float(base), depth=int(depth))


def grow(
    rows: Floats,
    target: npt.NDArray[np.float64],
    *,
    loss: Literal["absolute_error", "quantile", "squared_error"],
    seed: int,
    quantile: float | None = None,
    weights: npt.NDArray[np.float64] | None = None,
    rounds: int = 300,
    leaves: int = 31,
    rate: float = 0.06,
    smallest_leaf: int = 20,
) -> Trees:
    """Boost trees on (n, features) rows. Deterministic for a seed."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    model = HistGradientBoostingRegressor(
        loss=loss,
        quantile=quantile,
        max_iter=rounds,
        max_leaf_nodes=leaves,
        learning_rate=rate,
        min_samples_leaf=smallest_leaf,
        l2_regularization=1.0,
        max_features=0.6,
        early_stopping=False,
        random_state=seed,
    )
    # scikit-learn cannot bin a column that is nowhere known; as a constant it is never split on.
    known = np.isfinite(rows).any(axis=0)
    # A few rows are done before several threads have agreed on who does what.
    with threadpool_limits(1 if len(rows) < _FEW else None, user_api="openmp"):
        model.fit(np.where(known, rows, 0), target, sample_weight=weights)
    return _as_arrays(model)


def _as_arrays(model: Any) -> Trees:
    grown = [stage[0].nodes for stage in model._predictors]
    most = max(len(nodes) for nodes in grown)
    shape = (len(grown), most)
    feature, left, right = (np.zeros(shape, dtype=np.int16) for _ in range(3))
    threshold, value = (np.zeros(shape, dtype=np.float32) for _ in range(2))
    missing_left = np.zeros(shape, dtype=bool)
    depth = 0
    for tree, nodes in enumerate(grown):
        count = len(nodes)
        itself = np.arange(count)
        leaf = nodes["is_leaf"].astype(bool)
        feature[tree, :count] = np.where(leaf, 0, nodes["feature_idx"])
        threshold[tree, :count] = np.where(leaf, 0, nodes["num_threshold"])
        left[tree, :count] = np.where(leaf, itself, nodes["left"])
        right[tree, :count] = np.where(leaf, itself, nodes["right"])
        missing_left[tree, :count] = nodes["missing_go_to_left"].astype(bool)
        value[tree, :count] = np.where(leaf, nodes["value"], 0)
        depth = max(depth, int(nodes["depth"].max()))
    base = float(np.ravel(model._baseline_prediction)[0])
    return Trees(feature, threshold, left, right, missing_left, value, base=base, depth=depth)
