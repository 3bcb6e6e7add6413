"""Channels through the API: typed settings by kind, secrets that go in and never come out, and a test of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from common.sealing import is_sealed
from notifications.channels.base import PermanentError
from notifications.models import Delivery, UserChannel
from tests.notifications.channels.pigeon import Pigeon, PigeonConfig, pigeons
from tests.notifications.making import make_notice, tell

pytestmark = pytest.mark.django_db
SETTINGS = {"loft": "Roof", "whistle": "a secret tune"}


@pytest.fixture(autouse=True)
def pigeon() -> Iterator[type[Pigeon]]:
    with pigeons() as kind:
        yield kind


@pytest.fixture
def added(api: Any, owner: Any) -> str:
    answer = api(owner).post("/api/v1/channels", {"kind": "pigeon", "config": SETTINGS})
    assert answer.status_code == 201
    return f"/api/v1/channels/{answer.json()['id']}"


def test_a_secret_goes_in_and_never_comes_out(api: Any, owner: Any, added: str) -> None:
    answer = api(owner).get(added)
    assert answer.json()["config"] == {"loft": "Roof", "whistle": "set", "rings": None}
    assert "secret tune" not in answer.content.decode() + api(owner).get("/api/v1/me/export").content.decode()
    row = UserChannel.objects.get(kind="pigeon")
    assert is_sealed(row.config["whistle"]) and row.service == "pigeon:Roof"
    changed = api(owner).patch(added, {"config": {"loft": "Tower"}, "pace": "daily", "pace_hour": 7})
    assert changed.json()["config"]["whistle"] == "set" and changed.json()["pace"] == "daily"
    api(owner).post(f"{added}/test")
    assert Pigeon.taken[0][1] == PigeonConfig(loft="Tower", whistle="a secret tune")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"config": {"loft": ""}}, "config.loft"),
        ({"config": {"wings": 2, **SETTINGS}}, "config.wings"),
        ({"config": "Roof"}, "config"),
        ({"kind": "email"}, "kind"),
        ({"kind": "raven"}, "kind"),
        ({"pace_hour": 24}, "pace_hour"),
        ({"daily_cap": 0}, "daily_cap"),
        ({"color": "grey"}, "color"),
    ],
)
def test_what_cannot_be_is_refused_by_field(api: Any, owner: Any, added: str, change: Any, field: str) -> None:
    before = UserChannel.objects.values().get(kind="pigeon")
    answers = [api(owner).patch(added, change)]
    answers.append(api(owner).post("/api/v1/channels", {"kind": "pigeon", "config": SETTINGS} | change))
    for answer in answers:
        assert answer.status_code == 400 and field in answer.json()["errors"], answer.content
    assert UserChannel.objects.values().get(kind="pigeon") == before


def test_the_mail_of_the_account_is_there_and_its_switch_is_that_of_the_preferences(api: Any, owner: Any) -> None:
    (mail,) = api(owner).get("/api/v1/channels").json()["results"]
    assert (mail["kind"], mail["state"], mail["config"]) == ("email", "active", {"address": ""})
    path = f"/api/v1/channels/{mail['id']}"
    assert api(owner).patch(path, {"is_enabled": False}).json()["state"] == "paused"
    assert api(owner).get("/api/v1/me").json()["preferences"]["email_alerts"] is False
    assert api(owner).patch(path, {"is_enabled": True}).json()["state"] == "active"
    refused = api(owner).patch(path, {"config": {"address": "somebody@else.example"}})
    assert refused.json()["errors"] == {
        "config.address": ["Add this address under E-mail addresses and confirm it first."]
    }
    owner.emailaddress_set.create(email="work@example.com", verified=True)
    assert api(owner).patch(path, {"config": {"address": "Work@example.com"}}).status_code == 200
    assert api(owner).delete(path).status_code == 400


def test_a_test_is_sent_once_and_says_what_the_service_said(api: Any, owner: Any, added: str) -> None:
    fine = api(owner).post(f"{added}/test").json()
    assert fine["sent"] and fine["sentence"].startswith("Pigeon took it after")
    ((message, _),) = Pigeon.taken
    assert message.is_test and message.data["kind"] == "test" and len(message.short) < 200

    def refuses(_: Any) -> None:
        raise PermanentError("The loft is empty.", gone=True)

    Pigeon.answer = staticmethod(refuses)
    assert api(owner).post(f"{added}/test").json() == {"sent": False, "sentence": "The loft is empty."}
    shown = api(owner).get(added).json()
    assert (shown["last_error"], shown["state"]) == ("The loft is empty.", "active")
    assert not Delivery.objects.exists()


def test_new_settings_repair_a_channel_that_was_disabled(api: Any, owner: Any, added: str) -> None:
    UserChannel.objects.filter(kind="pigeon").update(is_enabled=False, disabled_reason="Gone.", failures=3)
    assert api(owner).get(added).json()["state"] == "disabled"
    api(owner).patch(added, {"name": "Mine"})
    assert api(owner).get(added).json()["state"] == "disabled"
    assert api(owner).patch(added, {"config": {"loft": "Roof"}}).json()["state"] == "active"
    assert UserChannel.objects.get(kind="pigeon").failures == 0


def test_what_waits_for_a_channel_that_is_removed_is_not_sent(api: Any, owner: Any, added: str) -> None:
    tell(make_notice(owner))
    assert api(owner).delete(added).status_code == 204
    waited = Delivery.objects.get(channel="pigeon")
    assert (waited.state, waited.error, waited.user_channel) == ("withheld", "Not sent: you removed the channel.", None)


def test_nobody_has_more_than_twenty(api: Any, owner: Any) -> None:
    UserChannel.objects.bulk_create([UserChannel(user=owner, kind="pigeon") for _ in range(20)])
    answer = api(owner).post("/api/v1/channels", {"kind": "pigeon", "config": SETTINGS})
    assert answer.json()["errors"] == {"kind": ["You have 20 channels; remove one first."]}


def test_the_kinds_say_what_they_want(api: Any) -> None:
    kinds = {kind["kind"]: kind for kind in api().get("/api/v1/channels/kinds").json()}
    assert kinds["pigeon"]["secrets"] == ["rings", "whistle"]
    assert kinds["pigeon"]["config_schema"]["properties"]["loft"]["title"] == "Loft"
    assert not kinds["email"]["addable"] and not kinds["in_app"]["addable"]
