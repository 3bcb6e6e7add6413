"""How good a model is on products that it did not see: the figures of `evaluate_pricing`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.pricing.batch import assemble
from agents.pricing.catalogue.base import Catalogue, Product
from agents.pricing.ensemble import LOCAL
from agents.pricing.model import PricingModel
from agents.pricing.text import prepare

Doubles = npt.NDArray[np.float64]
_PART = 256


@dataclass(frozen=True)
class Predictions:
    """What was said about n products, in dollars: the worth and its interval, and each estimator's own answer."""

    truth: Doubles
    worth: Doubles
    low: Doubles
    high: Doubles
    by_estimator: dict[str, Doubles]
    region: npt.NDArray[np.int64]
    seconds: float


def predict(model: PricingModel, products: Sequence[Product], catalogue: Catalogue) -> Predictions:
    """Value products by their text alone, in batches as the worker does it, everything included in the time."""
    judged, logs = [], []
    started = time.perf_counter()
    for start in range(0, len(products), _PART):
        items = [prepare("", product.text) for product in products[start : start + _PART]]
        batch = assemble(items, model.lexicon, catalogue)
        said = np.stack([answer.logs for answer in model.answers(batch)], axis=1)
        judged.append(model.ensemble.judge(said, batch))
        logs.append(said)
    seconds = time.perf_counter() - started
    joined = np.concatenate(logs)
    return Predictions(
        truth=np.array([product.price for product in products]),
        worth=np.exp(np.concatenate([part.worth for part in judged])),
        low=np.exp(np.concatenate([part.low for part in judged])),
        high=np.exp(np.concatenate([part.high for part in judged])),
        by_estimator={kind: np.exp(joined[:, index]) for index, kind in enumerate(LOCAL)},
        region=np.concatenate([part.region for part in judged]),
        seconds=seconds,
    )


def errors(truth: Doubles, said: Doubles) -> dict[str, float]:
    """The point figures, over those with an answer: a hit is an error under $40 or under 20 % of the price."""
    answered = np.isfinite(said)
    truth, said = truth[answered], said[answered]
    if not len(truth):
        return {
            "mae": float("nan"),
            "rmsle": float("nan"),
            "r2": float("nan"),
            "hit_rate": float("nan"),
            "median_ape": float("nan"),
        }
    wrong = np.abs(said - truth)
    spread = float(((truth - truth.mean()) ** 2).sum())
    return {
        "mae": float(wrong.mean()),
        "rmsle": float(np.sqrt(np.mean((np.log1p(said) - np.log1p(truth)) ** 2))),
        "r2": float(1 - ((said - truth) ** 2).sum() / spread) if spread else float("nan"),
        "hit_rate": float(np.mean((wrong < 40) | (wrong < 0.2 * truth))),
        "median_ape": float(np.median(wrong / truth)),
    }


def bootstrap(values: Doubles, *, seed: int = 0, rounds: int = 1000) -> tuple[float, float]:
    """The 95 % percentile interval of a mean, by resampling."""
    chance = np.random.default_rng(seed)
    means = [float(values[chance.integers(0, len(values), len(values))].mean()) for _ in range(rounds)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def figures(said: Predictions, version: str) -> Any:
    """The answer of `evaluate_pricing --json` (contract), and `answered`, the share for which anything was said."""
    answered = np.isfinite(said.worth)
    wrong = np.abs(said.worth - said.truth)[answered]
    inside = (said.truth >= said.low) & (said.truth <= said.high)
    interval = bootstrap(wrong) if len(wrong) else (float("nan"), float("nan"))
    return _rounded(
        {
            "n": len(said.truth),
            **errors(said.truth, said.worth),
            "mae_ci95": list(interval),
            "coverage80": float(inside[answered].mean()) if answered.any() else float("nan"),
            "median_interval_ratio": float(np.median((said.high / said.low)[answered]))
            if answered.any()
            else float("nan"),
            "answered": float(answered.mean()),
            "items_per_second": len(said.truth) / said.seconds,
            "by_estimator": {kind: errors(said.truth, values) for kind, values in said.by_estimator.items()},
            "versions": dict.fromkeys((*LOCAL, "ensemble"), version),
        }
    )


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4) if np.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    return [_rounded(part) for part in value] if isinstance(value, list) else value
