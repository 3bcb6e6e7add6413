"""One training run: from priced products to a model with a calibrated interval.

    products ── split by normalised title ──▶ fitting 88 %        ──▶ lexicon, frontier, specialist, neural
                                          └─▶ held out 12 %, half ──▶ weights and quantiles of the error
                                                              half ──▶ calibration of the interval
    all of them, when that is done                            ──▶ line and memory of the lexicon

The estimators and the ensemble see the items beside catalogues of several sizes, because an installation begins with a few
hundred priced products and ends with a hundred thousand; and as things of a source that nobody has seen, because most offers
come from such. For the latter, models of their own are fitted without some of the sources, and asked about those.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from agents.pricing.batch import Batch, assemble, compare
from agents.pricing.catalogue.base import NEAREST, Found, Integers, Product, ProductTable, key_numbers
from agents.pricing.catalogue.memory import MemoryCatalogue
from agents.pricing.embedding import MODEL, Vectors, embed_many
from agents.pricing.ensemble import LOCAL, HeldOut, learn
from agents.pricing.estimators.base import Estimator, TrainingSet, View
from agents.pricing.estimators.registry import make
from agents.pricing.labels import learn_labels
from agents.pricing.lexicon import Lexical, Lexicon, Memory
from agents.pricing.model import PricingModel
from agents.pricing.ridge import fit_ridge, out_of_fold
from agents.pricing.text import Prepared, prepare
from agents.pricing.wording import Wording
from agents.training.data import fingerprint
from common.text import title_key

HELD_OUT: Final = 0.12
FEWEST: Final = 200
PENALTY: Final = 0.5
FOLDS: Final = 5
# Titles that begin alike are one thing in several colours or one listing cut short: they stay together in every split.
_STEM: Final = 80
# How large a catalogue, and which share of the fitting items is seen beside it. Size 0 teaches to do without neighbours.
_FITTING_VIEWS: Final = ((20_000, 0.2), (3_000, 0.12), (300, 0.12), (0, 0.05))
_HELD_OUT_VIEWS: Final = (20_000, 3_000, 300, 0)
_SOURCE_FOLDS: Final = 4
_ELSEWHERE_SHARE: Final = 0.25  # of the items, seen as those of an unknown source
_ELSEWHERE_ROWS: Final = 20_000  # on which models are fitted that do without some sources
_ELSEWHERE_PROBES: Final = 1_200
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
        """A number for each beginning of a normalised title."""
        stems = [title_key(product.title)[:_STEM] for product in self.products]
        _, groups = np.unique(key_numbers(stems), return_inverse=True)
        return groups.astype(np.int64)

    def source_folds(self, seed: int) -> Integers:
        """A number below `_SOURCE_FOLDS` for each item, the same for all of a source; all 0 where there are too few sources."""
        names, source = np.unique([product.source for product in self.products], return_inverse=True)
        if len(names) < _SOURCE_FOLDS:
            return np.zeros(len(self.products), dtype=np.int64)
        fold = np.empty(len(names), dtype=np.int64)
        fold[np.random.default_rng(seed).permutation(len(names))] = np.arange(len(names)) % _SOURCE_FOLDS
        return fold[source]

    def catalogue(self, wording: Wording) -> MemoryCatalogue:
        today = datetime.now(UTC).date()
        return MemoryCatalogue(ProductTable.of(self.products, self.items, wording, today), self.vectors, self.groups)


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
    lexicon, batch = _learn_words(fitting, seed)
    _tell("Learned the words", started)
    catalogue = fitting.catalogue(lexicon.wording)
    views = _views(fitting, batch, lexicon, catalogue, seed)
    training = TrainingSet(batch, fitting.log_prices, fitting.groups, views)
    _tell("Compared %d products with each other", started, len(fitting.items))
    estimators = _fitted(training, seed, config)
    _tell("Fitted the estimators", started)
    away = assemble(held_out.items, lexicon, catalogue, vectors=held_out.vectors)
    parts = _held_out_parts(estimators, away, held_out, lexicon, catalogue, seed)
    elsewhere = _elsewhere_parts(training, fitting, lexicon, catalogue, seed, config)
    _tell("Asked about %d items of sources left out", started, sum(len(part.truth) for part in elsewhere))
    ensemble = learn([*parts, *elsewhere], seed=seed)
    _tell("Learned weights and intervals on %d held-out products", started, len(held_out.items))
    lexicon = _of_everything(lexicon, batch, away, np.concatenate([fitting.log_prices, held_out.log_prices]))
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
    return PricingModel(f"{at:%Y%m%d-%H%M}-{metadata['data']['sha256'][:8]}", lexicon, estimators, ensemble, metadata)


def _tell(sentence: str, started: float, *values: object) -> None:
    logger.info("%s (after %.0f s)", sentence % values, time.monotonic() - started)


def _split(rows: Rows, seed: int) -> tuple[Integers, Integers]:
    """Row numbers to fit on and to hold out; a normalised title is on one side only."""
    group = rows.groups
    away = np.random.default_rng(seed).random(int(group.max(initial=0)) + 1) < HELD_OUT
    return np.flatnonzero(~away[group]), np.flatnonzero(away[group])


def _learn_words(rows: Rows, seed: int) -> tuple[Lexicon, Batch]:
    """The lexicon, and the fitting items as a batch, for which the lexicon answers as if each one's group were unknown."""
    wording = Wording.learn(rows.items)
    features = wording.features(rows.items)
    prices = rows.log_prices
    unseen = out_of_fold(features, prices, rows.groups, penalty=PENALTY, folds=FOLDS, seed=seed)
    line = fit_ridge(features, prices, penalty=PENALTY)
    words = features[:, : wording.words_width]
    memory = Memory.of(words, prices, prices - unseen)
    lexicon = Lexicon(wording, learn_labels(rows.items), line, memory)
    lexical = Lexical(unseen.astype(np.float32), *memory.search(words, groups=rows.groups, own=rows.groups))
    catalogue = rows.catalogue(wording)
    found = catalogue.search(rows.vectors, own=rows.groups)
    neighbours = compare(rows.items, found, wording)
    return lexicon, Batch(rows.items, rows.vectors, features, lexicon.numbers(rows.items), lexical, found, neighbours)


