from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from rest_framework.test import APIClient

from accounts.actions import keys, tokens
from accounts.actions.goals import create_goal
from accounts.models import ApiKey, Goal, RefreshToken, User
from common.models import OutboxEvent
from deals.actions import record_interaction
from deals.models import InteractionKind
from tests.deals.making import make_deal

pytestmark = pytest.mark.django_db


def with_key(secret: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {secret}")
    return client


def test_me_says_who_one_is_and_what_is_left(api: Any, owner: User) -> None:
    create_goal(owner, title="A camera")
    me = api(owner).get("/api/v1/me").json()
    assert (me["email"], me["tier"], me["role"]) == (owner.email, "free", "user")
    assert me["limits"] == {"active_goals": {"limit": 2, "used": 1, "left": 1}, "marketplaces_per_goal": 1}
    assert me["preferences"]["opportunity_threshold"] == "50.00"
    assert me["preferences"]["currency"] == "USD"


def test_nobody_is_nobody(api: Any) -> None:
    answer = api().get("/api/v1/me")
    assert answer.status_code == 401 and answer["WWW-Authenticate"].startswith("Bearer")


def test_preferences_change_one_by_one(api: Any, owner: User, stranger: User) -> None:
    change = {
        "name": "Ada",
        "preferences": {"currency": "JPY", "opportunity_threshold": {"amount": "7500", "currency": "JPY"}},
    }
    answer = api(owner).patch("/api/v1/me", change)
    assert answer.status_code == 200, answer.content
    me = api(owner).get("/api/v1/me/").json()
    assert me == answer.json()
    assert me["name"] == "Ada"
    assert me["preferences"] == {
        "time_zone": "UTC", "currency": "JPY", "opportunity_threshold": "7500", "email_alerts": True, "language": "en",
        "theme": "system",
    }  # fmt: skip
    assert api(stranger).get("/api/v1/me").json()["preferences"]["currency"] == "USD"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"preferences": {"time_zone": "Mars/Olympus"}}, "preferences.time_zone"),
        ({"preferences": {"currency": "XXQ"}}, "preferences.currency"),
        ({"preferences": {"opportunity_threshold": "-1"}}, "preferences.opportunity_threshold"),
        ({"preferences": {"opportunity_threshold": "NaN"}}, "preferences.opportunity_threshold"),
        ({"preferences": {"shoe_size": 9}}, "preferences.shoe_size"),
        ({"preferences": []}, "preferences"),
        ({"name": "x" * 121}, "name"),
        ({"nickname": "x"}, "nickname"),
    ],
)
def test_unusable_preferences_are_refused_by_field_and_change_nothing(
    api: Any, owner: User, change: Any, field: str
) -> None:
    before = api(owner).get("/api/v1/me").json()
    answer = api(owner).patch("/api/v1/me", {"name": "Ada"} | change)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert api(owner).get("/api/v1/me").json() == before


def test_what_one_may_not_change_stays(api: Any, owner: User) -> None:
    api(owner).patch("/api/v1/me", {"email": "x@example.com", "role": "operator", "tier": "business", "id": "1"})
    owner.refresh_from_db()
    assert (owner.email, owner.role, owner.tier) == ("owner@example.com", "user", "free")


def test_a_key_is_shown_once_and_works_within_its_scopes(api: Any, owner: User) -> None:
    made = api(owner).post("/api/v1/me/keys", {"name": "phone", "scopes": ["read"]})
    assert made.status_code == 201
    secret = made.json()["key"]
    listed = api(owner).get("/api/v1/me/keys")
    assert listed.json()["count"] == 1 and secret not in listed.content.decode()
    assert listed.json()["results"][0]["prefix"] == secret[:12]
    assert secret not in json.dumps(list(ApiKey.objects.values()), default=str)
    reader = with_key(secret)
    assert reader.get("/api/v1/me").json()["email"] == owner.email
    refused = reader.post("/api/v1/goals", {"title": "A camera"})
    assert refused.status_code == 403 and "scope write" in refused.json()["detail"]
    assert ApiKey.objects.get().last_used_at is not None


