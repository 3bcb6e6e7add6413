"""Slack's incoming webhooks on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError as ConfigError

from notifications.channels.base import PermanentError, TransientError
from notifications.channels.slack.channel import SlackChannel, SlackConfig
from tests.notifications.channels.messages import make_message
from tests.wire_server import WireServer, hang_up, said, wire_server

PATH = "/services/T000/B000/secret"


@pytest.fixture
def slack(settings: Any) -> Iterator[WireServer]:
    settings.EGRESS_ALLOW_CIDRS, settings.PUBLIC_URL = ["127.0.0.0/8"], "https://deals.example"
    with wire_server(said(b"ok", Content_Type="text/html")) as server:
        settings.SLACK_ORIGINS = ["https://hooks.slack.com", server.url]
        yield server


def send(slack: WireServer, **fields: Any) -> None:
    SlackChannel().send(make_message(**fields), SlackConfig(url=slack.url + PATH))


@pytest.mark.parametrize(
    "url",
    ["https://hooks.slack.com.example.com/services/T/B/x", "https://example.com/", "https://hooks.slack.com",
     "http://hooks.slack.com/services/T/B/x", "https://hooks.slack.com:8443/services/T/B/x"],
)  # fmt: skip
def test_an_address_that_is_not_of_slack_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        SlackConfig(url=url)
    assert SlackChannel().breaker_name(SlackConfig(url=f"https://hooks.slack.com{PATH}")) == "slack:hooks.slack.com"


def test_a_message_has_its_picture_and_buttons_and_mentions_nobody(slack: WireServer) -> None:
    send(slack, title="<!channel> & <@U1> for $228.00")
    (request,) = slack.requests
    assert (request.method, request.path) == ("POST", PATH)
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert request.json["text"] == "Sony XM5 for $228, worth about $310 ($264–$356)."
    section, note, actions = request.json["blocks"]
    words = "<https://deals.example/m/open-1/|&lt;!channel&gt; &amp; &lt;@U1&gt; for $228.00>"
    assert section["text"]["text"].startswith(f"*{words}*\n$228.00 at Shop.")
    assert section["accessory"]["image_url"] == "https://pictures.example/xm5.jpg"
    assert note["elements"][0]["text"] == "You asked for “sony” in your goal “Headphones”."
    assert [(each["text"]["text"], each["url"]) for each in actions["elements"]] == [
        ("See the deal", "https://deals.example/m/open-1/"),
        ("Not for me", "https://deals.example/m/not-1/"),
        ("Worth is too high", "https://deals.example/m/high-1/"),
    ]


def test_a_picture_that_slack_cannot_get_is_left_out(slack: WireServer) -> None:
    slack.next = [said(b"invalid_blocks", 400)]
    send(slack)
    with_it, without = slack.requests
    assert "accessory" in with_it.json["blocks"][0] and "accessory" not in without.json["blocks"][0]
    slack.next = [said(b"invalid_blocks", 400)]
    with pytest.raises(PermanentError, match=r"did not take it \(400\)"):
        send(slack, data={"image_url": "http://pictures.example/in-the-clear.jpg"})


@pytest.mark.parametrize(
    ("status", "word", "gone"),
    [(404, "no_service", True), (410, "channel_is_archived", True), (404, "channel_not_found", True), (403, "invalid_token", True),
     (403, "action_prohibited", False), (400, "invalid_payload", False), (404, "<html>", False)],
)  # fmt: skip
def test_what_slack_refuses_for_good(slack: WireServer, status: int, word: str, gone: bool) -> None:
    slack.next = [said(word.encode(), status)]
    with pytest.raises(PermanentError) as raised:
        send(slack)
    assert raised.value.gone == gone and "secret" not in str(raised.value) and word not in str(raised.value)


@pytest.mark.parametrize(
    ("behaviour", "wait", "answered"),
    [(said(b"rate_limited", 429, Retry_After="30"), timedelta(seconds=30), True), (said(b"rollup_error", 500), None, False),
     (hang_up, None, False)],
)  # fmt: skip
def test_what_may_work_later(slack: WireServer, behaviour: Any, wait: Any, answered: bool) -> None:
    slack.next = [behaviour]
    with pytest.raises(TransientError) as raised:
        send(slack)
    assert (raised.value.retry_after, raised.value.answered) == (wait, answered)