def _of_everything(lexicon: Lexicon, fitting: Batch, held_out: Batch, log_prices: npt.NDArray[np.float64]) -> Lexicon:
    """The lexicon with a line and a memory of the held-out items as well, once nothing is measured on these any more.

    What the line missed each product by is still what it missed as if it did not know it.
    """
    features = sparse.vstack([fitting.features, held_out.features], format="csr")
    unseen = np.concatenate([fitting.lexical.line, held_out.lexical.line])
    line = fit_ridge(features, log_prices, penalty=PENALTY)
    return replace(lexicon, line=line, memory=Memory.of(lexicon.words(features), log_prices, log_prices - unseen))


def _views(rows: Rows, batch: Batch, lexicon: Lexicon, catalogue: MemoryCatalogue, seed: int) -> list[View]:
    views = [View(np.arange(len(batch)), batch.neighbours, batch.lexical, catalogue.size())]
    chance = np.random.default_rng(seed + 1)
    for size, share in _FITTING_VIEWS:
        if size >= catalogue.size():
            continue
        smaller = catalogue.take(chance.permutation(catalogue.size())[:size])
        chosen = chance.permutation(len(batch))[: max(1, int(share * len(batch)))]
        part = rows.take(chosen)
        found = smaller.search(part.vectors, own=rows.groups[chosen])
        views.append(View(chosen, compare(part.items, found, lexicon.wording), batch.lexical.take(chosen), size))
    fold = rows.source_folds(seed)
    for each in range(fold.max(initial=0) + 1 if fold.any() else 0):
        inside = np.flatnonzero(fold == each)
        chosen = chance.permutation(inside)[: int(_ELSEWHERE_SHARE * len(inside))]
        stranger = _stranger(batch, rows, lexicon, np.flatnonzero(fold != each))
        view = _beside_others(batch.take(chosen), stranger, catalogue.take(np.flatnonzero(fold != each)))
        views.append(View(chosen, view.neighbours, view.lexical, view.found.size, elsewhere=True))
    return views


def _stranger(batch: Batch, rows: Rows, lexicon: Lexicon, others: Integers) -> Lexicon:
    """A lexicon that knows only these rows."""
    line = fit_ridge(batch.features[others], rows.log_prices[others], penalty=PENALTY)
    return replace(lexicon, line=line, memory=lexicon.memory.take(others))


