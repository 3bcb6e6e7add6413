"""Boosted regression trees as plain arrays: learned with LightGBM, stored without pickles, answered with numpy."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
_FEW: Final = 10_000
_DEEPEST: Final = 14
_FAR: Final = 3e38
_STORED: Final = ("feature", "threshold", "left", "missing_left", "value")


@dataclass(frozen=True)
class Trees:
    """T trees of at most M nodes each: arrays of shape (T, M). A node's right branch stands next to its left one. A leaf points
    at itself, so a walk may go on past it."""

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
        """Everything as arrays whose names begin with `name`, for a safetensors file; the right branches follow from the left."""
        stored = {f"{name}.{field}": getattr(self, field) for field in _STORED}
        return stored | {f"{name}.shape": np.array([self.base, self.depth], dtype=np.float64)}

    @classmethod
    def from_arrays(cls, name: str, arrays: dict[str, npt.NDArray[Any]]) -> Trees:
        """The inverse of `arrays`."""
        base, depth = arrays[f"{name}.shape"]
        stored = {field: arrays[f"{name}.{field}"] for field in _STORED}
        left = stored["left"]
        right = np.where(left == np.arange(left.shape[1]), left, left + 1).astype(np.int16)
        # Places that no node takes point at the first one; nothing leads there.
        return cls(**stored, right=right, base=float(base), depth=int(depth))


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
    import torch  # noqa: F401  brings libgomp, which LightGBM needs and not every machine has
    import lightgbm  # isort: skip

    objective = {"absolute_error": "l1", "quantile": "quantile", "squared_error": "l2"}[loss]
    settings = {
        "objective": objective,
        "alpha": quantile,
        "num_leaves": leaves,
        "max_depth": _DEEPEST,
        "learning_rate": rate,
        "min_data_in_leaf": smallest_leaf,
        "lambda_l2": 1.0,
        "feature_fraction": 0.4,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "max_bin": 127,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        # A few rows are done before several threads have agreed on who does what.
        "num_threads": 1 if len(rows) < _FEW else min(2, os.cpu_count() or 1),
        "verbose": -1,
    }
    data = lightgbm.Dataset(rows, target, weight=weights, params=settings, free_raw_data=True)
    booster = lightgbm.train({name: value for name, value in settings.items() if value is not None}, data, rounds)
    return _as_arrays([each["tree_structure"] for each in booster.dump_model()["tree_info"]])


def _as_arrays(structures: Sequence[dict[str, Any]]) -> Trees:
    grown = [_nodes(structure) for structure in structures]
    shape = (len(grown), max(map(len, grown)))
    feature, left, right = (np.zeros(shape, dtype=np.int16) for _ in range(3))
    threshold, value = (np.zeros(shape, dtype=np.float32) for _ in range(2))
    missing_left = np.zeros(shape, dtype=bool)
    for tree, nodes in enumerate(grown):
        for place, (node, ways) in enumerate(nodes):
            if "split_feature" not in node:
                left[tree, place] = right[tree, place] = place
                value[tree, place] = node["leaf_value"]
                continue
            left[tree, place], right[tree, place] = ways
            feature[tree, place] = node["split_feature"]
            threshold[tree, place] = np.clip(node["threshold"], -_FAR, _FAR)  # 1e300 where only gaps go the other way
            # A column without a gap in training takes a gap for a zero.
            zero_left = node["threshold"] >= 0
            missing_left[tree, place] = node["default_left"] if node["missing_type"] == "NaN" else zero_left
    return Trees(feature, threshold, left, right, missing_left, value, base=0.0, depth=_DEEPEST)


def _nodes(structure: dict[str, Any]) -> list[tuple[dict[str, Any], tuple[int, int]]]:
    """The nodes of one tree with the places of their branches, each before its branches."""
    nodes = [structure]
    ways = []
    for node in nodes:
        ways.append((len(nodes), len(nodes) + 1))
        if "split_feature" in node:
            nodes += [node["left_child"], node["right_child"]]
    return list(zip(nodes, ways, strict=True))
