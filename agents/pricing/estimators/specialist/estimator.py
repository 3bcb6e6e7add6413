"""Boosted trees over a ridge on the words, the prices of the neighbours, and the numbers in the text.

Another family than the network on purpose: its errors come from splits on evidence, not from a blend of embeddings.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt

from agents.pricing.batch import Batch
from agents.pricing.estimators.base import Arrays, Doubles, Estimator, EstimatorConfig, TrainingSet
from agents.pricing.estimators.specialist.ridge import Ridge, fit_ridge, out_of_fold
from agents.pricing.neighbours import Neighbours, weighted_mean, weighted_quantile
from agents.pricing.trees import Trees, grow


class SpecialistConfig(EstimatorConfig):
    """`price_power`: rows count with price to this power, since a shopper's error is in dollars and not in per cent."""

    penalty: float = 1.0
    folds: int = 5
    rounds: int = 400
    leaves: int = 40
    rate: float = 0.06
    price_power: float = 0.5


def evidence(neighbours: Neighbours) -> npt.NDArray[np.float32]:
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
        columns += [weighted_quantile(neighbours.log_price, weights, part) for part in (0.2, 0.5, 0.8)]
        columns += list(np.take_along_axis(price, order, axis=1).T)
    columns.append(neighbours.accessory_differs.mean(axis=1))
    columns.append(weighted_mean(neighbours.log_price, neighbours.known.astype(np.float64)))
    return np.stack(columns, axis=1).astype(np.float32)


def columns_of(numbers: npt.NDArray[np.float32], neighbours: Neighbours, ridge: Doubles) -> npt.NDArray[np.float32]:
    """The trees' columns: the ridge's answer, the evidence, the numbers."""
    return np.hstack([ridge[:, None].astype(np.float32), evidence(neighbours), numbers])


class SpecialistEstimator(Estimator):
    """The ridge answers out of fold while the trees learn, so that they learn how far it can be trusted."""

    kind: ClassVar[str] = "specialist"
    config_model: ClassVar[type[EstimatorConfig]] = SpecialistConfig
    config: SpecialistConfig
    ridge: Ridge
    trees: Trees

    def fit(self, training: TrainingSet, *, seed: int) -> None:
        config, batch = self.config, training.batch
        unseen = out_of_fold(
            batch.features, training.log_prices, training.groups, penalty=config.penalty, folds=config.folds, seed=seed
        )
        self.ridge = fit_ridge(batch.features, training.log_prices, penalty=config.penalty)
        rows = np.concatenate([view.rows for view in training.views])
        columns = np.concatenate(
            [columns_of(batch.numbers[view.rows], view.neighbours, unseen[view.rows]) for view in training.views]
        )
        target = training.log_prices[rows]
        self.trees = grow(
            columns,
            target,
            loss="absolute_error",
            seed=seed,
            weights=np.exp(config.price_power * target),
            rounds=config.rounds,
            leaves=config.leaves,
            rate=config.rate,
        )

    def estimate(self, batch: Batch) -> Doubles:
        ridge = self.ridge.predict(batch.features)
        return self.trees.predict(columns_of(batch.numbers, batch.neighbours, ridge))

    def arrays(self) -> Arrays:
        return {
            "ridge.weights": self.ridge.weights.astype(np.float16),
            "ridge.base": np.array([self.ridge.base]),
        } | self.trees.arrays("trees")

    def restore(self, arrays: Arrays) -> None:
        self.ridge = Ridge(arrays["ridge.weights"].astype(np.float32), float(arrays["ridge.base"][0]))
        self.trees = Trees.from_arrays("trees", arrays)
