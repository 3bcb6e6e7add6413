from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from channels.layers import get_channel_layer
from django.conf import settings
from django.test import Client

from accounts.actions import keys, tokens
from accounts.models import ApiKey, User
from common.models import OutboxEvent
from common.outbox import Amount
from common.stream import events_after, place_of_seq
from dealfinder.asgi import application
from deals import consumers
from deals.events import DealFound, DealValued, InteractionRecorded, OpportunityFound, ScanStarted
from notifications.events import NotificationSent
from tests.deals.feed_client import HOST, SAME_ORIGIN, FeedClient, feed, in_database, tell

pytestmark = pytest.mark.django_db(transaction=True)

ALL = ["deals", "opportunities", "matches", "notifications", "scans"]


def facts(title: str, price: str, **more: Any) -> dict[str, Any]:
    return {
        "deal_id": "0", "title": title, "price": Amount(amount=price, currency="USD"), "marketplace": "amazon", "merchant": "",
        "category": "electronics", "url": "/deals/0/", "is_sample": False,
    } | more  # fmt: skip


def found(title: str = "Headphones", price: str = "100.00", **more: Any) -> DealFound:
    return DealFound(**facts(title, price, **more))


def valued(kind: type[DealValued], title: str, discount: str, price: str = "100.00", **more: Any) -> DealValued:
    def usd(amount: str) -> Amount:
        return Amount(amount=amount, currency="USD")

    worth = {
        "worth": usd("300.00"), "low": usd("101.00"), "high": usd("400.00"), "discount": usd(discount),
        "discount_percent": "40.00", "discount_usd": discount, "score": 70, "verdict": "good",
    }  # fmt: skip
    return kind(**(facts(title, price) | worth | more))


def told(title: str) -> NotificationSent:
    return NotificationSent(notification_id="1", title=title, body="…", deal_id=None)


@pytest.fixture
def access() -> Callable[[User], Any]:
    async def make(user: User) -> str:
        pair = await in_database(tokens.issue_tokens)(user)
        return str(pair.access)

    return make


async def test_a_visitor_of_our_own_page_sees_public_events_with_their_numbers(owner: User) -> None:
    async with feed(SAME_ORIGIN, topics=["deals", "opportunities", "scans"]) as visitor:
        await tell((found("A"), None), (told("secret"), owner), (ScanStarted(source="s", title="S"), None))
        first, second, pong = await visitor.until_pong()
    assert first["type"] == "deal.found" and first["version"] == 1 and first["data"]["title"] == "A"
    assert first["at"].endswith("Z")
    assert [first["seq"], second["seq"], pong["seq"]] == [1, 2, 2]


async def test_a_visitor_cannot_subscribe_to_what_belongs_to_users() -> None:
    async with feed(SAME_ORIGIN) as visitor:
        await visitor.send(type="subscribe", topics=["deals", "matches"])
        answer = await visitor.next()
        assert (answer["type"], answer["data"]["code"]) == ("error", "unauthenticated")
        await tell((found(), None))
        assert await visitor.types() == []


async def test_each_user_sees_their_own_and_never_another_ones(
    owner: User, stranger: User, operator: User, access: Any
) -> None:
    async with (
        feed(token=await access(owner), topics=ALL) as mine,
        feed(token=await access(stranger), topics=ALL) as theirs,
        feed(token=await access(operator), topics=ALL) as operators,
    ):
        await tell(
            (found("A"), None), (told("for the owner"), owner), (found("B"), None), (told("for the stranger"), stranger)
        )
        await tell((InteractionRecorded(user_id="x", deal_id="y", kind="view"), None), (found("C"), None))
        got = {name: (await client.until_pong()) for name, client in [("o", mine), ("s", theirs), ("op", operators)]}
    titles = {name: [message["data"].get("title") for message in messages[:-1]] for name, messages in got.items()}
    assert titles == {
        "o": ["A", "for the owner", "B", "C"],
        "s": ["A", "B", "for the stranger", "C"],
        "op": ["A", "B", "C"],
    }
    for name, count in [("o", 4), ("s", 4), ("op", 3)]:
        assert [message["seq"] for message in got[name]] == [*range(1, count + 1), count]


async def test_the_numbers_are_those_of_the_catch_up(owner: User, access: Any) -> None:
    await tell((found("before"), None), (told("before"), owner))
    async with feed(token=await access(owner), topics=ALL) as mine:
        await tell((told("1"), owner), (found("2"), None), (told("3"), owner))
        live = (await mine.until_pong())[:-1]
    placed = await in_database(events_after)(owner.pk, await in_database(place_of_seq)(owner.pk, 2), limit=50)
    assert [event.message() for event in placed] == live
    assert [message["seq"] for message in live] == [3, 4, 5]


