"""Pushover on the wire."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.core.exceptions import ValidationError
from pydantic import ValidationError as ConfigError

from notifications.channel_actions import add_channel
from notifications.channels.base import PermanentError, TransientError
from notifications.channels.pushover.channel import PushoverChannel, PushoverConfig
from tests.notifications.channels.messages import make_message
from tests.wire_server import WireServer, hang_up, said, wire_server

USER, TOKEN, OURS = "u" * 30, "a" * 30, "z" * 30
GOOD = {"status": 1, "request": "647d2300-702c-4b38-8b2f-d56326ae460b"}


@pytest.fixture
def pushover(settings: Any) -> Iterator[WireServer]:
    settings.EGRESS_ALLOW_CIDRS, settings.PUBLIC_URL = ["127.0.0.0/8"], "https://deals.example"
    with wire_server(said(GOOD)) as server:
        settings.PUSHOVER_URL, settings.PUSHOVER_TOKEN = f"{server.url}/1/messages.json", OURS
        yield server


def send(**fields: Any) -> str | None:
    return PushoverChannel().send(make_message(), PushoverConfig(user_key=USER, **fields))


def test_a_message_goes_with_its_link_and_priority(pushover: WireServer) -> None:
    assert send(app_token=TOKEN, priority="high", device="phone") == GOOD["request"]
    assert send() == GOOD["request"]
    first, second = pushover.requests
    assert (first.method, first.path) == ("POST", "/1/messages.json")
    assert first.headers["content-type"] == "application/x-www-form-urlencoded"
    form = {name: value for name, (value,) in parse_qs(first.body.decode()).items()}
    assert form == {
        "token": TOKEN,
        "user": USER,
        "title": "Sony <XM5> & case for $228.00",
        "message": "$228.00 at Shop. Worth about $310 ($264–$356), so $82 below it.",
        "priority": "1",
        "timestamp": "1795658584",
        "url": "https://deals.example/m/open-1/",
        "url_title": "Open in Deal Finder",
        "device": "phone",
    }
    assert parse_qs(second.body.decode())["token"] == [OURS], "that of the installation, where the user has none"


@pytest.mark.parametrize(
    ("behaviour", "gone", "sentence"),
    [
        (said({"user": "invalid", "errors": ["user identifier is invalid"], "status": 0}, 400), True, "user key or device"),
        (said({"token": "invalid", "errors": ["application token is invalid"], "status": 0}, 400), False, "application token"),
        (said({"message": "cannot be blank", "status": 0}, 400), False, "did not take it (400)"),
        (said(b"<html>", 403), False, "did not take it (403)"),
    ],
)  # fmt: skip
def test_what_pushover_refuses_for_good(pushover: WireServer, behaviour: Any, gone: bool, sentence: str) -> None:
    pushover.next = [behaviour]
    with pytest.raises(PermanentError) as raised:
        send()
    assert sentence in str(raised.value) and raised.value.gone == gone and USER not in str(raised.value)


@pytest.mark.parametrize("behaviour", [said(b"", 500), said(b"<html>not json"), said({"status": 0}), hang_up])
def test_what_may_work_later(pushover: WireServer, behaviour: Any) -> None:
    pushover.next = [behaviour]
    with pytest.raises(TransientError) as raised:
        send()
    assert not raised.value.answered


def test_a_used_up_month_is_waited_for_until_it_ends(pushover: WireServer) -> None:
    pushover.next = [said({"status": 0}, 429, X_Limit_App_Reset=str(int(time.time()) + 3600))]
    with pytest.raises(TransientError, match="messages of this month") as raised:
        send()
    assert raised.value.answered and raised.value.retry_after is not None
    assert timedelta(minutes=55) < raised.value.retry_after <= timedelta(hours=1)


def test_keys_have_their_form_and_one_application_is_needed(owner: Any, settings: Any) -> None:
    with pytest.raises(ConfigError):
        PushoverConfig(user_key="mail@example.com")
    assert PushoverConfig(user_key=f" {USER} ").user_key == USER
    settings.PUSHOVER_TOKEN = ""
    with pytest.raises(ValidationError, match="yours is needed"):
        add_channel(owner, "pushover", {"config": {"user_key": USER}})
    row = add_channel(owner, "pushover", {"config": {"user_key": USER, "app_token": TOKEN}})
    assert USER not in str(row.config) and TOKEN not in str(row.config)
