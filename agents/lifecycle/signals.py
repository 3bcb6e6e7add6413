"""What drift is seen in: four numbers of each valuation, their histograms at training, and how far apart two are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from agents.pricing.catalogue.base import Catalogue, Product
    from agents.pricing.model import PricingModel

SIGNALS: Final = ("log_price", "log_worth", "disagreement", "similarity")
_BINS: Final = 10
_SAMPLE: Final = 2_000

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Said:
    """One valuation, in US dollars: the price asked, the worth, the estimators' answers, the comparables' similarities."""

    price: float | None
    worth: float | None
    answers: Sequence[float]
    similarities: Sequence[float]

    def signals(self) -> tuple[float, float, float, float]:
        """In the order of `SIGNALS`; NaN where there is none. Without a comparable the similarity is 0."""
        logs = [math.log(answer) for answer in self.answers if answer > 0]
        return (
            math.log(self.price) if self.price else math.nan,
            math.log(self.worth) if self.worth else math.nan,
            max(logs) - min(logs) if len(logs) > 1 else math.nan,
            max(self.similarities, default=0.0),
        )


def columns(said: Iterable[Said]) -> dict[str, Doubles]:
    """Each signal's known values."""
    table = np.array([each.signals() for each in said], dtype=np.float64).reshape(-1, len(SIGNALS))
    return {name: table[np.isfinite(table[:, place]), place] for place, name in enumerate(SIGNALS)}


def histogram(values: Doubles) -> dict[str, list[float]]:
    """Inner edges at the tenths of the values, each once, and the share of the values in each bin between them."""
    edges = np.unique(np.quantile(values, np.arange(1, _BINS) / _BINS)) if len(values) else np.zeros(0)
    return {"edges": edges.round(6).tolist(), "shares": _shares(values, edges.round(6)).round(6).tolist()}


def _shares(values: Doubles, edges: Doubles) -> Doubles:
    """Half a value is added to each bin, so that an empty one does not make the index infinite."""
    counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1) + 0.5
    shares: Doubles = counts / counts.sum()
    return shares


def stability_index(reference: dict[str, list[float]], values: Doubles) -> float:
    """The population stability index of values against a reference histogram: 0 where they are distributed alike."""
    expected = np.array(reference["shares"])
    actual = _shares(values, np.array(reference["edges"]))
    return float(((actual - expected) * np.log(actual / expected)).sum())


def reference_histograms(
    model: PricingModel, products: Sequence[Product], catalogue: Catalogue, *, seed: int = 0
) -> dict[str, Any]:
    """What drift is later measured against, to be kept as `metadata["reference"]`.

    `products` are ones that the model was not fitted on, `catalogue` holds none of them. At most 2,000 are valued, by their
    name alone, as deals are. `error` is their mean absolute log error, None where nothing could be said.
    """
    from agents.pricing.service import Item, value_items

    chance = np.random.default_rng(seed)
    sample = [products[row] for row in sorted(chance.permutation(len(products))[:_SAMPLE])]
    worths = value_items([Item(product.title) for product in sample], catalogue=catalogue, model=model)
    said = [
        Said(
            price=product.price,
            worth=float(worth.worth) if worth.worth else None,
            answers=[float(each.value_usd) for each in worth.estimates if each.value_usd],
            similarities=[each.similarity for each in worth.comparables],
        )
        for product, worth in zip(sample, worths, strict=True)
    ]
    errors = [abs(math.log(each.worth / each.price)) for each in said if each.worth and each.price]
    return {
        "rows": len(sample),
        "signals": {name: histogram(values) for name, values in columns(said).items()},
        "error": round(float(np.mean(errors)), 5) if errors else None,
    }