def test_a_key_that_may_write_cannot_make_keys_or_close_the_account(owner: User) -> None:
    _, secret = keys.create_key(owner, "robot", ["read", "write"])
    robot = with_key(secret)
    assert robot.post("/api/v1/goals", {"title": "A camera"}).status_code == 201
    assert robot.post("/api/v1/me/keys", {"name": "more", "scopes": ["write"]}).status_code == 403
    assert robot.get("/api/v1/me/keys").status_code == 403
    assert robot.get("/api/v1/me/export").status_code == 403
    assert robot.delete("/api/v1/me").status_code == 403
    assert User.objects.filter(pk=owner.pk, is_active=True).exists() and ApiKey.objects.count() == 1


def test_a_revoked_key_is_no_key(api: Any, owner: User, stranger: User, operator: User) -> None:
    key, secret = keys.create_key(owner, "robot", ["read"])
    for other in (stranger, operator):
        assert api(other).delete(f"/api/v1/me/keys/{key.pk}").status_code == 404
        assert api(other).get("/api/v1/me/keys").json()["count"] == 0
    assert with_key(secret).get("/api/v1/me").status_code == 200
    assert api(owner).delete(f"/api/v1/me/keys/{key.pk}/").status_code == 204
    answer = with_key(secret).get("/api/v1/me")
    assert answer.status_code == 401 and answer["WWW-Authenticate"]
    assert with_key("df_nonsense").get("/api/v1/deals").status_code == 401
    assert api(owner).get("/api/v1/me/keys").json()["count"] == 0


@pytest.mark.parametrize(
    "body", [{"name": "x", "scopes": []}, {"name": "x", "scopes": ["admin"]}, {"name": "", "scopes": ["read"]}, {}]
)
def test_an_unusable_key_is_not_made(api: Any, owner: User, body: Any) -> None:
    assert api(owner).post("/api/v1/me/keys", body).status_code == 400
    assert not ApiKey.objects.exists()


def test_closing_an_account_ends_every_way_in_and_deletes_what_was_theirs(
    owner: User, stranger: User, password: str
) -> None:
    create_goal(owner, title="A camera")
    create_goal(stranger, title="A bicycle")
    record_interaction(owner, make_deal(), InteractionKind.SAVE)
    _, secret = keys.create_key(owner, "robot", ["read"])
    pair = tokens.issue_tokens(owner)
    browser = Client()
    browser.force_login(owner, backend=settings.AUTHENTICATION_BACKENDS[0])
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair.access}")
    answer = client.delete("/api/v1/me")
    assert answer.status_code == 202 and "deleted" in answer.json()["detail"]
    assert client.get("/api/v1/me").status_code == 401
    assert with_key(secret).get("/api/v1/me").status_code == 401
    assert browser.get("/api/v1/me").status_code == 401
    assert APIClient().post("/api/v1/auth/token/refresh", {"refresh": pair.refresh}).status_code == 401
    assert APIClient().post("/api/v1/auth/token", {"email": owner.email, "password": password}).status_code == 401
    assert [goal.title for goal in Goal.objects.all()] == ["A bicycle"]
    assert not ApiKey.objects.exists() and not RefreshToken.objects.exists()
    assert not OutboxEvent.objects.filter(user=owner.pk).exists()
    assert {event.data["user_id"] for event in OutboxEvent.objects.filter(internal=True)} == {str(stranger.pk)}


def test_the_export_has_what_is_ones_own_and_nothing_else(api: Any, owner: User, stranger: User) -> None:
    create_goal(owner, title="A camera")
    create_goal(stranger, title="A secret bicycle")
    record_interaction(owner, make_deal("Lens"), InteractionKind.SAVE)
    _, secret = keys.create_key(owner, "robot", ["read"])
    answer = api(owner).get("/api/v1/me/export")
    text = answer.content.decode()
    data = answer.json()
    assert data["profile"]["email"] == owner.email
    assert [goal["title"] for goal in data["goals"]] == ["A camera"]
    assert [mark["deal__title"] for mark in data["marks"]] == ["Lens"]
    assert [row["kind"] for row in data["interactions"]] == ["save"]
    assert "bicycle" not in text and stranger.email not in text
    assert secret not in text and "secret_hash" not in text and owner.password not in text
    assert api(owner).post("/api/v1/me/export").json()["profile"] == data["profile"]
    assert api().get("/api/v1/me/export").status_code == 401
