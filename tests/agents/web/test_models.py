"""What operators do with models, on the operations page and in the admin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from agents.lifecycle import registry
from agents.models import ModelVersion
from tests.agents.lifecycle.conftest import write_model

NOBODY = "00000000-0000-7000-8000-000000000000"
pytestmark = pytest.mark.django_db


@pytest.fixture
def client(operator: Any, signed_in: Callable[[Any], Client]) -> Client:
    return signed_in(operator)


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MODELS_DIR = tmp_path
    return tmp_path


def states() -> dict[str, str]:
    return dict(ModelVersion.objects.values_list("version", "state"))


def test_a_folder_among_the_models_is_shown_as_staged(client: Client, folder: Path) -> None:
    write_model(folder, "a1", dev={"mae": 35.25})
    text = client.get("/operations/").content.decode()
    assert states() == {"a1": "staged"}
    assert "$35.25" in text
    assert "Roll back" not in text


def test_a_model_is_activated_and_rolled_back_with_one_click(client: Client, folder: Path) -> None:
    for version in ("a1", "b2"):
        model = registry.register(write_model(folder, version), who="x")
        answer = client.post(f"/operations/models/{model.pk}/activate/", follow=True)
        assert f"{version} is active" in answer.content.decode()
    assert states() == {"a1": "retired", "b2": "active"}
    assert ModelVersion.objects.get(version="b2").activated_by == "operator@example.com"
    assert "Roll back to a1" in client.get("/operations/").content.decode()
    client.post("/operations/models/roll-back/")
    assert states() == {"a1": "active", "b2": "retired"}


def test_what_cannot_be_done_is_said(client: Client, folder: Path) -> None:
    model = registry.activate(registry.register(write_model(folder, "a1"), who="x"), who="x")
    address = f"/operations/models/{model.pk}"
    assert "is the active model" in client.post(f"{address}/retire/", follow=True).content.decode()
    assert "no model to go back to" in client.post("/operations/models/roll-back/", follow=True).content.decode()
    assert client.post(f"{address}/explode/").status_code == 404
    assert client.post(f"/operations/models/{NOBODY}/activate/").status_code == 404
    assert client.get(f"{address}/activate/").status_code == 405


def test_a_share_is_given_and_taken(client: Client, folder: Path) -> None:
    model = registry.register(write_model(folder, "a1"), who="x")
    answer = client.post(f"/operations/models/{model.pk}/share/", {"percent": "20"}, follow=True)
    assert "values 20 % of the deals" in answer.content.decode()
    for wrong in ("ninety", "-1", "95", ""):
        answer = client.post(f"/operations/models/{model.pk}/share/", {"percent": wrong}, follow=True)
        assert "0 to 90 per cent" in answer.content.decode()
    client.post(f"/operations/models/{model.pk}/share/", {"percent": "0"})
    model.refresh_from_db()
    assert model.traffic_percent == 0


def act(client: Client, action: str, *models: ModelVersion) -> str:
    asked = {"action": action, "_selected_action": [str(model.pk) for model in models]}
    return client.post("/admin/agents/modelversion/", asked, follow=True).content.decode()


def test_the_admin_does_the_same(client: Client, folder: Path) -> None:
    first, second = (registry.register(write_model(folder, version), who="x") for version in ("a1", "b2"))
    assert "Choose one model" in act(client, "activate", first, second)
    assert "A1 is active" in act(client, "activate", first)
    act(client, "activate", second)
    assert states() == {"a1": "retired", "b2": "active"}
    act(client, "roll_back", second)
    assert states() == {"a1": "active", "b2": "retired"}
    act(client, "stage", second)
    act(client, "give_a_tenth", second)
    second.refresh_from_db()
    assert (second.state, second.traffic_percent) == ("staged", 10)
    assert "is the active model" in act(client, "retire", first)
    act(client, "retire", second)
    assert states() == {"a1": "active", "b2": "retired"}


def test_the_active_model_cannot_be_deleted(client: Client, folder: Path) -> None:
    model = registry.activate(registry.register(write_model(folder, "a1"), who="x"), who="x")
    assert client.post(f"/admin/agents/modelversion/{model.pk}/delete/", {"post": "yes"}).status_code == 403
    act(client, "delete_selected", model)
    client.post(
        "/admin/agents/modelversion/",
        {"action": "delete_selected", "_selected_action": [str(model.pk)], "post": "yes"},
    )
    assert states() == {"a1": "active"}
