"""Valkey goes away under an open feed, and comes back."""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from common.models import OutboxEvent
from common.outbox import record
from common.relay import Relay
from dealfinder.embedded.ports import any_free_port
from dealfinder.embedded.process import spawn, stop
from dealfinder.embedded.valkey import Valkey
from tests.deals.feed_client import SAME_ORIGIN, feed, in_database
from tests.deals.test_live_feed import found

pytestmark = pytest.mark.django_db(transaction=True)


def start(valkey: Valkey, folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "valkey.log").open("ab") as log:
        process = spawn(valkey.spec(), log)
    valkey.wait_ready(lambda: process.poll() is None)
    return process


@asynccontextmanager
async def running_relay() -> AsyncIterator[None]:
    """The relay as its command runs it, in a thread."""
    end = threading.Event()

    def work() -> None:
        with Relay() as relay:
            relay.run(end)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        end.set()
        await asyncio.to_thread(thread.join, 60)


@in_database
def happen(title: str) -> None:
    with transaction.atomic():
        record(found(title))


@in_database
def unpublished() -> int:
    return OutboxEvent.objects.filter(published_at__isnull=True).count()


async def test_events_that_happen_meanwhile_arrive_afterwards_in_their_order(
    owner: User, settings: Any, tmp_path_factory: Any
) -> None:
    folder = tmp_path_factory.mktemp("valkey")
    valkey = Valkey(folder / "data", any_free_port(), secrets.token_hex(8), durable=False)
    valkey.prepare()
    process = start(valkey, folder)
    settings.REDIS_URL = valkey.url()
    layer = settings.CHANNEL_LAYERS["default"]
    settings.CHANNEL_LAYERS = {"default": layer | {"CONFIG": layer["CONFIG"] | {"hosts": [valkey.url()]}}}
    try:
        async with running_relay(), feed(SAME_ORIGIN, topics=["deals"]) as visitor:
            await happen("before")
            assert (await visitor.next())["data"]["title"] == "before"
            stop(process, valkey.spec().stop_signal, patience=5)
            await happen("meanwhile 1")
            await happen("meanwhile 2")
            await asyncio.sleep(1)
            assert await unpublished() == 2
            process = start(valkey, folder)
            heard = []
            while len(heard) < 2:
                message = await visitor.next() if await unpublished() else None
                heard += [message] if message else (await visitor.until_pong())[:-1]
            await happen("afterwards")
            heard.append(await visitor.next())
    finally:
        stop(process, valkey.spec().stop_signal, patience=5)
    assert [(message["seq"], message["data"]["title"]) for message in heard] == [
        (2, "meanwhile 1"), (3, "meanwhile 2"), (4, "afterwards"),
    ]  # fmt: skip
