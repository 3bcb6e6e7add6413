"""Boosted trees over a ridge on the words, the prices of the neighbours, and the numbers in the text.

Another family than the network on purpose: its errors come from splits on evidence, not from a blend of embeddings.
"""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt

from agents.pricing.batch import Batch
from agents.pricing.estimators import evidence
from agents.pricing.estimators.base import Arrays, Doubles, Estimator, EstimatorConfig, TrainingSet
from agents.pricing.lexicon import Lexical
from agents.pricing.neighbours import Neighbours
from agents.pricing.trees import Trees, grow

_LOWEST: Final = 0.25  # of what the trees of logarithms say: those of dollars can fall to nothing for cheap things


class SpecialistConfig(EstimatorConfig):
    """`price_power`: for the trees of logarithms rows count with price to this power, since a shopper's error is in dollars
    and not in per cent."""

    rounds: int = 500
    leaves: int = 48
    rate: float = 0.06
    price_power: float = 0.25


def columns_of(numbers: npt.NDArray[np.float32], neighbours: Neighbours, lexical: Lexical) -> npt.NDArray[np.float32]:
    """The trees' columns: what the words say, the evidence of the catalogue, the numbers."""
    return np.hstack([evidence.of_words(lexical), evidence.of_neighbours(neighbours), numbers])


class SpecialistEstimator(Estimator):
    """The mean, on the log scale, of trees that minimise the absolute error of logarithms and trees that minimise it in dollars.

    While they learn, the line and the memory answer without the item's own group, so that trees learn how far they can be
    trusted.
    """

    kind: ClassVar[str] = "specialist"
    config_model: ClassVar[type[EstimatorConfig]] = SpecialistConfig
    config: SpecialistConfig
    relative: Trees
    absolute: Trees

    def fit(self, training: TrainingSet, *, seed: int) -> None:
        config, batch = self.config, training.batch
        rows = np.concatenate([view.rows for view in training.views])
        columns = np.concatenate(
            [columns_of(batch.numbers[view.rows], view.neighbours, view.lexical) for view in training.views]
        )
        target = training.log_prices[rows]
        self.relative = grow(
            columns,
            target,
            loss="absolute_error",
            seed=seed,
            weights=np.exp(config.price_power * target),
            rounds=config.rounds,
            leaves=config.leaves,
            rate=config.rate,
        )
        self.absolute = grow(
            columns,
            np.exp(target),
            loss="absolute_error",
            seed=seed + 1,
            rounds=config.rounds,
            leaves=config.leaves,
            rate=config.rate,
        )

    def estimate(self, batch: Batch) -> Doubles:
        columns = columns_of(batch.numbers, batch.neighbours, batch.lexical)
        relative = self.relative.predict(columns)
        dollars = np.maximum(self.absolute.predict(columns), _LOWEST * np.exp(relative))
        mean: Doubles = (relative + np.log(dollars)) / 2
        return mean

    def arrays(self) -> Arrays:
        return self.relative.arrays("relative") | self.absolute.arrays("absolute")

    def restore(self, arrays: Arrays) -> None:
        self.relative = Trees.from_arrays("relative", arrays)
        self.absolute = Trees.from_arrays("absolute", arrays)
