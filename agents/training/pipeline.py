"""One training run: from priced products to a model with a calibrated interval.

    products ── split by normalised title ──▶ fitting 88 %        ──▶ wording, frontier, specialist, neural
                                          └─▶ held out 12 %, half ──▶ weights and quantiles of the error
                                                              half ──▶ calibration of the interval

The estimators and the ensemble see the items beside catalogues of several sizes, because an installation begins with a few
hundred priced products and ends with a hundred thousand, and an honest interval has to know the difference.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from agents.pricing.batch import Batch, assemble, compare
from agents.pricing.catalogue.base import NEAREST, Found, Integers, Product, ProductTable, key_numbers
from agents.pricing.catalogue.memory import MemoryCatalogue
from agents.pricing.embedding import MODEL, Vectors, embed_many
from agents.pricing.ensemble import LOCAL, Ensemble, HeldOut, learn
from agents.pricing.estimators.base import Estimator, TrainingSet, View
from agents.pricing.estimators.registry import make
from agents.pricing.model import PricingModel
from agents.pricing.text import Prepared, prepare
from agents.pricing.wording import Wording
from agents.training.data import fingerprint
from common.text import title_key

HELD_OUT: Final = 0.12
FEWEST: Final = 200
# How large a catalogue, and which share of the fitting items is seen beside it. Size 0 teaches to do without neighbours.
_FITTING_VIEWS: Final = ((20_000, 0.2), (3_000, 0.12), (300, 0.12), (0, 0.05))
_HELD_OUT_VIEWS: Final = (20_000, 3_000, 300, 0)
logger = logging.getLogger(__name__)


class TooLittleData(Exception):
    """There are not enough products to learn from."""


@dataclass(frozen=True)
class Rows:
    """Products with what is read from their texts."""

    products: Sequence[Product]
    items: Sequence[Prepared]
    vectors: Vectors

    def take(self, rows: Integers) -> Rows:
        return Rows([self.products[row] for row in rows], [self.items[row] for row in rows], self.vectors[rows])

    @property
    def log_prices(self) -> npt.NDArray[np.float64]:
        return np.log(np.array([product.price for product in self.products], dtype=np.float64))

    @cached_property
    def groups(self) -> Integers:
        """A number for each normalised title."""
        _, groups = np.unique(key_numbers([title_key(product.title) for product in self.products]), return_inverse=True)
        return groups.astype(np.int64)

    def catalogue(self, wording: Wording) -> MemoryCatalogue:
        today = datetime.now(UTC).date()
        return MemoryCatalogue(ProductTable.of(self.products, self.items, wording, today), self.vectors)


def read_rows(products: Sequence[Product], cache: Path | None = None) -> Rows:
    """Prepare and embed products (`cache`: a folder for the vectors)."""
    items = [prepare(product.title, product.text) for product in products]
    return Rows(products, items, embed_many([item.text for item in items], cache))


def train(
    products: Sequence[Product],
    *,
    seed: int,
    cache: Path | None = None,
    config: dict[str, dict[str, Any]] | None = None,
) -> PricingModel:
    """Train everything on `products`. `config` overrides the configuration of a kind. Raises `TooLittleData`."""
    if len(products) < FEWEST:
        raise TooLittleData(f"{len(products)} products are too few to learn from; {FEWEST} are the least.")
    started = time.monotonic()
    everything = read_rows(products, cache)
    _tell("Read and embedded %d products", started, len(products))
    fitting, held_out = (everything.take(rows) for rows in _split(everything, seed))
    wording = Wording.learn(fitting.items)
    catalogue = fitting.catalogue(wording)
    training = _training_set(fitting, wording, catalogue, seed)
    _tell("Compared %d products with each other", started, len(fitting.items))
    estimators: dict[str, Estimator] = {}
    for kind in LOCAL:
        estimators[kind] = make(kind, (config or {}).get(kind))
        estimators[kind].fit(training, seed=seed)
        _tell("Fitted the %s estimator", started, kind)
    ensemble = _ensemble(estimators, held_out, wording, catalogue, seed)
    _tell("Learned weights and intervals on %d held-out products", started, len(held_out.items))
    at = datetime.now(UTC)
    metadata = {
        "trained_at": at.isoformat(timespec="seconds"),
        "seed": seed,
        "data": {
            "rows": len(products),
            "sha256": fingerprint(products),
            "held_out": len(held_out.items),
            "highest_price": max(product.price for product in products),
        },
        "embedding": MODEL,
        "weights": ensemble.weights.round(3).tolist(),
        "seconds": round(time.monotonic() - started, 1),
    }
    return PricingModel(f"{at:%Y%m%d-%H%M}-{metadata['data']['sha256'][:8]}", wording, estimators, ensemble, metadata)


def _tell(sentence: str, started: float, *values: object) -> None:
    logger.info("%s (after %.0f s)", sentence % values, time.monotonic() - started)


def _split(rows: Rows, seed: int) -> tuple[Integers, Integers]:
    """Row numbers to fit on and to hold out; a normalised title is on one side only."""
    group = rows.groups
    away = np.random.default_rng(seed).random(int(group.max(initial=0)) + 1) < HELD_OUT
    return np.flatnonzero(~away[group]), np.flatnonzero(away[group])


def _training_set(rows: Rows, wording: Wording, catalogue: MemoryCatalogue, seed: int) -> TrainingSet:
    batch = assemble(rows.items, wording, catalogue, vectors=rows.vectors, leave_out_same_title=True)
    views = [View(np.arange(len(batch)), batch.neighbours, catalogue.size())]
    chance = np.random.default_rng(seed + 1)
    for size, share in _FITTING_VIEWS:
        if size >= catalogue.size():
            continue
        smaller = catalogue.take(chance.permutation(catalogue.size())[:size])
        chosen = chance.permutation(len(batch))[: max(1, int(share * len(batch)))]
        part = rows.take(chosen)
        found = smaller.search(part.vectors, keys=[item.key for item in part.items])
        views.append(View(chosen, compare(part.items, found, wording), size))
    return TrainingSet(batch, rows.log_prices, rows.groups, views)


def _ensemble(
    estimators: dict[str, Estimator], rows: Rows, wording: Wording, catalogue: MemoryCatalogue, seed: int
) -> Ensemble:
    chance = np.random.default_rng(seed + 2)
    learning = (chance.random(int(rows.groups.max(initial=0)) + 1) < 0.5)[rows.groups]
    batch = assemble(rows.items, wording, catalogue, vectors=rows.vectors)
    parts = [_held_out(estimators, batch, rows, catalogue.size(), learning)]
    for size in _HELD_OUT_VIEWS:
        if size >= catalogue.size():
            continue
        smaller = catalogue.take(chance.permutation(catalogue.size())[:size])
        found = smaller.search(rows.vectors)
        view = _beside(batch, found, wording)
        parts.append(_held_out(estimators, view, rows, size, learning))
    again = _seen_before(batch, rows, wording, catalogue)
    if again is not None:
        chosen, view = again
        parts.append(_held_out(estimators, view, rows.take(chosen), catalogue.size(), learning[chosen]))
    return learn(parts, seed=seed)


def _held_out(
    estimators: dict[str, Estimator], batch: Batch, rows: Rows, size: int, learning: npt.NDArray[np.bool_]
) -> HeldOut:
    logs = np.stack([estimators[kind].estimate(batch) for kind in LOCAL], axis=1)
    return HeldOut(logs, batch.neighbours, size, rows.log_prices, learning)


def _beside(batch: Batch, found: Found, wording: Wording) -> Batch:
    return Batch(batch.items, batch.vectors, batch.features, batch.numbers, found, compare(batch.items, found, wording))


def _seen_before(
    batch: Batch, rows: Rows, wording: Wording, catalogue: MemoryCatalogue
) -> tuple[Integers, Batch] | None:
    """The held-out items whose title occurs more than once, beside a catalogue that holds the other ones.

    Only here do comparables of the very same title appear: it is how well they tell a price that is calibrated, by
    models that saw none of them.
    """
    chosen = np.flatnonzero(np.bincount(rows.groups)[rows.groups] > 1)
    if not len(chosen):
        return None
    repeated = rows.take(chosen)
    others = repeated.catalogue(wording)
    found = catalogue.search(repeated.vectors)
    own = others.search(repeated.vectors, count=NEAREST)
    row = np.where(own.row >= 0, own.row + catalogue.size(), -1)
    row[own.row == np.arange(len(chosen))[:, None]] = -1
    rows_joined = np.concatenate([row, found.row], axis=1)
    similarity = np.concatenate([np.where(row >= 0, own.similarity, 0), found.similarity], axis=1)
    order = np.argsort(-np.where(rows_joined >= 0, similarity, -1), axis=1, kind="stable")[:, :NEAREST]
    joined = Found(
        row=np.take_along_axis(rows_joined, order, axis=1),
        similarity=np.take_along_axis(similarity, order, axis=1),
        table=ProductTable.joined(catalogue.table, others.table),
        size=catalogue.size(),
    )
    return chosen, _beside(batch.take(chosen), joined, wording)
