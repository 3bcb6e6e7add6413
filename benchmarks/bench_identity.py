"""Identity by the likeness of names, on two public sets: how many of the pairs that it finds are right, and how many it finds.

Everything is the product's own: its search for candidates in PostgreSQL, its features, rules and choice. For each set, cross-validated
in five folds (trained on four of them and on the other set, as what is shipped is trained on both) and across sets (trained on the
other one alone); thresholds are chosen without what is measured. `--train` writes the model that is shipped.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt

from agents.identity.judging import Finding, Judged, features_of, likeliest
from agents.identity.likeness import Floats, Likeness, learn_rarity
from agents.identity.names import read_name
from agents.identity.weighing import FILE, NEVER, Model, Trees, load
from benchmarks.large_catalogue import database
from benchmarks.matching_sets import MatchingSet, abt_buy, amazon_google, folds_of, title_path
from benchmarks.measurement import Measurement

FOLDS = 5
PRECISION = 0.98
_TREES = 150
_LEAST_JOINS = 20
_OPTIONS = {
    "objective": "binary", "learning_rate": 0.06, "num_leaves": 12, "min_data_in_leaf": 20, "lambda_l2": 5.0, "use_missing": False,
    "feature_fraction": 0.6, "bagging_fraction": 0.8, "bagging_freq": 1, "verbose": -1, "num_threads": 2, "seed": 1,
}  # fmt: skip
_STEPS = np.arange(0.05, 0.9999, 0.01)
Found = list[Judged | None]


@dataclass(frozen=True)
class Prepared:
    """A set with the features of each asked name and whether each candidate is right."""

    matching: MatchingSet
    features: list[Floats]
    right: list[npt.NDArray[np.bool_]]
    folds: npt.NDArray[np.int64]

    def rows(self, chosen: npt.NDArray[np.bool_]) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """What is learned from these asked names."""
        at = np.flatnonzero(chosen)
        return np.vstack([self.features[each] for each in at]), np.hstack([self.right[each] for each in at])

    def judged(self, models: Sequence[Trees]) -> Found:
        """The product's choice for each asked name, by the model of its fold, or by the one that there is."""
        there = self.matching
        ends = np.cumsum([len(each) for each in self.features])
        fold_of_row = np.repeat(self.folds % len(models), [len(each) for each in self.features])
        rows, likelihoods = np.vstack(self.features), np.zeros(ends[-1])
        for fold, trees in enumerate(models):
            likelihoods[fold_of_row == fold] = trees.likelihood(rows[fold_of_row == fold])
        return [
            likeliest(name, ("", ""), found, part)
            for name, found, part in zip(there.asked, there.candidates, np.split(likelihoods, ends[:-1]), strict=True)
        ]


def run(train: bool = False) -> list[Measurement]:
    """Precision, recall and F1 over all pairs of each set, in percent."""
    rarity = _rarity() if train else load().rarity
    with database():
        both = [_prepared(make(), rarity) for make in (abt_buy, amazon_google)]
        together = [_prepared(make(together=True), rarity) for make in (abt_buy, amazon_google)]
    folded = [_folded(own, other) for own, other in (both, both[::-1])]
    found = [own.judged(models) for own, models in zip(both, folded, strict=True)]
    if train:
        _write(both, found, rarity)
    shipped = load()
    measured = [
        Measurement("threshold: joins", shipped.join, ""),
        Measurement("threshold: suggests", shipped.suggest, ""),
    ]
    for own, other, mixed, models, mine in zip(both, both[::-1], together, folded, found, strict=True):
        name = own.matching.title
        measured.append(Measurement(f"{name}: right ones among the candidates", 100 * _reach(own), "%"))
        measured += _both_ways(f"{name}, cross-validated", own, mine, _nested(own, mine))
        alone = _learn([other.rows(np.full(len(other.features), True))])
        crossed = own.judged([alone])
        chosen = _thresholds(other, _alone(other), np.full(len(other.features), True))
        measured += _both_ways(f"{name}, trained on the other", own, crossed, [chosen] * len(crossed))
        at_shipped = [(shipped.join, shipped.suggest)] * len(mine)
        measured += _both_ways(f"{name}, at the shipped thresholds", own, mine, at_shipped)
        one_table = mixed.judged(models)
        measured += _both_ways(f"{name}, all in one table, shipped thresholds", mixed, one_table, at_shipped)
    return measured


def _rarity() -> Floats:
    with gzip.open(title_path(), "rt", encoding="utf-8") as file:
        learned = learn_rarity([read_name(json.loads(line)["title"]) for line in file])
    return learned.astype(np.float16).astype(np.float64)  # as it is shipped


def _prepared(matching: MatchingSet, rarity: Floats) -> Prepared:
    features = features_of(Likeness(rarity), matching.asked, matching.candidates)
    right = [
        np.array([matching.is_true(at, each) for each in found], dtype=bool)
        for at, found in enumerate(matching.candidates)
    ]
    return Prepared(matching, features, right, folds_of(matching, FOLDS))


def _learn(parts: Sequence[tuple[Floats, npt.NDArray[np.bool_]]]) -> Trees:
    rows, right = np.vstack([part for part, _ in parts]), np.hstack([part for _, part in parts])
    booster = lightgbm.train(_OPTIONS, lightgbm.Dataset(rows, right.astype(int)), _TREES)
    trees = _plain([tree["tree_structure"] for tree in booster.dump_model()["tree_info"]])
    assert np.allclose(trees.likelihood(rows[:500]), booster.predict(rows[:500]), atol=1e-6)
    return trees


