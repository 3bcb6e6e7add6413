"""The words that users write for their messages, through the API."""

from __future__ import annotations

from typing import Any

import pytest

from notifications.models import MessageTemplate

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/message-templates/match/short"


def test_a_template_is_written_listed_tried_and_removed(api: Any, owner: Any, stranger: Any, operator: Any) -> None:
    assert api(owner).get(ADDRESS).status_code == 404, "our words"
    assert api(owner).put(ADDRESS, {"text": "{name}: {price}"}, format="json").json()["text"] == "{name}: {price}"
    assert api(owner).put(ADDRESS, {"text": "Only {price}"}, format="json").status_code == 200
    assert api(owner).get(ADDRESS).json()["text"] == "Only {price}"
    (row,) = api(owner).get("/api/v1/message-templates").json()["results"]
    assert (row["kind"], row["channel_class"], row["text"]) == ("match", "short", "Only {price}")
    for other in (stranger, operator):
        assert api(other).get(ADDRESS).status_code == 404
        assert api(other).get("/api/v1/message-templates").json()["results"] == []
        assert api(other).delete(ADDRESS).status_code == 204
    assert MessageTemplate.objects.get().user == owner
    shown = api(owner).post(f"{ADDRESS}/preview", {"text": "For {price}"}, format="json").json()
    assert shown == {"said": "For $228.00", "problem": "", "about": ""}
    assert MessageTemplate.objects.get().text == "Only {price}", "nothing is kept of what was tried"
    assert api(owner).delete(ADDRESS).status_code == 204
    assert not MessageTemplate.objects.exists()


@pytest.mark.parametrize("text", ["{nothing_of_the_kind}", "{name.__class__}", "{if price}", "", "x" * 10_000])
def test_what_is_no_template_is_refused_in_a_sentence(api: Any, owner: Any, text: str) -> None:
    answer = api(owner).put(ADDRESS, {"text": text}, format="json")
    assert answer.status_code == 400 and "text" in str(answer.json()["errors"])
    assert not MessageTemplate.objects.exists()


def test_there_are_templates_for_some_messages_alone(api: Any, owner: Any) -> None:
    for wrong in ("alarm/short", "match/wide"):
        address = f"/api/v1/message-templates/{wrong}"
        assert api(owner).put(address, {"text": "Hello"}, format="json").status_code == 404
        assert api(owner).post(f"{address}/preview", {"text": "Hello"}, format="json").status_code == 404
    assert api().get("/api/v1/message-templates").status_code in (401, 403)
