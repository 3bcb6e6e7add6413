"""The trained whole: lexicon, three estimators and the ensemble, with where it is kept and how it is read.

How it lies on disk, and which one this machine uses, is told in `agents.pricing.folders`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from agents.pricing.batch import Batch
from agents.pricing.embedding import one_thread
from agents.pricing.ensemble import LOCAL, Doubles, Ensemble
from agents.pricing.estimators.base import Arrays, Estimator
from agents.pricing.estimators.registry import make
from agents.pricing.folders import (
    ARRAYS,
    FORMAT,
    METADATA,
    SHIPPED,
    UnusableModel,
    active_folder,
    checked_arrays,
    choose,
    keep,
    put_in_place,
    read_metadata,
)
from agents.pricing.lexicon import Lexicon
from agents.pricing.wording import Wording

__all__ = [
    "SHIPPED",
    "Answer",
    "PricingModel",
    "UnusableModel",
    "activate",
    "active_folder",
    "current_model",
    "load",
    "model_in",
    "save",
]

_REACH: Final = 0.9
_FEW: Final = 512  # items that one processor has done before two have divided them
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What one estimator said about a batch: (n,) log dollars, how long it took for an item, and why it failed if so."""

    estimator: str
    version: str
    logs: Doubles
    milliseconds: float
    error: str = ""


@dataclass(frozen=True)
class PricingModel:
    """Everything that is needed to say what things are worth, apart from the catalogue."""

    version: str
    lexicon: Lexicon
    estimators: dict[str, Estimator]
    ensemble: Ensemble
    metadata: dict[str, Any]

    @property
    def wording(self) -> Wording:
        """How rare words are, which is what a catalogue needs of a model."""
        return self.lexicon.wording

    def answers(self, batch: Batch) -> list[Answer]:
        """What each estimator says, in the order of `LOCAL` (the comparables first).

        One that fails has said nothing: NaN, with its error.
        """
        given = []
        for kind in LOCAL:
            started = time.perf_counter()
            error = ""
            try:
                with one_thread() if len(batch) <= _FEW else nullcontext():
                    logs = self.estimators[kind].estimate(batch)
            except Exception as failure:
                logger.exception("The %s estimator failed on a batch of %d", kind, len(batch))
                logs, error = np.full(len(batch), np.nan), f"{type(failure).__name__}: {failure}"[:300]
            taken = 1000 * (time.perf_counter() - started) / max(1, len(batch))
            given.append(Answer(kind, self.version, np.where(np.isfinite(logs), logs, np.nan), taken, error))
        return self._within_reach(given)

    def _within_reach(self, given: list[Answer]) -> list[Answer]:
        """Comparables can cost more than anything that the learned models were trained on. There these would pull the worth
        down to the dearest thing that they know, so they do not answer."""
        highest = float(self.metadata.get("data", {}).get("highest_price", np.inf))
        with np.errstate(invalid="ignore"):
            beyond = given[0].logs > np.log(_REACH * highest)
        return [given[0], *(replace(answer, logs=np.where(beyond, np.nan, answer.logs)) for answer in given[1:])]


def save(model: PricingModel, folder: Path) -> Path:
    """Write a model to `folder`/<version>; an existing folder of that version is replaced as a whole."""
    from safetensors.numpy import save_file

    arrays: Arrays = {f"lexicon/{name}": value for name, value in model.lexicon.arrays().items()}
    for kind, estimator in model.estimators.items():
        arrays |= {f"{kind}/{name}": value for name, value in estimator.arrays().items()}
    arrays |= {f"ensemble/{name}": value for name, value in model.ensemble.arrays().items()}
    unfinished, final = folder / f".{model.version}.unfinished", folder / model.version
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    save_file({name: np.ascontiguousarray(value) for name, value in arrays.items()}, unfinished / ARRAYS)
    facts = model.metadata | {
        "format": FORMAT,
        "version": model.version,
        "estimators": {kind: estimator.config.model_dump(mode="json") for kind, estimator in model.estimators.items()},
        "sha256": hashlib.sha256((unfinished / ARRAYS).read_bytes()).hexdigest(),
    }
    (unfinished / METADATA).write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    put_in_place(unfinished, final)
    return final


def load(folder: Path) -> PricingModel:
    """Read a model. Raises `UnusableModel` with a sentence.

    Arrays are read by safetensors, which knows numbers alone: a file that would run something when it is read, as a pickle
    does, is no such file and is refused.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load as arrays_in

    metadata = read_metadata(folder)
    content = checked_arrays(folder, metadata)
    try:
        arrays: Arrays = arrays_in(content)
        return _assembled(metadata, arrays)
    except (SafetensorError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise UnusableModel(
            f"The pricing model in {folder} does not hold what this version of Deal Finder expects "
            f"({type(error).__name__}). Train it again with train_pricing."
        ) from error


def _assembled(metadata: dict[str, Any], arrays: Arrays) -> PricingModel:
    def part(name: str) -> Arrays:
        return {key.removeprefix(f"{name}/"): value for key, value in arrays.items() if key.startswith(f"{name}/")}

    estimators = {}
    for kind, config in metadata["estimators"].items():
        estimators[kind] = make(kind, config)
        estimators[kind].restore(part(kind))
    return PricingModel(
        version=metadata["version"],
        lexicon=Lexicon.from_arrays(part("lexicon")),
        estimators=estimators,
        ensemble=Ensemble.from_arrays(part("ensemble")),
        metadata=metadata,
    )


def activate(folder: Path) -> None:
    """Use the model in `folder` on this machine from now on: it is copied to the models of this home and chosen there.

    The registry hears of it when it is next asked (`agents.lifecycle.following`). Raises `UnusableModel`.
    """
    load(folder)
    choose(keep(folder).name, registered=False)


@lru_cache(maxsize=2)
def _loaded(folder: Path, changed: float) -> PricingModel:
    logger.info("Loading the pricing model %s", folder.name)
    return load(folder)


def model_in(folder: Path) -> PricingModel:
    """The model in a folder, read once per process (the last two are kept) and again when the folder changes."""
    return _loaded(folder, (folder / METADATA).stat().st_mtime)


def current_model() -> PricingModel:
    """The model that this machine uses. Asking costs a look at a file, so an activation counts from the next batch on."""
    return model_in(active_folder())