def _plain(roots: Sequence[dict[str, Any]]) -> Trees:
    """The trees as arrays; each node is followed by its left and its right one."""
    trees: list[list[tuple[int, float, int, int, float]]] = []
    for root in roots:
        nodes: list[tuple[int, float, int, int, float]] = []
        _flatten(root, nodes)
        trees.append(nodes)
    width = max(map(len, trees))
    filled = [nodes + [(-1, 0.0, 0, 0, 0.0)] * (width - len(nodes)) for nodes in trees]
    feature, limit, left, right, value = (
        np.array([[node[part] for node in nodes] for nodes in filled]) for part in range(5)
    )
    return Trees(feature.astype(np.int16), limit, left.astype(np.int16), right.astype(np.int16), value)


def _flatten(node: dict[str, Any], nodes: list[tuple[int, float, int, int, float]]) -> int:
    at = len(nodes)
    if "leaf_value" in node:
        nodes.append((-1, 0.0, 0, 0, node["leaf_value"]))
        return at
    nodes.append((0, 0.0, 0, 0, 0.0))
    left, right = _flatten(node["left_child"], nodes), _flatten(node["right_child"], nodes)
    nodes[at] = (node["split_feature"], node["threshold"], left, right, 0.0)
    return at


def _folded(own: Prepared, other: Prepared | None) -> list[Trees]:
    """For each fold what was learned from the others, and from the other set where one is given."""
    more = [other.rows(np.full(len(other.features), True))] if other else []
    return [_learn([own.rows(own.folds != fold), *more]) for fold in range(FOLDS)]


def _alone(own: Prepared) -> Found:
    return own.judged(_folded(own, None))


def _figures(
    own: Prepared, found: Found, join: float, suggest: float, chosen: npt.NDArray[np.bool_], least: Finding
) -> tuple[int, int, int]:
    """How many pairs are right, found and there among the chosen."""
    taken = [Finding.JOIN] if least is Finding.JOIN else [Finding.JOIN, Finding.SUGGEST]
    right = total = there = 0
    for at in np.flatnonzero(chosen).tolist():
        judged = found[at]
        there += len(own.matching.truth[at])
        if judged is not None and judged.likelihood >= min(join, suggest) and judged.finding(join, suggest) in taken:
            total += 1
            right += own.matching.is_true(at, judged.candidate)
    return right, total, there


def _thresholds(own: Prepared, found: Found, chosen: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """The lowest threshold above which joins are precise enough at each step, and the one of the best F1 for suggestions.

    Fewer joins than `_LEAST_JOINS` show nothing; where more are never precise enough, the threshold is one that nothing reaches.
    """
    join = NEVER
    for step in _STEPS[::-1]:
        right, total, _ = _figures(own, found, step, 2.0, chosen, Finding.JOIN)
        if total < _LEAST_JOINS:
            continue
        if right / total < PRECISION:
            break
        join = float(step)

    def f1(step: float) -> float:
        right, total, there = _figures(own, found, 2.0, step, chosen, Finding.SUGGEST)
        return 2 * right / (total + there)

    return join, float(max(_STEPS, key=f1))


def _nested(own: Prepared, found: Found) -> list[tuple[float, float]]:
    """For each asked name the thresholds that were chosen on the other folds."""
    by_fold = [_thresholds(own, found, own.folds != fold) for fold in range(FOLDS)]
    return [by_fold[fold] for fold in own.folds]


def _both_ways(name: str, own: Prepared, found: Found, thresholds: Sequence[tuple[float, float]]) -> list[Measurement]:
    measured = []
    for least, words in ((Finding.SUGGEST, "joined or suggested"), (Finding.JOIN, "joined")):
        right = total = there = 0
        for pair in sorted(set(thresholds)):
            chosen = np.array([each == pair for each in thresholds])
            figures = _figures(own, found, *pair, chosen, least)
            right, total, there = right + figures[0], total + figures[1], there + figures[2]
        precision, recall = right / total if total else 0.0, right / there
        f1 = 2 * right / (total + there)
        measured += [
            Measurement(f"{name}: {words}, precision", 100 * precision, "%"),
            Measurement(f"{name}: {words}, recall", 100 * recall, "%"),
            Measurement(f"{name}: {words}, F1", 100 * f1, "%"),
            Measurement(f"{name}: {words}, wrong", total - right, "pairs"),
        ]
    return measured


def _reach(own: Prepared) -> float:
    return sum(int(right.sum()) for right in own.right) / own.matching.pairs


def _write(both: list[Prepared], found: list[Found], rarity: Floats) -> None:
    """The model that is shipped: learned from both sets, with the stricter thresholds of the two."""
    everything = [np.full(len(own.features), True) for own in both]
    chosen = [_thresholds(own, each, every) for own, each, every in zip(both, found, everything, strict=True)]
    trees = _learn([own.rows(every) for own, every in zip(both, everything, strict=True)])
    Model(rarity, trees, max(join for join, _ in chosen), max(suggest for _, suggest in chosen)).save(FILE)
    load.cache_clear()
