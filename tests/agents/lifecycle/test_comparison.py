"""The share of deals that a staged model values, and how it does beside the active one."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from agents.lifecycle import registry
from agents.lifecycle.arms import arms_of, is_challenged
from agents.lifecycle.comparison import FEWEST, compare_now, remember_comparison, two_samples
from agents.lifecycle.following import follow
from agents.models import ModelVersion
from agents.pricing import actions
from agents.pricing.folders import ARRAYS
from agents.pricing.importing import import_rows
from agents.training.data import Row
from deals.models import Estimate, Valuation
from tests.agents.lifecycle.making import make_model, offered, valued
from tests.agents.pricing.conftest import World
from tests.deals.making import make_deal


def test_a_deal_stays_on_its_side_and_the_share_is_kept() -> None:
    ids = [uuid.uuid5(uuid.NAMESPACE_URL, str(number)) for number in range(4_000)]
    chosen = {deal for deal in ids if is_challenged(deal, "m2", 20)}
    assert chosen == {deal for deal in ids if is_challenged(deal, "m2", 20)}
    assert 0.17 < len(chosen) / len(ids) < 0.23
    assert chosen <= {deal for deal in ids if is_challenged(deal, "m2", 50)}
    assert not any(is_challenged(deal, "m2", 0) for deal in ids)
    other = {deal for deal in ids if is_challenged(deal, "m3", 20)}
    assert 0.1 < len(chosen & other) / len(chosen) < 0.3, "another comparison draws anew"


@pytest.fixture
def compared(db: None, twins: tuple[Path, Path], world: World) -> tuple[str, str]:
    """Two models of which the second has half of the deals, and a stocked catalogue."""
    import_rows(Row(product, "", number) for number, product in enumerate(world.products[:60]))
    first, second = (registry.register(folder, who="x") for folder in twins)
    registry.activate(first, who="x")
    registry.give_traffic(second, 50)
    follow(now=True)
    return first.version, second.version


def test_each_deal_is_valued_by_the_model_of_its_side(compared: tuple[str, str]) -> None:
    deals = [make_deal(f"Duna wireless headphones Q{number}", "120") for number in range(12)]
    actions.value_pending()
    assert Valuation.objects.count() == 12
    for deal in deals:
        wanted = compared[is_challenged(deal.pk, compared[1], 50)]
        said = set(Estimate.objects.filter(valuation__deal=deal).values_list("version", flat=True))
        assert said == {wanted}
    assert set(Estimate.objects.values_list("version", flat=True)) == set(compared)
    assert actions.value_deals([deal.pk for deal in deals]) == [], "valuing again changes nothing"


def test_when_the_challenger_cannot_be_read_the_active_model_values_all(
    compared: tuple[str, str], twins: tuple[Path, Path]
) -> None:
    (twins[1] / ARRAYS).write_bytes(b"no arrays")
    (twins[1] / "metadata.json").touch()
    follow(now=True)
    (arm,) = arms_of([make_deal(str(number)) for number in range(6)])
    assert arm.model.version == compared[0]
    assert len(arm.deals) == 6
    assert "damaged" in ModelVersion.objects.get(version=compared[1]).error


def test_the_test_tells_a_difference_from_none() -> None:
    chance = np.random.default_rng(1)
    same = np.abs(chance.normal(0, 0.3, 300))
    difference, interval, p_value = two_samples(same, np.abs(chance.normal(0, 0.3, 300)))
    assert p_value is not None and p_value > 0.05
    assert interval is not None and interval[0] < 0 < interval[1]
    difference, interval, p_value = two_samples(same, np.abs(chance.normal(0, 0.2, 300)))
    assert p_value is not None and p_value < 0.01
    assert difference is not None and interval is not None and interval[0] < difference < interval[1] < 0
    assert two_samples(same, same[: FEWEST - 1]) == (None, None, None)


def test_the_report_is_of_what_was_seen_since(db: None, capsys: Any) -> None:
    with pytest.raises(CommandError, match="No staged model"):
        call_command("compare_models")
    make_model("m1", state="active")
    make_model("m2", traffic_percent=50, traffic_since=timezone.now() - timedelta(days=15))
    offered(100)
    for number in range(FEWEST):
        valued("m1", 130 + number / 10)
        valued("m2", 105 + number / 10)
    valued("m2", 500, at=timezone.now() - timedelta(days=20))  # before the comparison began
    call_command("compare_models", "--json")
    said = json.loads(capsys.readouterr().out)
    assert (said["control"]["version"], said["challenger"]["version"]) == ("m1", "m2")
    assert said["control"]["n"] == said["challenger"]["n"] == FEWEST
    assert said["test"].startswith("Mann–Whitney")
    assert said["p_value"] < 0.001
    assert said["difference_ci95"][0] < said["difference"] < said["difference_ci95"][1] < 0
    assert "m2" in said["sentence"] and "smaller" in said["sentence"]
    remember_comparison()
    assert ModelVersion.objects.get(version="m2").comparison == said
    call_command("compare_models", "m1", "--control", "m2", "--days", "12")
    assert "larger" in capsys.readouterr().out
    with pytest.raises(CommandError, match="There is no model m9"):
        call_command("compare_models", "m9")


def test_too_few_deals_are_said_to_be_too_few(db: None) -> None:
    make_model("m1", state="active")
    make_model("m2", traffic_percent=10, traffic_since=timezone.now() - timedelta(days=15))
    offered(100)
    valued("m1", 130)
    assert compare_now().sentence.startswith("Too early to say: prices were seen since for 0 deals")
