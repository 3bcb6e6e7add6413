"""Combining, the interval, and the honesty of both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from agents.pricing.batch import assemble
from agents.pricing.catalogue.memory import MemoryCatalogue
from agents.pricing.ensemble import (
    LOCAL,
    REGIONS,
    WITH_FOUNDATION_MODEL,
    HeldOut,
    combine,
    conformal_quantile,
    learn,
    shares,
    size_class,
)
from agents.pricing.lexicon import Lexical
from agents.pricing.neighbours import Neighbours
from agents.pricing.text import prepare
from agents.training.evaluation import figures, predict
from tests.agents.pricing.conftest import World, small_world

LOGS = hnp.arrays(np.float64, (4, 3), elements=st.one_of(st.floats(-2, 9), st.just(float("nan"))))
WEIGHTS = hnp.arrays(np.float64, (4, 3), elements=st.floats(0, 1))


@given(LOGS, WEIGHTS)
def test_a_combination_lies_between_those_that_answered(logs: np.ndarray, weights: np.ndarray) -> None:
    mixed, counted = combine(logs, weights), shares(logs, weights)
    for row in range(len(logs)):
        answered = logs[row][np.isfinite(logs[row])]
        if not len(answered):
            assert np.isnan(mixed[row])
            assert counted[row].sum() == 0
            continue
        assert answered.min() - 1e-9 <= mixed[row] <= answered.max() + 1e-9
        assert counted[row].sum() == pytest.approx(1)
        assert (counted[row][np.isnan(logs[row])] == 0).all()


def test_weights_of_a_foundation_model_are_renormalised_when_one_is_missing() -> None:
    logs = np.array([[4.0, np.nan, 5.0]])
    counted = shares(logs, WITH_FOUNDATION_MODEL[None, :])
    np.testing.assert_allclose(counted, [[8 / 9, 0, 1 / 9]])


@given(st.lists(st.floats(0, 50), min_size=1, max_size=200), st.floats(0.05, 0.95))
def test_a_conformal_quantile_covers_at_least_its_share(scores: list[float], coverage: float) -> None:
    values = np.array(scores)
    assert (values <= conformal_quantile(values, coverage)).mean() >= min(
        coverage, (len(scores) - 1) / len(scores)
    ) - 1e-9


def test_sizes_of_catalogues() -> None:
    assert [size_class(size) for size in (0, 300, 1_000, 1_001, 10_000, 10_001, 40_000, 10**6)] == [
        0,
        0,
        0,
        1,
        1,
        2,
        2,
        3,
    ]


def test_weights_are_shares(world: World) -> None:
    weights = world.model.ensemble.weights
    assert weights.shape == (4, len(REGIONS), len(LOCAL))
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=-1), 1)


@pytest.mark.parametrize("missing", [(), (0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)])
def test_an_interval_holds_its_worth_whoever_is_missing(world: World, missing: tuple[int, ...]) -> None:
    batch = assemble(
        [prepare("", product.text) for product in world.products[:30]], world.model.lexicon, world.catalogue
    )
    logs = np.stack([answer.logs for answer in world.model.answers(batch)], axis=1)
    logs[:, list(missing)] = np.nan
    judged = world.model.ensemble.judge(logs, batch)
    if len(missing) == len(LOCAL):
        assert np.isnan(judged.worth).all()
        assert np.isnan(judged.low).all()
    else:
        assert (judged.low < judged.worth).all()
        assert (judged.worth < judged.high).all()
        np.testing.assert_allclose(judged.weights.sum(axis=1), 1)


def test_intervals_cover_new_items_and_widen_without_comparables(world: World, no_catalogue: MemoryCatalogue) -> None:
    unseen = small_world(200, seed=99)
    beside = figures(predict(world.model, unseen, world.catalogue), "x")
    without = figures(predict(world.model, unseen, no_catalogue), "x")
    assert beside["answered"] == without["answered"] == 1
    assert beside["coverage80"] > 0.65
    assert without["coverage80"] > 0.65
    assert without["median_interval_ratio"] > beside["median_interval_ratio"]
    assert beside["mae"] < 0.6 * np.mean(np.abs(np.median([p.price for p in unseen]) - [p.price for p in unseen]))


def test_an_estimator_that_fails_has_said_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> np.ndarray:
        raise ValueError("the weights are gone")

    monkeypatch.setattr(world.model.estimators["neural"], "estimate", broken)
    batch = assemble([prepare("Acme electric kettle")], world.model.lexicon, world.catalogue)
    answers = {answer.estimator: answer for answer in world.model.answers(batch)}
    assert np.isnan(answers["neural"].logs).all()
    assert "the weights are gone" in answers["neural"].error
    assert np.isfinite(answers["specialist"].logs).all()


def _held_out(spread: float, *, elsewhere: bool, seed: int, n: int = 400) -> HeldOut:
    """Items that three estimators agree about, with a truth that lies `spread` around what they say; nothing alike is known."""
    chance = np.random.default_rng(seed)
    says = chance.uniform(2, 6, n).astype(np.float32)
    empty, never = np.zeros((n, 3), np.float32), np.zeros((n, 3), dtype=bool)
    neighbours = Neighbours(
        row=np.full((n, 3), -1), known=never, similarity=empty, likeness=empty, log_price=empty, age_years=empty,
        half_life_years=np.ones_like(empty), accessory_differs=never, pack_differs=never, condition_differs=never, identical=never,
    )  # fmt: skip
    lexical = Lexical(says, *(np.zeros((n, 5), np.float32) for _ in range(3)))
    truth = says + chance.normal(0, spread, n)
    return HeldOut(
        np.tile(says[:, None], 3).astype(np.float64),
        neighbours,
        lexical,
        50_000,
        truth,
        np.arange(n) % 2 == 0,
        elsewhere=elsewhere,
    )


def test_the_strangest_sources_left_out_decide_how_wide_an_interval_is() -> None:
    home, odd, odder = (
        _held_out(spread, elsewhere=elsewhere, seed=seed)
        for seed, (spread, elsewhere) in enumerate([(0.2, False), (0.4, True), (1.2, True)])
    )

    def ends(parts: list[HeldOut]) -> float:
        ensemble = learn(parts, seed=1)
        return float(ensemble.stretch[7, size_class(50_000), REGIONS.index("far")])

    together, without_the_oddest = ends([home, odd, odder]), ends([home, odd])
    ordinary = replace(odd, elsewhere=False), replace(odder, elsewhere=False)
    assert together > ends([home, *ordinary]) > 0
    assert together > without_the_oddest
