"""What operators watch and do: sources, queues, runs, and what failed for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from agents.models import Run, Step
from agents.web import operations
from common.models import DeadLetter
from deals.models import Entry, Fetch, SourceState
from tests.deals.making import make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(operator: Any, signed_in: Callable[[Any], Client]) -> Client:
    return signed_in(operator)


def test_a_silent_source_is_pointed_out(client: Client) -> None:
    make_source("good", last_success_at=timezone.now())
    make_source(
        "bad",
        watched_from=timezone.now() - timedelta(days=2),
        last_success_at=timezone.now() - timedelta(days=1),
        last_error="The feed answered with HTTP status 503.",
    )
    text = client.get("/operations/").content.decode()
    assert "Silent" in text
    assert "HTTP status 503" in text


def test_a_source_is_paused_and_resumed(client: Client) -> None:
    source = make_source()
    client.post(f"/operations/sources/{source.pk}/pause/")
    source.refresh_from_db()
    assert source.state == SourceState.PAUSED
    client.post(f"/operations/sources/{source.pk}/resume/")
    source.refresh_from_db()
    assert source.state == SourceState.ACTIVE
    assert client.post(f"/operations/sources/{source.pk}/explode/").status_code == 404


def test_a_scan_is_asked_for_by_its_task(client: Client, sent_tasks: list[Any]) -> None:
    source = make_source()
    answer = client.post(f"/operations/sources/{source.pk}/scan/", follow=True)
    assert "is under way" in answer.content.decode()
    assert [(task.name, task.args) for task in sent_tasks] == [("scan.source", (str(source.pk),))]


def test_failed_work_is_tried_again_once(client: Client, sent_tasks: list[Any]) -> None:
    letter = DeadLetter.objects.create(
        stage="value", object_id="42", task="value.pending", error="The model is damaged.", payload={"args": []}
    )
    assert "The model is damaged." in client.get("/operations/").content.decode()
    client.post(f"/operations/dead-letters/{letter.pk}/replay/")
    assert [task.name for task in sent_tasks] == ["value.pending"]
    again = client.post(f"/operations/dead-letters/{letter.pk}/replay/", follow=True)
    assert "was replayed at" in again.content.decode()
    assert len(sent_tasks) == 1


def test_a_source_s_page_shows_fetches_and_what_was_skipped(client: Client) -> None:
    source = make_source()
    Fetch.objects.create(source=source, outcome="failed", error="It answered with HTML.")
    Entry.objects.create(
        source=source,
        external_id="1",
        content_hash="h",
        payload={"title": "$350 off with trade-in"},
        state="skipped",
        skip_reason="no exact price",
    )
    text = client.get(f"/operations/sources/{source.pk}/").content.decode()
    for words in ("It answered with HTML.", "$350 off with trade-in", "no exact price"):
        assert words in text


def test_runs_can_be_chosen_and_opened(client: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        run = Run.objects.create(
            agent="scanning", trigger="schedule", subject=f"Feed {number}", source=make_source(f"feed-{number}")
        )
        Step.objects.create(
            run=run, position=1, name="read the entries", detail={"entries": 20}, error="Half of it was unreadable."
        )
    Run.objects.create(agent="pricing", trigger="command", subject="Samples", state="failed", error="No model.")
    client.get("/agents/")
    with django_assert_max_num_queries(8):
        assert client.get("/agents/").content.decode().count("Feed ") == 12
    assert "Feed 1" not in client.get("/agents/?agent=pricing&state=failed").content.decode()
    assert client.get("/agents/?agent=none&page=x").status_code == 200
    text = client.get(f"/agents/{run.pk}/").content.decode()
    assert "1. read the entries" in text
    assert "Half of it was unreadable." in text


def test_the_number_of_queries_does_not_grow_with_the_sources(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(15):
        make_source(f"feed-{number}")
    client.get("/operations/")
    with django_assert_max_num_queries(20):
        client.get("/operations/?sort=success")


def test_many_sources_are_turned_over_and_found(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "_SOURCES", 4)
    for name in ("anchor", "bolt", "chisel", "drill", "epoxy"):
        make_source(name, title=name.title(), last_error="It answered 503." if name == "bolt" else "")
    first = client.get("/operations/").content.decode()
    assert "Anchor" in first and "Epoxy" not in first and "1 to 4 of 5" in first
    second = client.get("/operations/?sort=source&page=2").content.decode()
    assert "Epoxy" in second and "Anchor" not in second and "page=1#sources" in second
    found = client.get("/operations/?find=503&sort=state").content.decode()
    assert "Bolt" in found and "Anchor" not in found and "All 5" in found
    assert "No source has “zinc”" in client.get("/operations/?find=zinc").content.decode()
    assert client.get("/operations/?page=x&sort=none").status_code == 200
