"""The commands as they are used: train, measure, ask."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from agents.lifecycle.following import follow
from agents.models import ModelVersion
from agents.pricing.folders import METADATA, choice, shipped_folder
from agents.pricing.model import SHIPPED, UnusableModel, activate, active_folder, current_model, load
from tests.agents.pricing.conftest import World, small_world

FIGURES = {
    "n",
    "mae",
    "mae_ci95",
    "rmsle",
    "r2",
    "hit_rate",
    "median_ape",
    "coverage80",
    "median_interval_ratio",
    "items_per_second",
}


@pytest.fixture
def home(settings: Any, tmp_path: Path) -> Path:
    settings.MODELS_DIR, settings.DEALFINDER_HOME = tmp_path / "models", tmp_path
    return tmp_path


def write(path: Path, count: int, seed: int) -> str:
    rows = [{"title": item.title, "text": item.text, "price": item.price} for item in small_world(count, seed)]
    path.write_text("\n".join(map(json.dumps, rows)))
    return str(path)


def test_the_model_that_comes_with_it_is_whole_and_small(home: Path) -> None:
    assert active_folder().parent == SHIPPED
    assert current_model().metadata["data"]["sha256"]
    size = sum(path.stat().st_size for path in SHIPPED.rglob("*") if path.is_file())
    assert size <= 12 * 2**20


@pytest.fixture
def no_database(transactional_db: None) -> Iterator[None]:
    """A database that nobody answers for."""
    connection.close()
    port, connection.settings_dict["PORT"] = connection.settings_dict["PORT"], "1"
    yield
    connection.close()
    connection.settings_dict["PORT"] = port


def test_a_trained_model_can_be_used_and_measured_without_a_database(
    home: Path, no_database: None, capsys: Any
) -> None:
    data, unseen = write(home / "data.jsonl", 260, 1), write(home / "unseen.jsonl", 60, 2)
    call_command("train_pricing", "--data", data, "--dev", unseen, "--activate", "--seed", "4")
    assert "It is used from now on." in capsys.readouterr().out
    assert active_folder().parent == home / "models"
    assert current_model().metadata["seed"] == 4
    assert current_model().metadata["dev"]["n"] == 60
    call_command("evaluate_pricing", "--data", unseen, "--catalogue", data, "--limit", "40", "--json")
    said = json.loads(capsys.readouterr().out)
    assert said.keys() >= FIGURES | {"by_estimator", "versions"}
    assert said["n"] == 40
    assert said["mae_ci95"][0] <= said["mae"] <= said["mae_ci95"][1]
    assert said["by_estimator"].keys() == {"neural", "frontier", "specialist"}
    assert current_model().metadata["reference"]["rows"] == 60
    assert choice() is not None and not choice().registered
    folder = active_folder()
    activate(shipped_folder())
    for model in (folder.name, str(folder)):
        call_command(
            "evaluate_pricing", "--data", unseen, "--catalogue", data, "--limit", "5", "--json", "--model", model
        )
        assert json.loads(capsys.readouterr().out)["versions"]["ensemble"] == folder.name
    with pytest.raises(CommandError, match="neither a folder nor a version"):
        call_command("evaluate_pricing", "--data", unseen, "--model", "nothing")


def test_a_trained_model_is_staged_or_active_in_the_registry(home: Path, db: None, capsys: Any) -> None:
    data = write(home / "data.jsonl", 260, 1)
    call_command("train_pricing", "--data", data)
    assert "It is staged." in capsys.readouterr().out
    staged = ModelVersion.objects.get(state="staged")
    assert (staged.rows, staged.registered_by) == (260, "train_pricing")
    assert follow(now=True).active == active_folder().name == shipped_folder().name
    folder = home / "elsewhere" / "20260101-0000-another"
    shutil.copytree(home / "models" / staged.version, folder)
    metadata = json.loads((folder / METADATA).read_text()) | {"version": folder.name}
    (folder / METADATA).write_text(json.dumps(metadata))
    activate(folder)
    assert follow(now=True).active == "20260101-0000-another"
    assert ModelVersion.objects.get(state="active").activated_by == "train_pricing --activate"


def test_too_little_data_is_a_sentence(home: Path) -> None:
    with pytest.raises(CommandError, match="too few to learn from"):
        call_command("train_pricing", "--data", write(home / "few.jsonl", 20, 1))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("train_pricing", "--data", str(home / "missing.jsonl"))


def test_asking_for_an_estimate(home: Path, world: World, db: None, capsys: Any) -> None:
    activate(world.folder)
    call_command("estimate", "Acme", "office chair", "--price", "99.50", "--json")
    said = json.loads(capsys.readouterr().out)
    assert {
        "worth",
        "low",
        "high",
        "currency",
        "estimates",
        "comparables",
        "discount",
        "discount_percent",
        "verdict",
    } <= said.keys()
    assert said["currency"] == "USD"
    call_command("estimate", "Acme office chair")
    assert "Worth about $" in capsys.readouterr().out
    with pytest.raises(CommandError, match="is not a price"):
        call_command("estimate", "--price", "cheap", "Acme office chair")


def test_a_damaged_model_is_refused_with_a_sentence(home: Path, world: World) -> None:
    activate(world.folder)
    folder = active_folder()
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(5000)
        file.write(b"\xff\xff\xff\xff")
    with pytest.raises(UnusableModel, match="damaged"):
        load(folder)
    with pytest.raises(UnusableModel, match="cannot be read"):
        load(home / "nowhere")


def test_a_pointer_to_nothing_falls_back_on_the_shipped_model(home: Path, world: World) -> None:
    activate(world.folder)
    (home / "models" / "active").write_text("gone\n")
    assert active_folder().parent == SHIPPED
