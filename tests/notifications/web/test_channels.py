"""The pages of channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from notifications.channels.base import TransientError
from notifications.models import UserChannel
from tests.notifications.channels.pigeon import Pigeon, PigeonConfig, pigeons

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def pigeon() -> Iterator[type[Pigeon]]:
    with pigeons() as kind:
        yield kind


@pytest.fixture
def client(owner: Any, signed_in: Callable[[Any], Client]) -> Client:
    return signed_in(owner)


def _text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_channel_is_added_tried_changed_paused_and_removed(client: Client, owner: Any) -> None:
    assert "/settings/channels/add/pigeon/" in _text(client.get("/settings/channels/"))
    refused = client.post("/settings/channels/add/pigeon/", {"name": "Bird", "config_whistle": "a secret tune"})
    assert refused.status_code == 422 and "This is needed." in _text(refused) and "secret tune" not in _text(refused)
    stated = {"name": "Bird", "config_loft": "Roof", "config_whistle": "a secret tune", "config_rings": ""}
    added = client.post("/settings/channels/add/pigeon/", stated, follow=True)
    assert "Bird is saved." in _text(added)
    row = UserChannel.objects.get(kind="pigeon")
    form = _text(client.get(f"/settings/channels/{row.pk}/"))
    assert 'value="Roof"' in form and "Leave it empty to keep the one that is stored." in form
    assert "secret tune" not in form and "sealed:" not in form
    client.post(f"/settings/channels/{row.pk}/", {"name": "Bird", "config_loft": "Tower"})
    tried = client.post(f"/settings/channels/{row.pk}/test/", follow=True)
    assert "Bird: Pigeon took it after" in _text(tried)
    assert Pigeon.taken[0][1] == PigeonConfig(loft="Tower", whistle="a secret tune")
    assert "Paused" in _text(client.post(f"/settings/channels/{row.pk}/pause/", follow=True))
    client.post(f"/settings/channels/{row.pk}/resume/")
    row.refresh_from_db()
    assert row.is_enabled
    assert "Remove Bird?" in _text(client.get(f"/settings/channels/{row.pk}/remove/"))
    client.post(f"/settings/channels/{row.pk}/remove/")
    assert not UserChannel.objects.filter(kind="pigeon").exists()


def test_what_the_service_said_is_shown_and_so_is_why_a_channel_was_disabled(client: Client, owner: Any) -> None:
    mail = _text(client.get("/settings/channels/"))
    assert f"To {owner.email}" in mail and "Always on" in mail
    config = {"loft": "Roof", "whistle": "x"}
    row = UserChannel.objects.create(user=owner, kind="pigeon", config=config)

    def busy(_: Any) -> None:
        raise TransientError("The loft is full.")

    Pigeon.answer = staticmethod(busy)
    assert "Pigeon: The loft is full." in _text(client.post(f"/settings/channels/{row.pk}/test/", follow=True))
    UserChannel.objects.filter(pk=row.pk).update(
        is_enabled=False, disabled_reason="No such loft.", disabled_at=timezone.now()
    )
    text = _text(client.get("/settings/channels/"))
    assert "Disabled" in text and "No such loft." in text and "Resume" in text


def test_what_is_not_ones_own_or_cannot_be_is_not_found(client: Client, stranger: Any) -> None:
    theirs = UserChannel.objects.create(user=stranger, kind="pigeon", name="Theirs")
    assert "Theirs" not in _text(client.get("/settings/channels/"))
    for path in ("", "remove/"):
        assert client.get(f"/settings/channels/{theirs.pk}/{path}").status_code == 404
    for action in ("test", "pause", "resume", "fly"):
        assert client.post(f"/settings/channels/{theirs.pk}/{action}/").status_code == 404
    assert client.get("/settings/channels/add/raven/").status_code == 404
    assert client.get("/settings/channels/add/email/").status_code == 404
