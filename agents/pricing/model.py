"""The trained whole: wording, three estimators and the ensemble, with where it is kept and how it is read.

A model is a folder with `model.safetensors` (plain arrays: reading it runs nothing) and `metadata.json` (version, seed,
fingerprint of the data, configuration, measured errors, checksum). The one in use is named by the file `active` in
`DEALFINDER_HOME/models`; without it, it is the one that comes with the program.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.conf import settings

from agents.pricing.batch import Batch
from agents.pricing.ensemble import LOCAL, Doubles, Ensemble
from agents.pricing.estimators.base import Arrays, Estimator
from agents.pricing.estimators.registry import make
from agents.pricing.wording import Wording

SHIPPED: Final = Path(__file__).parent / "artefacts"
_FORMAT: Final = 1
_REACH: Final = 0.9
_ARRAYS: Final = "model.safetensors"
_METADATA: Final = "metadata.json"
logger = logging.getLogger(__name__)


class UnusableModel(Exception):
    """A model's folder is missing, damaged, or of another format."""


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
    wording: Wording
    estimators: dict[str, Estimator]
    ensemble: Ensemble
    metadata: dict[str, Any]

    def answers(self, batch: Batch) -> list[Answer]:
        """What each estimator says, in the order of `LOCAL` (the comparables first).

        One that fails has said nothing: NaN, with its error.
        """
        given = []
        for kind in LOCAL:
            started = time.perf_counter()
            error = ""
            try:
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

    arrays: Arrays = {"wording.rarity": model.wording.rarity.astype(np.float16)}
    for kind, estimator in model.estimators.items():
        arrays |= {f"{kind}/{name}": value for name, value in estimator.arrays().items()}
    arrays |= {f"ensemble/{name}": value for name, value in model.ensemble.arrays().items()}
    unfinished, final = folder / f".{model.version}.unfinished", folder / model.version
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    save_file({name: np.ascontiguousarray(value) for name, value in arrays.items()}, unfinished / _ARRAYS)
    facts = model.metadata | {
        "format": _FORMAT,
        "version": model.version,
        "estimators": {kind: estimator.config.model_dump(mode="json") for kind, estimator in model.estimators.items()},
        "sha256": hashlib.sha256((unfinished / _ARRAYS).read_bytes()).hexdigest(),
    }
    (unfinished / _METADATA).write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    shutil.rmtree(final, ignore_errors=True)
    unfinished.rename(final)
    return final


def load(folder: Path) -> PricingModel:
    """Read a model. Raises `UnusableModel` with a sentence."""
    from safetensors.numpy import load_file

    try:
        metadata = json.loads((folder / _METADATA).read_text(encoding="utf-8"))
        content = (folder / _ARRAYS).read_bytes()
    except (OSError, ValueError) as error:
        raise UnusableModel(
            f"The pricing model in {folder} cannot be read ({error}). Train one with train_pricing."
        ) from error
    if metadata.get("format") != _FORMAT or hashlib.sha256(content).hexdigest() != metadata.get("sha256"):
        raise UnusableModel(
            f"The pricing model in {folder} is damaged or of another format. Train it again with train_pricing."
        )
    arrays = load_file(folder / _ARRAYS)

    def part(name: str) -> Arrays:
        return {key.removeprefix(f"{name}/"): value for key, value in arrays.items() if key.startswith(f"{name}/")}

    estimators = {}
    for kind, config in metadata["estimators"].items():
        estimators[kind] = make(kind, config)
        estimators[kind].restore(part(kind))
    return PricingModel(
        version=metadata["version"],
        wording=Wording(arrays["wording.rarity"].astype(np.float32)),
        estimators=estimators,
        ensemble=Ensemble.from_arrays(part("ensemble")),
        metadata=metadata,
    )


def _pointer() -> Path:
    return Path(settings.MODELS_DIR) / "active"


def activate(folder: Path) -> None:
    """Use the model in `folder` from now on: it is copied to the models of this home, and the pointer is switched."""
    load(folder)
    models = Path(settings.MODELS_DIR)
    models.mkdir(parents=True, exist_ok=True)
    target = models / folder.name
    if target.resolve() != folder.resolve():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder, target)
    unfinished = models / ".active.unfinished"
    unfinished.write_text(folder.name + "\n", encoding="utf-8")
    unfinished.replace(_pointer())


def active_folder() -> Path:
    """Where the model in use is kept. A pointer to nothing is said in the log, and the shipped one is used."""
    pointer = _pointer()
    if pointer.exists():
        chosen = pointer.parent / pointer.read_text(encoding="utf-8").strip()
        if (chosen / _METADATA).exists():
            return chosen
        logger.error("The active pricing model %s is missing; the one that comes with Deal Finder is used", chosen.name)
    shipped = sorted(path.parent for path in SHIPPED.glob(f"*/{_METADATA}"))
    if not shipped:
        raise UnusableModel("Deal Finder came without a pricing model. Train one with train_pricing --activate.")
    return shipped[-1]


@lru_cache(maxsize=2)
def _loaded(folder: Path, changed: float) -> PricingModel:
    logger.info("Loading the pricing model %s", folder.name)
    return load(folder)


def current_model() -> PricingModel:
    """The model in use, read once per process and again when another is activated."""
    folder = active_folder()
    return _loaded(folder, (folder / _METADATA).stat().st_mtime)
