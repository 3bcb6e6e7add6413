"""Training anew: what is trained on, what decides, and who takes over."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from agents.lifecycle import retraining
from agents.lifecycle.following import follow
from agents.lifecycle.registry import roll_back
from agents.lifecycle.retraining import CannotRetrain, Terms, decayed, judge, retrain, split
from agents.lifecycle.seen import SeenTitles
from agents.models import ModelVersion, Run
from agents.pricing.catalogue.base import Product
from agents.pricing.importing import import_rows
from agents.pricing.model import PricingModel, activate, current_model, save
from agents.training.data import Row
from agents.training.pipeline import train
from common.text import title_key
from tests.agents.pricing.conftest import SMALL, World, small_world


def small(products: Sequence[Product], seed: int) -> PricingModel:
    return train(products, seed=seed, config=SMALL)


TODAY = date(2026, 11, 22)


def products(count: int, **fields: Any) -> list[Product]:
    return [
        Product(f"Thing number {number}", f"Thing number {number}", 10.0 + number, **fields) for number in range(count)
    ]


def test_of_a_price_of_one_half_life_half_is_kept() -> None:
    old = products(2_000, observed_at=TODAY - timedelta(days=548), category="unknown")  # 1.5 years
    assert 0.46 < len(decayed(old, TODAY, 1)) / 2_000 < 0.54
    ancient = products(2_000, observed_at=date(2000, 1, 1))
    assert 0.03 < len(decayed(ancient, TODAY, 1)) / 2_000 < 0.07
    assert len(decayed(products(50), TODAY, 1)) == 50
    assert decayed(old, TODAY, 1) == decayed(old, TODAY, 1)


def test_seen_titles_are_never_denied_and_unseen_ones_rarely_taken_for_seen() -> None:
    seen = SeenTitles.from_json(json.loads(json.dumps(SeenTitles.of([f"Thing {n}" for n in range(3_000)]).as_json())))
    assert seen is not None
    assert seen.has([f"thing  {n}" for n in range(3_000)]).all()
    assert seen.has([f"Another {n}" for n in range(3_000)]).mean() < 0.03
    assert SeenTitles.from_json(None) is None


def test_held_out_is_what_the_active_model_has_not_seen() -> None:
    everything = products(1_000)
    known = SeenTitles.of([product.title for product in everything[:700]])
    twice = [*everything, replace(everything[900], price=5.0)]
    kept, held_out = split(twice, known, None)
    assert 80 <= len({product.title for product in held_out}) <= 100
    assert not {title_key(p.title) for p in kept} & {title_key(p.title) for p in held_out}
    assert {product.title for product in held_out} <= {product.title for product in everything[700:]}
    assert len(kept) + len(held_out) == len(twice)
    # The next model has not seen these either, so it is judged by them again.
    again = SeenTitles.of([product.title for product in kept])
    assert {p.title for p in split(twice, again, None)[1]} <= {p.title for p in held_out}


def test_a_model_that_does_not_say_what_it_saw_is_judged_by_younger_prices_alone() -> None:
    trained_on = date(2026, 6, 1)
    old, young = products(100, observed_at=date(2026, 1, 1)), products(300, observed_at=date(2026, 7, 1))
    both = [replace(product, observed_at=date(2026, 8, 1)) for product in old]
    held_out = split([*old, *both, *young[100:]], None, trained_on)[1]
    assert 0 < len(held_out) <= 30
    assert not {product.title for product in held_out} & {product.title for product in old}
    assert split(products(300), None, trained_on)[1] == []
    assert split(young, None, None)[1] == []


def test_better_is_a_margin_and_an_interval_below_zero() -> None:
    chance = np.random.default_rng(3)
    truth = chance.lognormal(4, 1, 400)
    old = truth + chance.normal(0, 20, 400)
    assert judge(truth, old, truth + (old - truth) * 0.8, 1.0).is_better
    assert not judge(truth, old, truth + (old - truth) * 0.995, 1.0).is_better, "better, but not by the margin"
    lucky = np.where(np.arange(400) < 3, truth, old)
    assert not judge(truth, old, lucky, 0.0).is_better, "a few lucky ones do not make it certain"
    assert not judge(truth, old, old, 0.0).is_better
    assert not judge(truth, np.full(400, np.nan), old, 1.0).is_better
    assert judge(truth, np.where(np.arange(400) < 50, np.nan, old), old, 1.0).rows == 350


@pytest.fixture
def stocked(db: None, home: Path, world: World) -> list[Product]:
    """A catalogue of 600 products, and a poor model in use that has seen the first 300 and listens to its
    network alone, which says nearly twice too much."""
    things = [
        replace(product, title=f"{product.title}.", text=f"{product.text}.") for product in small_world(600, seed=9)
    ]
    import_rows(Row(product, "", number) for number, product in enumerate(things))
    deaf = replace(world.model.ensemble, weights=np.tile([0.0, 0.0, 1.0], (*world.model.ensemble.weights.shape[:2], 1)))
    loud = copy.deepcopy(world.model.estimators["neural"])
    loud.mean += 0.6  # type: ignore[attr-defined]
    active = replace(
        world.model,
        version="20260101-0000-poor",
        ensemble=deaf,
        estimators=world.model.estimators | {"neural": loud},
        metadata=dict(world.model.metadata),
    )
    active.metadata["titles"] = SeenTitles.of([product.title for product in things[:300]]).as_json()
    activate(save(active, home / "trained"))
    follow(now=True)
    return things


def test_a_better_model_takes_over_and_a_click_brings_the_old_one_back(stocked: list[Product]) -> None:
    outcome = retrain(terms=Terms(fewest=300, fewest_held_out=20, margin=1, trainer=small))
    assert outcome.activated, outcome.sentence
    assert outcome.judgement is not None and outcome.judgement.interval[1] < 0
    model = ModelVersion.objects.get(version=outcome.version)
    assert (model.state, model.activated_by, model.note) == ("active", "retraining", outcome.sentence)
    assert model.metrics["retraining"]["mae"] == pytest.approx(outcome.judgement.new, abs=1e-3)
    assert model.reference["signals"].keys() == {"log_price", "log_worth", "disagreement", "similarity"}
    run = Run.objects.get(agent="training")
    assert (run.state, run.summary["version"]) == ("done", outcome.version)
    assert current_model().version == outcome.version
    roll_back(who="x")
    assert follow(now=True).active == current_model().version == "20260101-0000-poor"


def test_a_model_that_is_not_better_stays_staged_with_the_reason(stocked: list[Product], world: World) -> None:
    """The trainer gives a model that was trained before: what is tried here is what becomes of it."""
    again = replace(world.model, version="20260301-0000-again", metadata=dict(world.model.metadata))
    outcome = retrain(terms=Terms(fewest=300, fewest_held_out=20, margin=95, trainer=lambda *_: again))
    assert not outcome.activated
    model = ModelVersion.objects.get(version=outcome.version)
    assert model.state == "staged"
    assert "not better by 95 per cent" in model.note
    assert current_model().version == "20260101-0000-poor"


def test_too_little_is_a_sentence(db: None, home: Path, world: World) -> None:
    import_rows(Row(product, "", number) for number, product in enumerate(world.products[:20]))
    with pytest.raises(CommandError, match="5000 are the least"):
        call_command("retrain_pricing")
    assert "priced products to train on" in Run.objects.get(agent="training").error


@pytest.mark.django_db(transaction=True)
def test_two_trainings_do_not_run_at_once(home: Path) -> None:
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [retraining._LOCK])
    try:
        with pytest.raises(CannotRetrain, match="Another training"):
            retrain()
    finally:
        other.close()
    assert not ModelVersion.objects.exists()
