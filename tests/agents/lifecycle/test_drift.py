"""Drift: how far the valuations of today are from the training, and who hears of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from agents.lifecycle.drift import FEWEST_OBSERVED, FEWEST_VALUATIONS, check_drift, measure
from agents.lifecycle.metrics import model_gauges
from agents.lifecycle.signals import SIGNALS, Said, columns, histogram, reference_histograms, stability_index
from agents.models import ModelDrift, Run
from tests.agents.lifecycle.making import make_model, offered, valued
from tests.agents.pricing.conftest import World, small_world

CHANCE = np.random.default_rng(4)


def said(count: int, worth: float = 100.0) -> list[Said]:
    """Valuations around a worth."""
    made = []
    for _ in range(count):
        middle = worth * CHANCE.lognormal(0, 0.4)
        answers = [middle * CHANCE.lognormal(0, 0.1) for _ in range(3)]
        made.append(Said(middle * CHANCE.lognormal(0, 0.2), middle, answers, [CHANCE.uniform(0.4, 0.95)]))
    return made


def reference_of(values: list[Said], error: float = 0.2) -> dict[str, Any]:
    return {
        "rows": len(values),
        "error": error,
        "signals": {name: histogram(part) for name, part in columns(values).items()},
    }


def test_the_index_is_small_for_the_same_and_large_for_another_distribution() -> None:
    reference = histogram(CHANCE.normal(0, 1, 5_000))
    assert stability_index(reference, CHANCE.normal(0, 1, 5_000)) < 0.02
    assert stability_index(reference, CHANCE.normal(0.5, 1, 5_000)) > 0.2
    # By hand: two bins of a half each, of which all of 99 values fall into the first: (0.995 - 0.5)·ln(0.995/0.5) + …
    halves = {"edges": [0.0], "shares": [0.5, 0.5]}
    assert stability_index(halves, np.full(99, -1.0)) == pytest.approx(0.495 * np.log(0.995 / 0.005))


def test_a_reference_of_equal_or_no_values_is_still_one() -> None:
    assert stability_index(histogram(np.full(500, 2.0)), np.full(500, 2.0)) == pytest.approx(0, abs=0.01)
    assert stability_index(histogram(np.zeros(0)), np.ones(9)) == 0


def test_a_model_s_own_histograms_are_of_names_valued_as_deals_are(world: World) -> None:
    unseen = small_world(60, seed=77)
    reference = reference_histograms(world.model, unseen, world.catalogue)
    assert reference["rows"] == 60
    assert set(reference["signals"]) == set(SIGNALS)
    assert 0 < reference["error"] < 1
    assert sum(reference["signals"]["log_price"]["shares"]) == pytest.approx(1)
    assert reference == reference_histograms(world.model, unseen, world.catalogue), "the same every time"


@pytest.fixture
def live(db: None) -> list[Said]:
    """What was said at training; the test decides what was said since."""
    return said(2_000)


def write(values: list[Said], version: str = "m1") -> None:
    day_ago = timezone.now() - timedelta(days=1)
    for each in values:
        assert each.price is not None and each.worth is not None
        valued(
            version,
            round(each.worth, 2),
            price=round(each.price, 2),
            at=day_ago,
            answers=tuple(each.answers),
            similarity=each.similarities[0],
        )


def test_days_like_the_training_are_quiet(live: list[Said]) -> None:
    make_model("m1", state="active", reference=reference_of(live))
    write(said(FEWEST_VALUATIONS))
    (drift,) = check_drift()
    assert set(drift.stability) == set(SIGNALS)
    assert drift.alarms == []
    assert Run.objects.get().state == "done"


def test_other_prices_are_an_alarm_that_operators_see(
    live: list[Said], operator: Any, signed_in: Callable[[Any], Client], caplog: pytest.LogCaptureFixture
) -> None:
    make_model("m1", state="active", reference=reference_of(live))
    write(said(FEWEST_VALUATIONS, worth=200))
    with caplog.at_level(logging.ERROR):
        (drift,) = check_drift()
    assert any(sentence.startswith("The prices asked are not those of the training") for sentence in drift.alarms)
    assert not any(sentence.startswith("The similarities") for sentence in drift.alarms)
    run = Run.objects.get()
    assert (run.agent, run.state) == ("training", "failed")
    assert "The prices asked" in run.error
    assert "m1 drifts" in caplog.text
    text = signed_in(operator).get("/operations/").content.decode()
    assert "The prices asked are not those of the training" in text
    gauges = {(gauge.name, gauge.labels.get("signal")): gauge.value for gauge in model_gauges()}
    assert gauges["dealfinder_model_stability_index", "log_price"] > 0.2
    assert gauges["dealfinder_model_drift_alarms", None] == len(drift.alarms)
    assert gauges["dealfinder_model_traffic_percent", None] == 100
    check_drift()
    assert ModelDrift.objects.count() == 1, "one row a day"


def test_an_error_a_quarter_above_the_training_s_is_an_alarm(db: None) -> None:
    model = make_model("m1", state="active", reference={"signals": {}, "error": 0.2})
    for _ in range(FEWEST_OBSERVED):
        valued("m1", 122)
    offered(100)  # ln 1.22 = 0.199
    today = timezone.now().date()
    assert measure(model, today).alarms == []
    offered(90, days_ago=4)
    offered(90, days_ago=4)  # the median is 90 now: ln (122 / 90) = 0.304
    drift = measure(model, today)
    assert drift.error == pytest.approx(0.304, abs=0.001)
    assert drift.alarms == ["The error against prices seen since is 0.304, 52 % above the 0.200 at training."]


def test_too_little_is_said_and_is_no_alarm(live: list[Said]) -> None:
    make_model("m1", state="active", reference=reference_of(live))
    make_model("m2", traffic_percent=10)
    write(said(3, worth=900))
    valued("m1", 500, price=900, at=timezone.now() - timedelta(days=9))  # older than the window
    by_model = {drift.model.version: drift for drift in check_drift()}
    assert by_model["m1"].valuations == 3
    assert by_model["m1"].alarms == [] and by_model["m1"].stability == {}
    assert "from 200 on drift is measured" in by_model["m1"].note
    assert "came without histograms" in by_model["m2"].note


def test_samples_and_other_versions_are_left_out(live: list[Said]) -> None:
    model = make_model("m1", state="active", reference=reference_of(live))
    valued("m1", 100, at=timezone.now(), is_sample=True)
    valued("m0", 100, at=timezone.now())
    assert measure(model, timezone.now().date()).valuations == 0
