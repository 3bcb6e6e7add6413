"""Settings of channels: secrets are sealed where they are stored, kept where they are left out, and never shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from common.sealing import is_sealed
from notifications.channels.base import Channel, PermanentError
from notifications.channels.configs import checked_config, opened_config, shown_config, stored_config
from notifications.channels.registry import channel_of
from notifications.models import UserChannel
from tests.notifications.channels.pigeon import PigeonConfig, pigeons


@pytest.fixture(autouse=True)
def pigeon() -> Iterator[Channel]:
    with pigeons():
        yield channel_of("pigeon")


def _problems(channel: Channel, stated: dict[str, Any]) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        checked_config(channel, stated)
    return dict(caught.value.message_dict)


def test_secrets_are_sealed_where_they_are_stored_and_never_shown(pigeon: Channel) -> None:
    stored = stored_config(checked_config(pigeon, {"loft": "Roof", "whistle": "hoo", "rings": ["a", "b"]}))
    assert stored["loft"] == "Roof" and is_sealed(stored["whistle"]) and all(map(is_sealed, stored["rings"]))
    assert opened_config(pigeon, stored) == PigeonConfig(loft="Roof", whistle="hoo", rings=["a", "b"])
    row = UserChannel(kind="pigeon", config=stored)
    assert shown_config(row) == {"loft": "Roof", "whistle": "set", "rings": "set"}
    assert shown_config(UserChannel(kind="unknown", config={"token": "x"})) == {}


@pytest.mark.parametrize("left_out", [{}, {"whistle": ""}, {"whistle": None}, {"whistle": "set", "rings": []}])
def test_a_secret_that_is_left_out_stays(pigeon: Channel, left_out: dict[str, Any]) -> None:
    stored = stored_config(PigeonConfig(loft="Roof", whistle="hoo"))
    assert checked_config(pigeon, {"loft": "Tower", **left_out}, stored) == PigeonConfig(loft="Tower", whistle="hoo")


def test_what_is_wrong_is_said_at_its_field_without_the_value(pigeon: Channel) -> None:
    assert _problems(pigeon, {"loft": "", "wings": "2"}) == {
        "config.loft": ["This is needed."],
        "config.whistle": ["This is needed."],
        "config.wings": ["There is no such setting for this kind of channel."],
    }
    assert "hoo" not in str(_problems(pigeon, {"whistle": ["hoo"], "loft": "Roof"}))


def test_settings_that_cannot_be_opened_are_a_permanent_error(pigeon: Channel, settings: Any) -> None:
    stored = stored_config(PigeonConfig(loft="Roof", whistle="hoo"))
    settings.SECRET_KEY = "another one"
    with pytest.raises(PermanentError, match="SECRET_KEY is another one now") as caught:
        opened_config(pigeon, stored)
    assert caught.value.gone
    with pytest.raises(PermanentError, match="Open and save them again"):
        opened_config(pigeon, {"loft": "Roof"})
