"""The life of a model in the registry, and how a machine follows it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from agents.lifecycle import registry
from agents.lifecycle.following import follow
from agents.models import ModelState, ModelVersion
from agents.pricing.folders import ARRAYS, METADATA, SHIPPED, UnusableModel, active_folder, choice, shipped_folder
from agents.pricing.model import activate as activate_here
from agents.pricing.model import current_model

Written = Callable[..., Path]


def states() -> dict[str, str]:
    return dict(ModelVersion.objects.values_list("version", "state"))


def test_a_model_is_registered_with_what_it_was_trained_on(db: None, written: Written) -> None:
    folder = written("20260101-0000-aaaaaaaa", dev={"mae": 12.5}, reference={"rows": 2})
    model = registry.register(folder, who="somebody")
    assert (model.state, model.location, model.rows, model.data_fingerprint) == ("staged", "local", 300, "f" * 64)
    assert model.metrics == {"dev": {"mae": 12.5}}
    assert model.reference == {"rows": 2}
    assert model.registered_by == "somebody"
    assert model.trained_at is not None
    assert registry.register(folder, who="another").registered_by == "somebody"
    assert ModelVersion.objects.count() == 1


def test_a_model_whose_arrays_were_changed_is_not_registered(db: None, written: Written) -> None:
    folder = written("20260101-0000-aaaaaaaa")
    (folder / ARRAYS).write_bytes(b"x" + (folder / ARRAYS).read_bytes())
    with pytest.raises(UnusableModel, match="damaged"):
        registry.register(folder, who="somebody")


@pytest.mark.parametrize("version", ["../../etc", ".hidden", "", "a/b", "x" * 61])
def test_a_version_cannot_be_a_way_to_another_folder(db: None, written: Written, version: str) -> None:
    folder = written("20260101-0000-aaaaaaaa")
    metadata = json.loads((folder / METADATA).read_text()) | {"version": version}
    (folder / METADATA).write_text(json.dumps(metadata))
    with pytest.raises(UnusableModel, match="which version"):
        registry.register(folder, who="somebody")


def test_one_is_active_and_the_one_before_comes_back_with_one_step(db: None, written: Written) -> None:
    first, second = (registry.register(written(version), who="x") for version in ("a1", "b2"))
    with pytest.raises(registry.NotPossible, match="no model to go back to"):
        registry.roll_back(who="x")
    registry.activate(first, who="ann")
    registry.activate(second, who="ben")
    assert states() == {"a1": "retired", "b2": "active"}
    assert registry.roll_back(who="ann").version == "a1"
    assert states() == {"a1": "active", "b2": "retired"}
    assert registry.roll_back(who="ann").version == "b2"
    assert ModelVersion.objects.get(version="b2").activated_by == "ann"


def test_activating_what_is_active_changes_nothing(db: None, written: Written) -> None:
    model = registry.activate(registry.register(written("a1"), who="x"), who="ann")
    registry.activate(model, who="ben")
    model.refresh_from_db()
    assert model.activated_by == "ann"


def test_the_active_model_is_neither_staged_nor_retired(db: None, written: Written) -> None:
    model = registry.activate(registry.register(written("a1"), who="x"), who="x")
    for put_aside in (registry.stage, registry.retire):
        with pytest.raises(registry.NotPossible, match="is the active model"):
            put_aside(model)
    other = registry.register(written("b2"), who="x")
    assert registry.retire(other).state == ModelState.RETIRED
    assert registry.stage(other).state == ModelState.STAGED


def test_the_database_holds_that_there_is_one_active_model(db: None, written: Written) -> None:
    registry.activate(registry.register(written("a1"), who="x"), who="x")
    registry.register(written("b2"), who="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.filter(version="b2").update(state=ModelState.ACTIVE)
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.filter(version="a1").update(traffic_percent=10)


def test_a_share_goes_to_one_staged_model(db: None, written: Written) -> None:
    active, second, third = (registry.register(written(version), who="x") for version in ("a1", "b2", "c3"))
    registry.activate(active, who="x")
    with pytest.raises(registry.NotPossible, match="only a staged model"):
        registry.give_traffic(active, 10)
    with pytest.raises(registry.NotPossible, match="0 to 90"):
        registry.give_traffic(second, 95)
    began = registry.give_traffic(second, 10).traffic_since
    assert registry.give_traffic(second, 10).traffic_since == began
    assert registry.give_traffic(second, 20).traffic_since != began
    registry.give_traffic(third, 30)
    assert list(ModelVersion.objects.filter(traffic_percent__gt=0).values_list("version", flat=True)) == ["c3"]
    assert registry.activate(third, who="x").traffic_percent == 0


def test_a_damaged_model_is_not_activated(db: None, written: Written) -> None:
    folder = written("a1")
    model = registry.register(folder, who="x")
    (folder / ARRAYS).write_bytes(b"something else")
    with pytest.raises(registry.NotPossible, match="damaged"):
        registry.activate(model, who="x")
    assert states() == {"a1": "staged"}


def test_without_anything_the_model_of_the_program_is_active(db: None, home: Path) -> None:
    shipped = shipped_folder()
    assert shipped is not None
    assert follow(now=True).active == shipped.name
    model = ModelVersion.objects.get()
    assert (model.version, model.state, model.location) == (shipped.name, "active", "shipped")
    assert active_folder().parent == SHIPPED


def test_what_a_home_used_before_there_was_a_registry_stays_active(db: None, twins: tuple[Path, Path]) -> None:
    first, _ = twins
    (first.parent / "active").write_text(f"{first.name}\n")
    assert follow(now=True).active == first.name
    assert ModelVersion.objects.get(state="active").version == first.name
    assert choice() is not None and choice().registered


def test_a_choice_made_without_a_database_is_adopted_when_it_is_the_newest(db: None, twins: tuple[Path, Path]) -> None:
    first, second = twins
    registry.activate(registry.register(first, who="x"), who="ann")
    activate_here(second)
    assert follow(now=True).active == second.name
    assert states()[first.name] == "retired"
    # Once it is adopted, what is activated elsewhere counts here, and the machine does not insist.
    registry.activate(ModelVersion.objects.get(version=first.name), who="ben")
    assert follow(now=True).active == first.name
    assert current_model().version == first.name


def test_an_older_choice_of_a_machine_does_not_overrule_the_registry(db: None, twins: tuple[Path, Path]) -> None:
    first, second = twins
    activate_here(second)
    long_ago = time.time() - 86_400
    os.utime(first.parent / "active", (long_ago, long_ago))
    registry.activate(registry.register(first, who="x"), who="ann")
    assert follow(now=True).active == first.name
    assert states() == {first.name: "active", second.name: "staged"}


def test_an_activation_counts_without_a_restart_and_goes_back_to_the_program_s(
    db: None, twins: tuple[Path, Path]
) -> None:
    follow(now=True)
    first = registry.register(twins[0], who="x")
    registry.activate(first, who="x")
    assert follow(now=True).active == current_model().version == twins[0].name
    registry.roll_back(who="x")
    assert follow(now=True).active == active_folder().name
    assert active_folder().parent == SHIPPED


def test_between_two_looks_nothing_is_asked(db: None, home: Path, django_assert_num_queries: Any) -> None:
    follow(now=True)
    with django_assert_num_queries(0):
        follow()


def test_a_model_that_cannot_be_read_is_not_used_and_says_why(
    db: None, twins: tuple[Path, Path], written: Written
) -> None:
    registry.activate(registry.register(twins[0], who="x"), who="x")
    follow(now=True)
    registry.activate(registry.register(written("c3"), who="x"), who="x")  # whole, but its arrays are no model
    assert follow(now=True).active == twins[0].name
    assert "does not hold what" in ModelVersion.objects.get(version="c3").error
    assert current_model().version == twins[0].name


@pytest.mark.parametrize("registered", [True, False])
def test_a_model_of_an_older_program_makes_room_for_the_program_s_own(
    db: None, twins: tuple[Path, Path], registered: bool
) -> None:
    activate_here(twins[0])
    if registered:
        follow(now=True)
    metadata = json.loads((twins[0] / METADATA).read_text()) | {"format": 0}
    (twins[0] / METADATA).write_text(json.dumps(metadata))
    os.utime(twins[0] / METADATA, (1, 1))
    shipped = shipped_folder()
    assert shipped is not None
    assert follow(now=True).active == current_model().version == shipped.name
    if registered:
        assert "changed after it was registered" in ModelVersion.objects.get(version=twins[0].name).error


def test_a_model_of_another_machine_is_asked_for_in_a_sentence(db: None, twins: tuple[Path, Path]) -> None:
    registry.activate(registry.register(twins[0], who="x"), who="x")
    follow(now=True)
    ModelVersion.objects.filter(version=twins[0].name).update(state="retired")
    ModelVersion.objects.create(version="elsewhere", state="active", location="local", checksum="0" * 64)
    assert follow(now=True).active == twins[0].name
    assert "Set MODEL_STORE" in ModelVersion.objects.get(version="elsewhere").error


def test_without_a_database_the_machine_keeps_its_model(no_database: None, twins: tuple[Path, Path]) -> None:
    activate_here(twins[1])
    assert follow(now=True).active == twins[1].name
    assert choice() is not None and not choice().registered


def test_folders_that_were_put_there_are_adopted_as_staged(db: None, written: Written, home: Path) -> None:
    written("a1")
    (home / "models" / "broken").mkdir()
    (home / "models" / "broken" / METADATA).write_text("{}")
    assert [model.version for model in registry.adopt_folders()] == ["a1"]
    assert registry.adopt_folders() == []
    assert states() == {"a1": "staged"}


def test_a_newer_model_of_the_program_replaces_an_older_one_of_it_alone(db: None, home: Path) -> None:
    ModelVersion.objects.create(version="20200101-0000-old", state="active", location="shipped", checksum="0" * 64)
    shipped = shipped_folder()
    assert shipped is not None
    assert follow(now=True).active == shipped.name
    ModelVersion.objects.all().delete()
    ModelVersion.objects.create(version="99990101-0000-new", state="active", location="shipped", checksum="0" * 64)
    assert follow(now=True).active == shipped.name  # what this machine has, until it is brought up to date
    assert ModelVersion.objects.get(state="active").version == "99990101-0000-new"