async def test_what_the_channel_layer_lost_is_sent_later(
    owner: User, access: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with feed(token=await access(owner), topics=ALL) as mine:
        with monkeypatch.context() as patched:
            patched.setattr("common.relay.group_of", lambda user_id: "nobody")
            await tell((found("lost"), None), (told("lost too"), owner))
        await tell((found("next"), None))
        messages = (await mine.until_pong())[:-1]
    assert [message["data"]["title"] for message in messages] == ["lost", "lost too", "next"]
    assert [message["seq"] for message in messages] == [1, 2, 3]


async def test_what_is_published_twice_is_sent_once() -> None:
    async with feed(SAME_ORIGIN, topics=["deals"]) as visitor:
        await tell((found("A"), None))
        await in_database(lambda: OutboxEvent.objects.update(published_at=None))()
        await tell((found("B"), None))
        titles = [message["data"].get("title") for message in (await visitor.until_pong())[:-1]]
    assert titles == ["A", "B"]


async def test_filters_narrow_and_unsubscribing_ends() -> None:
    filters = {
        "min_discount_percent": 30,
        "max_price": "150",
        "search": "sony",
        "category": "Electronics",
        "min_score": 60,
    }
    async with feed(SAME_ORIGIN, topics=["deals"], filters=filters) as visitor:
        await tell(
            (found("Sony unvalued"), None),
            (valued(DealValued, "Sony WH-1000", "90"), None),
            (valued(DealValued, "Bose", "90"), None),
            (valued(DealValued, "Sony dear", "90", price="151.00"), None),
            (valued(DealValued, "Sony little", "90", discount_percent="29.99"), None),
            (valued(DealValued, "Sony kitchen", "90", category="kitchen"), None),
            (valued(DealValued, "Sony nothing known", "90", score=None), None),
        )
        titles = [message["data"].get("title") for message in (await visitor.until_pong())[:-1]]
        assert titles == ["Sony WH-1000"]
        await visitor.send(type="unsubscribe", topics=["deals"])
        await tell((valued(DealValued, "Sony again", "90"), None))
        assert await visitor.types() == []


async def test_opportunities_pass_the_readers_own_threshold(owner: User, stranger: User, access: Any) -> None:
    def choose() -> None:
        from accounts.actions.preferences import update_preferences

        update_preferences(owner, opportunity_threshold=150)

    await in_database(choose)()
    async with (
        feed(token=await access(owner), topics=["opportunities"]) as mine,
        feed(token=await access(stranger), topics=["opportunities"]) as theirs,
    ):
        await tell(
            (valued(OpportunityFound, "small", "60"), None),
            (valued(OpportunityFound, "large", "160"), None),
            (valued(OpportunityFound, "unsure", "200", low=Amount(amount="99.00", currency="USD")), None),
        )
        assert [m["data"].get("title") for m in await mine.until_pong()] == ["large", None]
        assert [m["data"].get("title") for m in await theirs.until_pong()] == ["small", "large", None]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "malformed"),
        ("[]", "malformed"),
        ("[" * 9000, "malformed"),
        ("{}", "unknown_type"),
        ('{"type": "dance"}', "unknown_type"),
        ('{"type": "subscribe"}', "unknown_topic"),
        ('{"type": "subscribe", "topics": ["weather"]}', "unknown_topic"),
        ('{"type": "subscribe", "topics": "deals"}', "unknown_topic"),
        ('{"type": "subscribe", "topics": ["deals"], "filters": {"min_discount": "cheap"}}', "bad_filters"),
        ('{"type": "subscribe", "topics": ["deals"], "filters": {"shoe_size": 9}}', "bad_filters"),
        ('{"type": "subscribe", "topics": ["deals"], "filters": [1]}', "bad_filters"),
        ('{"type": "authenticate"}', "unauthenticated"),
        (json.dumps({"type": "ping", "more": "x" * 20_000}), "too_long"),
    ],
)
async def test_a_message_that_makes_no_sense_is_answered_and_survived(text: str, code: str) -> None:
    async with feed(SAME_ORIGIN) as visitor:
        await visitor.send_raw(text=text)
        answer = await visitor.next()
        assert (answer["type"], answer["data"]["code"]) == ("error", code)
        assert answer["data"]["detail"]
        assert await visitor.types() == []


async def test_binary_is_answered_and_survived() -> None:
    async with feed(SAME_ORIGIN) as visitor:
        await visitor.send_raw(bytes=b"\x00\xff")
        assert (await visitor.next())["data"]["code"] == "binary"
        assert await visitor.types() == []


async def test_a_flood_of_messages_ends_the_connection() -> None:
    async with feed(SAME_ORIGIN) as visitor:
        for _ in range(consumers.MESSAGES_ALLOWED + 1):
            await visitor.send(type="ping")
        assert await visitor.closed_with() == consumers.TOO_MANY


@pytest.mark.parametrize(
    "origin",
    ["https://elsewhere.example", "http://testserver:8001", "http://testserver.evil.example", "null", "http://["],
)
async def test_a_foreign_page_is_refused(origin: str) -> None:
    connected, code = await FeedClient((b"origin", origin.encode())).connect()
    assert (connected, code) == (False, consumers.FORBIDDEN)


async def test_a_page_of_the_public_address_is_let_in() -> None:
    connected, _ = await FeedClient((b"origin", settings.PUBLIC_URL.encode())).connect()
    assert connected


