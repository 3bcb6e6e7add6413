"""Users' own words through the API."""

from __future__ import annotations

from typing import Any

import pytest

from notifications.models import MessageTemplate

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/message-templates"


def test_a_user_writes_tries_and_removes_their_own_words(api: Any, owner: Any, stranger: Any) -> None:
    place = f"{ADDRESS}/match/short"
    for wrong in ("{prise}", "{if worth}", " ", "x" * 2001):
        answer = api(owner).put(place, {"text": wrong}, format="json")
        assert answer.status_code == 400 and "text" in answer.json()["errors"], wrong
    assert not MessageTemplate.objects.exists()
    tried = api(owner).post(f"{place}/preview", {"text": "Only {price}"}, format="json").json()
    assert tried == {"said": "Only $228.00", "problem": "", "about": ""}
    assert "{price}" in api(owner).post(f"{place}/preview", {"text": "{prise}"}, format="json").json()["problem"]
    assert not MessageTemplate.objects.exists(), "a preview keeps nothing"
    assert api(owner).put(place, {"text": "Only {price}"}, format="json").json()["text"] == "Only {price}"
    assert api(owner).get(place).json() == {"kind": "match", "channel_class": "short", "text": "Only {price}"}
    assert api(stranger).get(place).json()["text"] is None
    assert api(stranger).delete(place).status_code == 204
    listed = api(owner).get(ADDRESS).json()
    assert [one["text"] for one in listed["results"] if one["text"]] == ["Only {price}"]
    assert "price" in listed["fields_of_texts"]
    assert api(owner).delete(place).status_code == 204
    assert api(owner).get(place).json()["text"] is None


def test_only_what_there_is_can_be_written_and_only_by_somebody(api: Any, owner: Any, client: Any) -> None:
    for place in ("alarm/short", "match/huge"):
        for answer in (
            api(owner).get(f"{ADDRESS}/{place}"),
            api(owner).put(f"{ADDRESS}/{place}", {"text": "x"}, format="json"),
        ):
            assert answer.status_code == 404
    assert client.get(ADDRESS).status_code == 401