def _beside_others(batch: Batch, lexicon: Lexicon, catalogue: MemoryCatalogue) -> Batch:
    """The batch as it looks with this lexicon and beside this catalogue."""
    found = catalogue.search(batch.vectors)
    return replace(
        batch,
        lexical=lexicon.says(batch.features),
        found=found,
        neighbours=compare(batch.items, found, lexicon.wording),
    )


def _fitted(training: TrainingSet, seed: int, config: dict[str, dict[str, Any]] | None) -> dict[str, Estimator]:
    estimators: dict[str, Estimator] = {}
    for kind in LOCAL:
        started = time.monotonic()
        estimators[kind] = make(kind, (config or {}).get(kind))
        estimators[kind].fit(training, seed=seed)
        logger.info("Fitted the %s estimator in %.0f s", kind, time.monotonic() - started)
    return estimators


def _held_out_parts(
    estimators: dict[str, Estimator],
    batch: Batch,
    rows: Rows,
    lexicon: Lexicon,
    catalogue: MemoryCatalogue,
    seed: int,
) -> list[HeldOut]:
    chance = np.random.default_rng(seed + 2)
    learning = (chance.random(int(rows.groups.max(initial=0)) + 1) < 0.5)[rows.groups]
    parts = [_held_out(estimators, batch, rows.log_prices, learning)]
    for size in _HELD_OUT_VIEWS:
        if size >= catalogue.size():
            continue
        smaller = catalogue.take(chance.permutation(catalogue.size())[:size])
        view = _beside(batch, smaller.search(rows.vectors), lexicon.wording)
        parts.append(_held_out(estimators, view, rows.log_prices, learning))
    again = _seen_before(batch, rows, lexicon.wording, catalogue)
    if again is not None:
        chosen, view = again
        parts.append(_held_out(estimators, view, rows.log_prices[chosen], learning[chosen]))
    return parts


def _elsewhere_parts(
    training: TrainingSet,
    rows: Rows,
    lexicon: Lexicon,
    catalogue: MemoryCatalogue,
    seed: int,
    config: dict[str, dict[str, Any]] | None,
) -> list[HeldOut]:
    """What models say about items of sources that they were fitted without: it is how wide an interval has to be there."""
    fold = rows.source_folds(seed + 3)
    if not fold.any():
        return []
    chance = np.random.default_rng(seed + 4)
    parts = []
    for each in range(_SOURCE_FOLDS):
        others = np.flatnonzero(fold != each)
        estimators = _fitted(_without(training, fold == each, chance), seed, config)
        probes = chance.permutation(np.flatnonzero(fold == each))[:_ELSEWHERE_PROBES]
        stranger = _stranger(training.batch, rows, lexicon, others)
        batch = _beside_others(training.batch.take(probes), stranger, catalogue.take(others))
        learning = chance.random(len(probes)) < 0.5
        part = replace(_held_out(estimators, batch, rows.log_prices[probes], learning), elsewhere=True)
        logger.info(
            "Sources left out, %d of %d: mean absolute error of the estimators $%s",
            each + 1,
            _SOURCE_FOLDS,
            np.round(np.nanmean(np.abs(np.exp(part.logs) - np.exp(part.truth)[:, None]), axis=0), 1).tolist(),
        )
        parts.append(part)
    return parts


def _without(training: TrainingSet, left_out: npt.NDArray[np.bool_], chance: np.random.Generator) -> TrainingSet:
    """At most `_ELSEWHERE_ROWS` rows of the main view and a share of the others, none of them left out."""
    views: list[View] = []
    share = 1.0
    for view in training.views:
        inside = np.flatnonzero(~left_out[view.rows])
        share = share if views else min(1.0, _ELSEWHERE_ROWS / max(1, len(inside)))
        chosen = np.sort(chance.permutation(inside)[: int(np.ceil(share * len(inside)))])
        taken = replace(
            view, rows=view.rows[chosen], neighbours=view.neighbours.take(chosen), lexical=view.lexical.take(chosen)
        )
        views.append(taken)
    return replace(training, views=views)


def _held_out(
    estimators: dict[str, Estimator], batch: Batch, truth: npt.NDArray[np.float64], learning: npt.NDArray[np.bool_]
) -> HeldOut:
    logs = np.stack([estimators[kind].estimate(batch) for kind in LOCAL], axis=1)
    return HeldOut(logs, batch.neighbours, batch.lexical, batch.found.size, truth, learning)


def _beside(batch: Batch, found: Found, wording: Wording) -> Batch:
    return replace(batch, found=found, neighbours=compare(batch.items, found, wording))


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
