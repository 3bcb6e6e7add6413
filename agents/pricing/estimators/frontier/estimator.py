"""Retrieval: what the nearest priced products cost, weighted locally."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from agents.pricing.batch import Batch
from agents.pricing.estimators.base import Arrays, Doubles, Estimator, EstimatorConfig, TrainingSet
from agents.pricing.neighbours import Neighbours, weighted_mean, weighted_quantile


class FrontierConfig(EstimatorConfig):
    """`penalty` is what an accessory, another pack or another condition takes off a neighbour's closeness (0 to 1)."""

    penalty: float = 0.08
    shares: tuple[float, ...] = (0.3, 0.45, 0.6, 0.75)
    temperatures: tuple[float, ...] = (0.03, 0.045, 0.06, 0.08)
    means: tuple[float, ...] = (0.0, 0.5, 1.0)
    sample: int = 12_000


class FrontierEstimator(Estimator):
    """Between the weighted median and the weighted mean of the neighbours' log prices.

    How much the words count beside the sentence vectors (`share`), how fast weights fall (`temperature`) and how far
    towards the mean (`mean`) are chosen by the absolute error in dollars on training items, each without neighbours
    of its own title. Where there is no neighbour at all the answer is NaN.
    """

    kind: ClassVar[str] = "frontier"
    config_model: ClassVar[type[EstimatorConfig]] = FrontierConfig
    config: FrontierConfig

    share: float = 0.5
    temperature: float = 0.06
    mean: float = 0.5

    def fit(self, training: TrainingSet, *, seed: int) -> None:
        view = max(training.views, key=lambda each: each.size)
        chosen = np.random.default_rng(seed).permutation(len(view.rows))[: self.config.sample]
        neighbours = view.neighbours.take(chosen)
        truth = np.exp(training.log_prices[view.rows[chosen]])
        best = np.inf
        for share in self.config.shares:
            for temperature in self.config.temperatures:
                middle, average = self._answers(neighbours, share, temperature)
                for mean in self.config.means:
                    error = float(np.nanmean(np.abs(np.exp(mean * average + (1 - mean) * middle) - truth)))
                    if error < best:
                        best, self.share, self.temperature, self.mean = error, share, temperature, mean

    def _answers(self, neighbours: Neighbours, share: float, temperature: float) -> tuple[Doubles, Doubles]:
        weights = neighbours.weights(neighbours.closeness(share, self.config.penalty), temperature)
        return weighted_quantile(neighbours.log_price, weights, 0.5), weighted_mean(neighbours.log_price, weights)

    def weights(self, neighbours: Neighbours) -> Doubles:
        """The weights, (n, k), by which the neighbours counted: the evidence that is shown."""
        return neighbours.weights(neighbours.closeness(self.share, self.config.penalty), self.temperature)

    def estimate(self, batch: Batch) -> Doubles:
        middle, average = self._answers(batch.neighbours, self.share, self.temperature)
        return self.mean * average + (1 - self.mean) * middle

    def arrays(self) -> Arrays:
        return {"chosen": np.array([self.share, self.temperature, self.mean], dtype=np.float64)}

    def restore(self, arrays: Arrays) -> None:
        self.share, self.temperature, self.mean = (float(value) for value in arrays["chosen"])
