"""A client of the live feed for tests, and the relay that feeds it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from django.db import transaction

from common.outbox import Event, record
from common.relay import Relay
from dealfinder.asgi import application

HOST = (b"host", b"testserver")
SAME_ORIGIN = (b"origin", b"http://testserver")
PATIENCE = 60.0


class FeedClient:
    """One open websocket."""

    def __init__(self, *headers: tuple[bytes, bytes]) -> None:
        scope = {
            "type": "websocket",
            "path": "/ws/v1/feed/",
            "query_string": b"",
            "subprotocols": [],
            "headers": [HOST, *headers],
        }
        self.socket = ApplicationCommunicator(application, scope)

    async def connect(self) -> tuple[bool, int | None]:
        await self.socket.send_input({"type": "websocket.connect"})
        answer = await self.socket.receive_output(timeout=PATIENCE)
        return answer["type"] == "websocket.accept", answer.get("code")

    async def send(self, **message: Any) -> None:
        await self.send_raw(text=json.dumps(message))

    async def send_raw(self, **frame: Any) -> None:
        await self.socket.send_input({"type": "websocket.receive", **frame})

    async def next(self, timeout: float = PATIENCE) -> dict[str, Any]:
        output = await self.socket.receive_output(timeout=timeout)
        assert output["type"] == "websocket.send", output
        message: dict[str, Any] = json.loads(output["text"])
        return message

    async def disconnect(self) -> None:
        await self.socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.socket.wait(timeout=PATIENCE)

    async def until_pong(self) -> list[dict[str, Any]]:
        """What comes until the answer to a ping: everything that happened before it, and the pong."""
        await self.send(type="ping")
        messages = [await self.next()]
        while messages[-1]["type"] != "pong":
            messages.append(await self.next())
        return messages

    async def types(self) -> list[str]:
        return [message["type"] for message in await self.until_pong()][:-1]

    async def closed_with(self, timeout: float = PATIENCE) -> int:
        """The code that the server closes with, whatever it says before."""
        while True:
            output = await self.socket.receive_output(timeout=timeout)
            if output["type"] == "websocket.close":
                return int(output.get("code", 1000))


@asynccontextmanager
async def feed(
    *headers: tuple[bytes, bytes], topics: list[str] | None = None, **more: Any
) -> AsyncIterator[FeedClient]:
    """An open feed: with `token` authenticated by it, with `topics` (and `filters`) subscribed."""
    client = FeedClient(*headers)
    connected, code = await client.connect()
    assert connected, code
    try:
        if token := more.pop("token", None):
            await client.send(type="authenticate", token=token)
        if topics:
            await client.send(type="subscribe", topics=topics, **more)
        if token or topics:
            assert await client.types() == []
        yield client
    finally:
        await client.disconnect()


def _publish(events: tuple[tuple[Event, Any], ...]) -> None:
    with transaction.atomic():
        for event, user in events:
            record(event, user_id=user.pk if user else None)
    with Relay() as relay:
        relay.publish_pending()


async def tell(*events: tuple[Event, Any]) -> None:
    """Record events and let the relay publish them."""
    await asyncio.to_thread(_publish, events)


def in_database(function: Callable[..., Any]) -> Callable[..., Any]:
    """Call something that uses the database from an asynchronous test."""
    return database_sync_to_async(function)  # type: ignore[no-any-return]
