"""Three answers into one, with an 80 % interval that was calibrated on items that no model saw.

Weights are learned for each region (how close the nearest priced product is) and each size of catalogue: beside a few
hundred products the comparables deserve less trust than beside a hundred thousand. The interval has two parts: trees
that guess the 10 % and 90 % quantiles of the error from what can be known beforehand (distance, disagreement, spread of
the neighbours' prices), and a factor for each region and size by which that guess is stretched so that 80 % of the
calibration items lie inside, and 75 % of those of the strangest sources left out (conformalised quantile regression;
Romano, Patterson and Candès, 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from agents.pricing.batch import Batch
from agents.pricing.lexicon import Lexical
from agents.pricing.neighbours import Neighbours, weighted_mean
from agents.pricing.trees import Trees, grow

LOCAL: Final = ("frontier", "specialist", "neural")
WITH_FOUNDATION_MODEL: Final = np.array([0.8, 0.1, 0.1])  # frontier, specialist, neural (design, section 4)
# Where the very product was seen lately, or in a small catalogue, which somebody keeps by hand, its price is the evidence. This
# is set and not learned: the same titles in training data have no date and are of the shops that the learned models grew up
# with, and elsewhere (other shops, later years) these are worse than they look there. What is learned is how wide the interval
# has to be for it. A product of the same name without a date, in a large catalogue, is a region of its own (`namesake`).
SAME_PRODUCT: Final = np.array([0.8, 0.1, 0.1])
COVERAGE: Final = 0.8
REGIONS: Final = ("far", "distant", "near", "close", "very close", "namesake", "identical")
_EDGES: Final = (0.35, 0.5, 0.62, 0.75)
_SIZES: Final = (1_000, 10_000, 40_000)
_SMALL: Final = 10_000
_LATELY: Final = 1.0  # years
_ENOUGH: Final = 150
_FEWEST_SEEN: Final = 30
_FEWEST_STRANGERS: Final = 60
_COVERAGE_OF_STRANGERS: Final = 0.75
"""Less than for known sources: at 80 % of the strangest ones 82.6 % of what comes from known sources lay inside, which is too wide."""
_USUAL_OF_SEEN: Final = 0.4  # where too few were held out to say
_STRANGE: Final = float(np.log(1.6))
_SMALLEST_HALF_WIDTH: Final = 0.03  # nobody knows a price to better than about 3 %

Doubles = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def regions(neighbours: Neighbours, size: int, *, as_seen_lately: bool = False) -> Integers:
    """The region of each item beside a catalogue of `size` products, an index of `REGIONS`. `as_seen_lately`: as if every price
    were of these days."""
    nearest = neighbours.closeness(0.5, 0.08).max(axis=1, initial=-1)
    same = neighbours.identical & ~neighbours.pack_differs
    lately = same if as_seen_lately or size <= _SMALL else same & (neighbours.age_years <= _LATELY)
    region = np.where(same.any(axis=1), REGIONS.index("namesake"), np.digitize(nearest, _EDGES))
    return np.where(lately.any(axis=1), REGIONS.index("identical"), region)


def size_class(size: int) -> int:
    """0 for a catalogue of up to 1,000 products, 1 up to 10,000, 2 up to 40,000, 3 beyond."""
    return int(np.digitize(size, _SIZES, right=True))


def combine(logs: Doubles, weights: Doubles) -> Doubles:
    """The weighted mean of (n, m) log estimates under (n, m) weights, over those that answered; NaN where none did."""
    answered = np.isfinite(logs)
    used = np.where(answered, np.maximum(weights, 1e-6), 0.0)
    total = used.sum(axis=1)
    mixed = (np.where(answered, logs, 0) * used).sum(axis=1)
    result: Doubles = np.divide(mixed, total, out=np.full(len(logs), np.nan), where=total > 0)
    return result


def shares(logs: Doubles, weights: Doubles) -> Doubles:
    """The weights that really counted, (n, m): zero for the missing ones, each row with a sum of one."""
    used = np.where(np.isfinite(logs), np.maximum(weights, 1e-6), 0.0)
    total = used.sum(axis=1, keepdims=True)
    result: Doubles = np.divide(used, total, out=np.zeros_like(used), where=total > 0)
    return result


def _who_answered(logs: Doubles) -> Integers:
    """A number from 0 to 7 for each row: which of the three answered."""
    return np.isfinite(logs).astype(np.int64) @ (1 << np.arange(logs.shape[1]))


def _at_home(logs: Doubles, region: Integers) -> Doubles:
    """The answers without those of learned models that are far from what the very product was seen for.

    Such a model has never met the like of it (a product of a later year, another kind of shop), and the seen price has.
    """
    seen = (region == REGIONS.index("identical")) & np.isfinite(logs[:, 0])
    with np.errstate(invalid="ignore"):
        strange = seen[:, None] & (np.abs(logs - logs[:, :1]) > _STRANGE)
    return np.where(strange, np.nan, logs)


def _signs(
    logs: Doubles, worth: Doubles, neighbours: Neighbours, lexical: Lexical, size: int
) -> npt.NDArray[np.float32]:
    """What can be known beforehand about the error of `worth`, (n, ·)."""
    close = neighbours.closeness(0.5, 0.08)
    weights = neighbours.weights(close, 0.05)
    mean = weighted_mean(neighbours.log_price, weights)
    spread = np.sqrt(weighted_mean((neighbours.log_price - mean[:, None]) ** 2, weights))
    ranked = -np.sort(-close, axis=1)[:, :5]
    widest = np.where(np.isfinite(logs), logs, worth[:, None])
    return np.column_stack(
        [
            worth,
            widest - worth[:, None],
            widest.max(axis=1) - widest.min(axis=1),
            spread,
            mean - worth,
            1 / np.maximum((weights**2).sum(axis=1), 1e-6),
            ranked[:, 0],
            ranked.mean(axis=1),
            neighbours.similarity.max(axis=1, initial=0),
            neighbours.likeness.max(axis=1, initial=0),
            neighbours.identical.sum(axis=1),
            np.full(len(worth), np.log1p(size)),
            *_signs_of_words(lexical, worth),
        ]
    ).astype(np.float32)


def _signs_of_words(lexical: Lexical, worth: Doubles) -> list[npt.NDArray[Any]]:
    """How well the words are known: nothing like it in the memory is how things of another kind of shop look."""
    like = lexical.similarity
    first = lexical.log_price[:, :5]
    return [
        like[:, 0],
        like[:, :5].mean(axis=1),
        like.mean(axis=1),
        first.std(axis=1),
        first.mean(axis=1) - worth,
        lexical.line - worth,
    ]


@dataclass(frozen=True)
class Judged:
    """(n,) logarithms of US dollars: the worth and the ends of its interval, NaN where nothing can be said."""

    worth: Doubles
    low: Doubles
    high: Doubles
    weights: Doubles  # (n, 3) in the order of LOCAL
    region: Integers


@dataclass
class Ensemble:
    """Weights (4 sizes, regions, 3); quantile trees; stretches (8 sets of answers, 4 sizes, regions); and `seen` (2,), the
    conformal ends of the error where the price is that of the very product, seen lately: what older words say of it, which
    the trees would widen the interval for, is no evidence there."""

    weights: Doubles
    lower: Trees
    upper: Trees
    stretch: Doubles
    seen: Doubles

    def judge(self, logs: Doubles, batch: Batch, *, foundation_model: npt.NDArray[np.bool_] | bool = False) -> Judged:
        """Combine (n, 3) log estimates of a batch in the order of `LOCAL` (NaN: no answer). `foundation_model`: whether one
        took part, for all or for each."""
        size = batch.found.size
        region = regions(batch.neighbours, size)
        took_part = np.broadcast_to(foundation_model, len(logs))
        weights = np.where(took_part[:, None], WITH_FOUNDATION_MODEL, self.weights[size_class(size), region])
        answered = _who_answered(logs)
        logs = _at_home(logs, region)
        worth = combine(logs, weights)
        filled = np.nan_to_num(worth)
        below, above = self._quantiles(_signs(logs, filled, batch.neighbours, batch.lexical, size))
        stretch = self.stretch[answered, size_class(size), region]
        low = filled + np.minimum(stretch * below, -_SMALLEST_HALF_WIDTH)
        high = filled + np.maximum(stretch * above, _SMALLEST_HALF_WIDTH)
        by_sight = (region == REGIONS.index("identical")) & np.isfinite(logs[:, LOCAL.index("frontier")])
        low = np.where(by_sight, filled + self.seen[0], low)
        high = np.where(by_sight, filled + self.seen[1], high)
        unknown = np.isnan(worth)
        low[unknown] = high[unknown] = np.nan
        return Judged(worth, low, high, shares(logs, weights), region)

    def _quantiles(self, signs: npt.NDArray[np.float32]) -> tuple[Doubles, Doubles]:
        below = np.minimum(self.lower.predict(signs), -0.02)
        return below, np.maximum(self.upper.predict(signs), 0.02)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return (
            {"weights": self.weights, "stretch": self.stretch, "seen": self.seen}
            | self.lower.arrays("lower")
            | self.upper.arrays("upper")
        )

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[Any]]) -> Ensemble:
        lower, upper = Trees.from_arrays("lower", arrays), Trees.from_arrays("upper", arrays)
        return cls(weights=arrays["weights"], lower=lower, upper=upper, stretch=arrays["stretch"], seen=arrays["seen"])


@dataclass(frozen=True)
class HeldOut:
    """What the estimators said about held-out items beside one catalogue, and the truth."""

    logs: Doubles
    neighbours: Neighbours
    lexical: Lexical
    size: int
    truth: Doubles
    learning: npt.NDArray[np.bool_]  # True: for weights and quantiles; False: for calibration
    as_seen_lately: bool = False
    elsewhere: bool = False  # said by models that do not know the items' sources

    @property
    def region(self) -> Integers:
        return regions(self.neighbours, self.size, as_seen_lately=self.as_seen_lately)

    def namesakes_as_seen_lately(self) -> HeldOut:
        """Those that have a namesake, as if its price were of these days: how wide an interval that calls for."""
        rows = np.flatnonzero(self.region == REGIONS.index("namesake"))
        return HeldOut(
            self.logs[rows],
            self.neighbours.take(rows),
            self.lexical.take(rows),
            self.size,
            self.truth[rows],
            self.learning[rows],
            as_seen_lately=True,
            elsewhere=self.elsewhere,
        )


def learn(parts: Sequence[HeldOut], *, seed: int) -> Ensemble:
    """Learn weights and quantiles on one half of the held-out items and calibrate on the other."""
    weights = _learn_weights(parts)
    parts = [*parts, *(part.namesakes_as_seen_lately() for part in parts)]
    signs, errors = [], []
    for part in parts:
        place = part.region
        logs = _at_home(part.logs, place)
        worth = combine(logs, weights[size_class(part.size), place])
        rows = part.learning & np.isfinite(worth)
        signs.append(_signs(logs, worth, part.neighbours, part.lexical, part.size)[rows])
        errors.append((part.truth - worth)[rows])
    stacked, error = np.concatenate(signs), np.concatenate(errors)
    trees = {
        side: grow(
            stacked,
            error,
            loss="quantile",
            quantile=quantile,
            seed=seed,
            rounds=120,
            leaves=12,
            rate=0.08,
            smallest_leaf=60,
        )
        for side, quantile in (("lower", (1 - COVERAGE) / 2), ("upper", (1 + COVERAGE) / 2))
    }
    ensemble = Ensemble(
        weights, trees["lower"], trees["upper"], np.ones((8, len(_SIZES) + 1, len(REGIONS))), ends_of_seen(parts)
    )
    _calibrate(ensemble, parts)
    return ensemble


def ends_of_seen(parts: Sequence[HeldOut]) -> Doubles:
    """The conformal 10 % and 90 % ends of the error, at known prices of the very product; of all held-out items that have some,
    since neither weights nor trees were fitted for them."""
    errors = [np.zeros(0)]
    for part in parts:
        if part.as_seen_lately and not part.elsewhere:
            logs = _at_home(part.logs, part.region)
            worth = combine(logs, np.tile(SAME_PRODUCT, (len(logs), 1)))
            errors.append((part.truth - worth)[np.isfinite(logs[:, LOCAL.index("frontier")])])
    error = np.concatenate(errors)
    if len(error) < _FEWEST_SEEN:
        return np.array([-_USUAL_OF_SEEN, _USUAL_OF_SEEN])
    side = (1 + COVERAGE) / 2
    ends = (-conformal_quantile(-error, side), conformal_quantile(error, side))
    return np.array([min(ends[0], -_SMALLEST_HALF_WIDTH), max(ends[1], _SMALLEST_HALF_WIDTH)])


def _simplex(steps: int) -> Doubles:
    grid = [part for part in product(range(steps + 1), repeat=len(LOCAL)) if sum(part) == steps]
    return np.array(grid, dtype=np.float64) / steps


def _learn_weights(parts: Sequence[HeldOut]) -> Doubles:
    """For each size and region the mixture (steps of 5 %) with the least absolute error in dollars on the learning half.

    Where there are too few items for that, the region's over all sizes, or one mixture for everything.
    """
    logs = np.concatenate([part.logs[part.learning] for part in parts])
    truth = np.exp(np.concatenate([part.truth[part.learning] for part in parts]))
    region = np.concatenate([part.region[part.learning] for part in parts])
    size = np.concatenate([np.full(part.learning.sum(), size_class(part.size)) for part in parts])
    grid = _simplex(20)

    def best(rows: npt.NDArray[np.bool_]) -> Doubles:
        errors = [
            np.nanmean(np.abs(np.exp(combine(logs[rows], np.tile(mix, (rows.sum(), 1)))) - truth[rows])) for mix in grid
        ]
        # The mean of all mixtures within half a per cent of the best: less at the mercy of one sample.
        good = np.array(errors) <= 1.005 * np.nanmin(errors)
        mean: Doubles = grid[good].mean(axis=0)
        return mean

    everywhere = best(np.ones(len(truth), dtype=bool))
    weights = np.tile(everywhere, (len(_SIZES) + 1, len(REGIONS), 1))
    for each_size, each_region in product(range(len(_SIZES) + 1), range(len(REGIONS))):
        place = region == each_region
        for rows in ((size == each_size) & place, place):
            if rows.sum() >= _ENOUGH:
                weights[each_size, each_region] = best(rows)
                break
    weights[:, REGIONS.index("identical")] = SAME_PRODUCT
    return weights


def _calibrate(ensemble: Ensemble, parts: Sequence[HeldOut]) -> None:
    """Set the stretches: for each set of answers, size of catalogue and region the conformal quantile of the score, of all
    items or, at a lower coverage, of the sources left out together that need the widest, whichever is wider.

    Sources differ from each other more than items do, so the next unknown one is more like the worst of those that were left
    out than like their mean.
    """
    for answers in range(1, 8):
        score, size, place, quarter = _scores(ensemble, parts, answers)
        for each_size, each_place in product(range(len(_SIZES) + 1), range(len(REGIONS))):
            chosen = (size == each_size) & (place == each_place)
            if chosen.sum() < _ENOUGH:
                chosen = place == each_place
            if chosen.sum() < _ENOUGH:
                chosen = np.ones(len(score), dtype=bool)
            strangers = [chosen & (quarter == each) for each in np.unique(quarter[quarter >= 0])]
            widest = [
                conformal_quantile(score[rows], _COVERAGE_OF_STRANGERS)
                for rows in strangers
                if rows.sum() >= _FEWEST_STRANGERS
            ]
            ensemble.stretch[answers, each_size, each_place] = max(conformal_quantile(score[chosen]), *widest, 0.0)


def _scores(ensemble: Ensemble, parts: Sequence[HeldOut], answers: int) -> tuple[Doubles, Integers, Integers, Integers]:
    """How far each calibration item lies from the worth, in guessed half widths, where only these estimators answered; with its
    class of catalogue size, its region, and the number of its part where its source was left out (else -1)."""
    present = np.array([bool(answers >> index & 1) for index in range(len(LOCAL))])
    scores, sizes, places, quarters = [], [], [], []
    for number, part in enumerate(parts):
        place = part.region
        logs = _at_home(np.where(present, part.logs, np.nan), place)
        worth = combine(logs, ensemble.weights[size_class(part.size), place])
        rows = ~part.learning & np.isfinite(worth)
        below, above = ensemble._quantiles(_signs(logs, np.nan_to_num(worth), part.neighbours, part.lexical, part.size))
        error = part.truth - worth
        scores.append(np.where(error < 0, error / below, error / above)[rows])
        sizes.append(np.full(rows.sum(), size_class(part.size)))
        places.append(place[rows])
        quarters.append(np.full(rows.sum(), number if part.elsewhere else -1))
    return np.concatenate(scores), np.concatenate(sizes), np.concatenate(places), np.concatenate(quarters)


def conformal_quantile(scores: Doubles, coverage: float = COVERAGE) -> float:
    """The ⌈(n + 1)·coverage⌉-th smallest score: with it a new item lies inside with at least that probability."""
    if not len(scores):
        return 1.0
    rank = min(len(scores), int(np.ceil((len(scores) + 1) * coverage)))
    return float(np.sort(scores)[rank - 1])
