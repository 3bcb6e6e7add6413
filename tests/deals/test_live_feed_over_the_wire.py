"""The live feed as a browser and a phone meet it: a real server, real sockets."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from accounts.actions import tokens
from accounts.models import User
from deals import consumers
from tests.deals.feed_client import in_database, tell
from tests.deals.test_live_feed import found, told

pytestmark = pytest.mark.django_db(transaction=True)


def feed_of(site: str) -> str:
    return site.replace("http://", "ws://") + "/ws/v1/feed/"


async def hear(socket: ClientConnection, timeout: float = 60) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), timeout))
    return message


async def ask(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def ready(socket: ClientConnection) -> None:
    await ask(socket, type="ping")
    while (await hear(socket))["type"] != "pong":
        pass


async def test_a_phone_with_a_token_and_a_browser_with_a_session(site: str, owner: User, signed_in: Any) -> None:
    access = (await in_database(tokens.issue_tokens)(owner)).access
    client: Client = await in_database(signed_in)(owner)
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    async with (
        connect(feed_of(site)) as phone,
        connect(feed_of(site), origin=site, additional_headers={"Cookie": cookie}) as browser,  # type: ignore[arg-type]
        connect(feed_of(site), origin=site) as visitor,  # type: ignore[arg-type]
    ):
        await ask(phone, type="authenticate", token=access)
        for socket in (phone, browser):
            await ask(socket, type="subscribe", topics=["deals", "notifications"])
            await ready(socket)
        await ask(visitor, type="subscribe", topics=["deals"])
        await ready(visitor)
        await tell((found("Lamp"), None), (told("For you"), owner), (found("Chair"), None))
        for socket in (phone, browser):
            assert [(m["seq"], m["data"]["title"]) for m in [await hear(socket) for _ in range(3)]] == [
                (1, "Lamp"), (2, "For you"), (3, "Chair"),
            ]  # fmt: skip
        assert [(m["seq"], m["data"]["title"]) for m in [await hear(visitor) for _ in range(2)]] == [
            (1, "Lamp"),
            (2, "Chair"),
        ]


async def test_a_foreign_page_is_refused_at_the_door(site: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(feed_of(site), origin="https://elsewhere.example"):  # type: ignore[arg-type]
            pass
    assert refused.value.response.status_code == 403


async def test_an_address_without_a_feed_is_refused_at_the_door(site: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(feed_of(site).replace("feed", "weather"), origin=site):  # type: ignore[arg-type]
            pass
    assert refused.value.response.status_code == 403
    async with connect(feed_of(site).removesuffix("/"), origin=site) as visitor:  # type: ignore[arg-type]
        await ready(visitor)


async def test_nonsense_is_answered_and_a_bad_token_ends_it(site: str) -> None:
    async with connect(feed_of(site), origin=site) as visitor:  # type: ignore[arg-type]
        for nonsense in ("{", b"\x00\xff", json.dumps({"type": "x" * 20_000}), ""):
            await visitor.send(nonsense)
            assert (await hear(visitor))["type"] == "error"
        await ready(visitor)
        await ask(visitor, type="authenticate", token="nonsense")
        assert (await hear(visitor))["data"]["code"] == "unauthenticated"
        with pytest.raises(ConnectionClosed) as closed:
            await hear(visitor)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == consumers.UNAUTHENTICATED


async def test_a_reader_who_does_not_read_holds_nobody_up(site: str) -> None:
    async with (
        connect(feed_of(site), origin=site, max_queue=1, ping_interval=None, close_timeout=0.2) as asleep,  # type: ignore[arg-type]
        connect(feed_of(site), origin=site) as awake,  # type: ignore[arg-type]
    ):
        for socket in (asleep, awake):
            await ask(socket, type="subscribe", topics=["deals"])
            await ready(socket)
        heard = asyncio.create_task(_hear_many(awake, 1500))
        for _ in range(3):
            await tell(*[(found("Lamp " + "x" * 2000), None) for _ in range(500)])
        assert await asyncio.wait_for(heard, 120) == list(range(1, 1501))


async def _hear_many(socket: ClientConnection, count: int) -> list[int]:
    return [(await hear(socket))["seq"] for _ in range(count)]
