"""What goes through Apprise: it leaves by our own door alone, and on the wire it is what the services want."""

from __future__ import annotations

import ast
import importlib
import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError as ConfigError

from notifications.channels.apprise import plugins
from notifications.channels.apprise.channel import AppriseChannel, AppriseConfig
from notifications.channels.apprise.door import DOOR
from notifications.channels.apprise.services import SERVICES, Service
from notifications.channels.base import PermanentError, TransientError
from tests.notifications.channels.messages import make_message
from tests.wire_server import WireServer, hang_up, said, silence, wire_server

ADDRESSES = {
    "Bark": "barks://bark.example.com/devicekey",
    "Discord": "discord://123456789012345678/" + "t" * 64,
    "Feishu": "feishu://" + "a" * 36,
    "Flock": "flock://" + "a" * 24,
    "Google Chat": "gchat://workspace/key/token",
    "Gotify": "gotifys://gotify.example.com/token",
    "Home Assistant": "hassios://home.example.com/access-token",
    "IFTTT": "ifttt://webhookkey@event",
    "Join": "join://" + "a" * 32 + "/group.all",
    "Lark": "lark://" + "a" * 36,
    "LINE": "line://accesstoken/userid",
    "Mattermost": "mmosts://chat.example.com/" + "a" * 26,
    "Microsoft Teams": "workflows://host.example.com:443/workflow/signature",
    "Nextcloud": "nclouds://user:password@cloud.example.com/user",
    "ntfy": "ntfys://ntfy.example.com/topic",
    "Prowl": "prowl://" + "a" * 40,
    "Pushbullet": "pbul://" + "a" * 32,
    "Pushsafer": "psafers://" + "a" * 20,
    "Signal": "signals://signal.example.com/+14155550100/+14155550101",
    "Synology Chat": "synologys://nas.example.com/token",
    "Telegram": "tgram://123456789:" + "a" * 35 + "/12315544/",
    "Webex": "webex://" + "a" * 80,
    "WeCom": "wecombot://" + "a" * 36,
    "Zulip": "zulip://botname@apprise/" + "a" * 32 + "/stream",
}


@pytest.fixture
def server(settings: Any) -> Iterator[WireServer]:
    settings.EGRESS_ALLOW_CIDRS, settings.PUBLIC_URL = ["127.0.0.0/8"], "https://deals.example"
    with wire_server(said({})) as running:
        yield running


def send(url: str) -> None:
    AppriseChannel().send(make_message(), AppriseConfig(url=url))


def gotify(server: WireServer) -> str:
    return server.url.replace("http://", "gotify://") + "/tokentoken"


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.label)
def test_no_service_is_reached_past_the_door(service: Service) -> None:
    asked: list[str] = []

    def leads_inside(host: str, port: int) -> list[Any]:
        asked.append(host)
        return [ipaddress.ip_address("10.1.2.3")]

    # The sockets of the suite reach this machine alone: a request past the door would fail otherwise than with this sentence.
    with pytest.raises(PermanentError, match=r"leads to 10\.1\.2\.3, which is not on the public internet"):
        plugins.send(ADDRESSES[service.label], "Title", "Body", resolve=leads_inside)
    assert len(set(asked)) == 1 and "." in asked[0]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.label)
def test_a_plugin_knows_no_other_way_to_the_network(service: Service) -> None:
    plugins.plugin_of(ADDRESSES[service.label])
    module = importlib.import_module(f"apprise.plugins.{service.module}")
    assert module.requests is DOOR and module.__file__
    nodes = list(ast.walk(ast.parse(Path(module.__file__).read_text())))
    named = {alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named |= {
        node.module.split(".")[0]
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
    }
    assert not named & {
        "socket",
        "ssl",
        "http",
        "smtplib",
        "asyncio",
        "aiohttp",
        "httpx",
        "urllib3",
        "subprocess",
        "ctypes",
    }
    called = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "requests"
    }
    assert called and all(hasattr(DOOR, name) for name in called), called


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mailto://user:word@example.com", "not spoken with"),
        ("json://example.com/", "not spoken with"),
        ("file:///etc/passwd", "not spoken with"),
        ("ntfy:topic", "not spoken with"),
        ("https://example.com/", "not spoken with"),
        ("discord://123456789012345678/" + "t" * 64 + "?template=/etc/passwd", "“template” is not taken"),
        ("ntfys://ntfy.sh/topic?attach=file:///etc/passwd", "“attach” is not taken"),
        ("ntfys://ntfy.sh/topic?retry=99", "“retry” is not taken"),
        ("tgram://nonsense", "no whole address for Telegram"),
        ("gotifys://", "no whole address for Gotify"),
    ],
)
def test_what_is_not_on_the_list_is_refused(url: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        AppriseConfig(url=url)


def test_a_message_is_sent_as_the_service_wants_it(server: WireServer) -> None:
    send(gotify(server) + "?priority=high")
    (request,) = server.requests
    assert (request.method, request.path, request.headers["x-gotify-key"]) == ("POST", "/message", "tokentoken")
    assert request.json["priority"] == 8 and request.json["title"] == "Sony <XM5> & case for $228.00"
    assert request.json["message"].endswith("so $82 below it.\nhttps://deals.example/m/open-1/")
    send(server.url.replace("http://", "mmost://") + "/" + "a" * 26)
    assert server.requests[1].path == "/hooks/" + "a" * 26 and "Sony <XM5>" in server.requests[1].json["text"]


@pytest.mark.parametrize(
    ("behaviour", "error", "sentence"),
    [
        (said({}, 401), PermanentError, r"Gotify did not take it \(401\)"),
        (said({}, 404), PermanentError, r"Gotify did not take it \(404\)"),
        (said({}, 429, Retry_After="5"), TransientError, "fewer messages"),
        (said({}, 500), TransientError, "trouble of its own"),
        (said({}, 302, Location="http://127.0.0.1:1/"), TransientError, "redirects"),
        (hang_up, TransientError, "broke off"),
    ],
)
def test_what_a_service_answers(server: WireServer, behaviour: Any, error: Any, sentence: str) -> None:
    server.next = [behaviour]
    with pytest.raises(error, match=sentence):
        send(gotify(server))
    assert len(server.requests) == 1


def test_a_service_that_hangs_is_waited_for_only_so_long(server: WireServer, monkeypatch: Any) -> None:
    monkeypatch.setattr(plugins, "SECONDS", 0.3)
    server.next = [silence]
    with pytest.raises(TransientError, match="took longer"):
        send(gotify(server))


def test_a_private_server_and_one_in_the_clear_are_not_asked(server: WireServer, settings: Any) -> None:
    url = gotify(server)
    settings.EGRESS_ALLOW_CIDRS = []
    with pytest.raises(PermanentError, match="not on the public internet"):
        send(url)
    with pytest.raises(PermanentError, match="begins with https"):
        send("gotify://gotify.example.com/tokentoken")
    assert not server.requests


def test_servers_of_ones_own_fail_by_themselves() -> None:
    channel = AppriseChannel()
    assert channel.breaker_name(AppriseConfig(url=ADDRESSES["Gotify"])) == "apprise:gotifys:gotify.example.com"
    assert channel.breaker_name(AppriseConfig(url=ADDRESSES["Telegram"])) == "apprise:tgram"
