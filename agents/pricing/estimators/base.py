"""What every estimator promises. A kind is a module with one subclass of `Estimator`, named in the registry."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from agents.pricing.batch import Batch
from agents.pricing.catalogue.base import Integers
from agents.pricing.lexicon import Lexical
from agents.pricing.neighbours import Neighbours

Arrays = dict[str, npt.NDArray[Any]]
Doubles = npt.NDArray[np.float64]


class EstimatorConfig(BaseModel):
    """The typed configuration of a kind. It is stored with the model, so serving uses what training used."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class View:
    """Some rows of a training set as they look beside one catalogue of `size` products, larger or smaller.

    `elsewhere`: neither the catalogue nor what the words say knows anything of the items' own source.
    """

    rows: Integers
    neighbours: Neighbours
    lexical: Lexical
    size: int
    elsewhere: bool = False


@dataclass(frozen=True)
class TrainingSet:
    """Items with their log prices in US dollars. `groups` numbers the normalised titles: rows of one group are never
    divided between fitting and checking. `views` hold the items beside catalogues of several sizes, because a
    product starts with a few hundred priced things and ends with a hundred thousand."""

    batch: Batch
    log_prices: Doubles
    groups: Integers
    views: Sequence[View]


class Estimator(ABC):
    """One way to say what a thing is worth.

    - `fit` MUST be deterministic for a seed and MUST NOT keep texts.
    - `estimate` MUST answer for every item of a batch in its order: the natural logarithm of a price in US dollars,
      or NaN where it cannot say. It MUST NOT raise for an odd item, and MUST NOT use the item's asking price.
    - `arrays` and `restore` MUST carry the whole fitted state as plain arrays (no pickles), and together be an identity.
    """

    kind: ClassVar[str]
    config_model: ClassVar[type[EstimatorConfig]] = EstimatorConfig

    def __init__(self, config: EstimatorConfig | None = None) -> None:
        self.config = config if config is not None else self.config_model()

    @abstractmethod
    def fit(self, training: TrainingSet, *, seed: int) -> None:
        """Learn from a training set."""

    @abstractmethod
    def estimate(self, batch: Batch) -> Doubles:
        """(n,) natural logarithms of US dollars, NaN where nothing can be said."""

    @abstractmethod
    def arrays(self) -> Arrays:
        """The fitted state."""

    @abstractmethod
    def restore(self, arrays: Arrays) -> None:
        """Take over a fitted state."""
