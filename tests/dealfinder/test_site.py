"""The real web server over the test's database, and a real browser in front of it."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus


def test_the_web_server_sees_what_the_test_wrote(site: str, owner: Any, signed_in: Callable[[Any], Any]) -> None:
    cookie = signed_in(owner).cookies["sessionid"].value
    request = urllib.request.Request(f"{site}/api/v1/me", headers={"Cookie": f"sessionid={cookie}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert json.load(answer)["email"] == owner.email


@pytest.mark.browser
def test_a_browser_is_signed_in_as_a_persona(
    site: str, page: Any, operator: Any, sign_in_browser: Callable[[Any], None]
) -> None:
    sign_in_browser(operator)
    page.goto(f"{site}/admin/")
    assert page.locator("#user-tools").inner_text().strip()
    assert page.title()


def test_the_same_server_takes_websockets_and_checks_their_origin(site: str) -> None:
    # Runs after the browser's test on purpose: playwright's event loop must not be in the way.
    address = site.replace("http", "ws") + "/ws/v1/feed/"

    async def talk() -> str:
        async with connect(address, origin=site, open_timeout=60) as socket:
            await socket.send(json.dumps({"type": "ping"}))
            return str(json.loads(await asyncio.wait_for(socket.recv(), 60))["type"])

    async def talk_from_elsewhere() -> None:
        async with connect(address, origin="https://elsewhere.example", open_timeout=60):
            pass

    assert asyncio.run(talk()) in {"pong", "error"}
    with pytest.raises(InvalidStatus, match="403"):
        asyncio.run(talk_from_elsewhere())
