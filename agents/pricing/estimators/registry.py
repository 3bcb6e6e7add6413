"""The kinds of estimators by name. A kind is imported when it is first asked for, and not before."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from agents.pricing.estimators.base import Estimator

KINDS: Final = {
    "frontier": "agents.pricing.estimators.frontier.estimator.FrontierEstimator",
    "specialist": "agents.pricing.estimators.specialist.estimator.SpecialistEstimator",
    "neural": "agents.pricing.estimators.neural.estimator.NeuralEstimator",
}


class UnknownKind(LookupError):
    """A name that no estimator has."""


def estimator_class(kind: str) -> type[Estimator]:
    """The class of a kind; `UnknownKind` where there is none."""
    try:
        module, _, name = KINDS[kind].rpartition(".")
    except KeyError:
        raise UnknownKind(f"There is no estimator “{kind}”; there are {', '.join(KINDS)}.") from None
    found: type[Estimator] = getattr(import_module(module), name)
    return found


def make(kind: str, config: dict[str, Any] | None = None) -> Estimator:
    """An unfitted estimator of a kind with its configuration, which is checked."""
    chosen = estimator_class(kind)
    return chosen(chosen.config_model.model_validate(config or {}))