async def test_a_session_is_enough_and_ends_with_it(
    owner: User, signed_in: Callable[[Any], Client], monkeypatch: Any
) -> None:
    monkeypatch.setattr(consumers, "RECHECK_SECONDS", 0.2)
    client = await in_database(signed_in)(owner)
    cookie = (
        b"cookie",
        f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}".encode(),
    )
    async with feed(SAME_ORIGIN, cookie, topics=ALL) as mine:
        await tell((told("hello"), owner))
        assert (await mine.next())["data"]["title"] == "hello"
        await in_database(client.logout)()
        assert await mine.closed_with() == consumers.UNAUTHENTICATED


async def test_an_api_key_opens_the_feed_until_it_is_revoked(owner: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(consumers, "RECHECK_SECONDS", 0.2)
    key, secret = await in_database(keys.create_key)(owner, "phone", ["read"])
    async with feed(token=secret, topics=ALL) as mine:
        await tell((told("hello"), owner))
        assert (await mine.next())["data"]["title"] == "hello"
        await in_database(keys.revoke_key)(key)
        assert await mine.closed_with() == consumers.UNAUTHENTICATED


async def test_an_authorization_header_is_enough(owner: User, access: Any) -> None:
    header = (b"authorization", f"Bearer {await access(owner)}".encode())
    async with feed(header, topics=ALL) as mine:
        await tell((told("hello"), owner))
        assert (await mine.next())["data"]["title"] == "hello"


async def test_bad_credentials_are_refused(owner: User) -> None:
    _, write_only = await in_database(keys.create_key)(owner, "writer", ["write"])
    refresh = (await in_database(tokens.issue_tokens)(owner)).refresh
    for token in ["nonsense", "a.b.c", write_only, refresh]:
        async with feed() as client:
            await client.send(type="authenticate", token=token)
            assert await client.closed_with() == consumers.UNAUTHENTICATED
    assert await ApiKey.objects.acount() == 1


async def test_nothing_is_said_before_authentication_and_silence_ends_it(monkeypatch: Any) -> None:
    monkeypatch.setattr(consumers, "AUTHENTICATE_SECONDS", 0.3)
    async with feed() as client:
        await client.send(type="subscribe", topics=["deals"])
        assert (await client.next())["data"]["code"] == "unauthenticated"
        await tell((found(), None))
        assert await client.closed_with() == consumers.UNAUTHENTICATED


async def test_the_connection_ends_with_its_access_token_unless_it_is_renewed(
    owner: User, access: Any, monkeypatch: Any
) -> None:
    later = await access(owner)

    async def soon_over() -> Any:
        with monkeypatch.context() as context:
            context.setattr(tokens, "ACCESS_LIFETIME", timedelta(seconds=5))
            return await access(owner)

    async with feed(token=await soon_over(), topics=ALL) as renewed:
        await renewed.send(type="authenticate", token=later)
        async with feed(token=await soon_over(), topics=ALL) as ended:
            assert await ended.closed_with() == consumers.UNAUTHENTICATED
        await tell((told("still here"), owner))
        assert (await renewed.next())["data"]["title"] == "still here"


async def test_a_connection_stays_with_the_one_who_opened_it(owner: User, stranger: User, access: Any) -> None:
    async with feed(token=await access(owner), topics=ALL) as mine:
        await mine.send(type="authenticate", token=await access(stranger))
        assert (await mine.next())["data"]["code"] == "already_authenticated"
        await tell((told("for the stranger"), stranger), (told("for the owner"), owner))
        assert [m["data"].get("title") for m in await mine.until_pong()] == ["for the owner", None]


async def test_a_reader_that_does_not_read_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "SEND_SECONDS", 0.3)
    incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    stuck, subscribed = asyncio.Event(), asyncio.Event()

    async def send(message: dict[str, Any]) -> None:
        if "pong" in message.get("text", ""):
            subscribed.set()
        elif message["type"] == "websocket.send":
            await stuck.wait()

    scope = {
        "type": "websocket",
        "path": "/ws/v1/feed/",
        "query_string": b"",
        "subprotocols": [],
        "headers": [HOST, SAME_ORIGIN],
    }
    connection = asyncio.create_task(application(scope, incoming.get, send))
    await incoming.put({"type": "websocket.connect"})
    for message in ({"type": "subscribe", "topics": ["deals"]}, {"type": "ping"}):
        await incoming.put({"type": "websocket.receive", "text": json.dumps(message)})
    await asyncio.wait_for(subscribed.wait(), 30)
    await tell((found(), None))
    await asyncio.wait_for(connection, 30)
    layer = get_channel_layer()
    assert not layer.groups


async def test_an_account_that_is_closed_hears_nothing_more(owner: User, access: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(consumers, "RECHECK_SECONDS", 0.2)
    async with feed(token=await access(owner), topics=ALL) as mine:
        await in_database(owner.delete)()
        assert await mine.closed_with() == consumers.UNAUTHENTICATED
