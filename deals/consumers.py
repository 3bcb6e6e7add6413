"""The live feed: one websocket of one reader."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from pydantic import ValidationError

from common.stream import Place, PlacedEvent, build_message, current_place, events_after, group_of
from deals.live import FILTERED_TOPICS, PUBLIC_TOPICS, TOPIC_OF, TOPICS, LiveFilters, passes_threshold
from deals.readers import NotRecognised, Reader, origin_allowed, reader_by_secret

logger = logging.getLogger(__name__)

AUTHENTICATE_SECONDS = 10.0
RECHECK_SECONDS = 60.0
SEND_SECONDS = 15.0
LONGEST_MESSAGE = 16 * 1024
MESSAGES_ALLOWED, MESSAGES_SECONDS = 60, 10.0
CATCH_UP_EVENTS = 500

_threads = ThreadPoolExecutor(settings.WEB_THREADS, "feed")

UNAUTHENTICATED, FORBIDDEN, TOO_SLOW, TOO_MANY = 4401, 4403, 4408, 4429

Result = TypeVar("Result")


class Refused(Exception):
    """A client's message that is answered with an `error`: a short code, and a sentence."""

    def __init__(self, code: str, detail: str, fields: dict[str, list[str]] | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.fields = code, detail, fields


class FeedConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Sends a reader what happens, in the order of the reader's stream, and nothing that the reader may not see.

    Channel layers may lose messages, so the consumer keeps the place that it has reached and reads what is missing from
    the outbox when a later message, or a `ping`, shows that something is.
    """

    async def connect(self) -> None:
        self.reader: Reader | None = None
        self.place = Place()
        self.topics: dict[str, LiveFilters] = {}
        self.threshold_usd = Decimal(0)
        self.received: deque[float] = deque(maxlen=MESSAGES_ALLOWED)
        self.watch: asyncio.Task[None] | None = None
        headers = dict(self.scope["headers"])
        origin = headers.get(b"origin")
        if origin is not None and not origin_allowed(origin.decode("latin-1"), headers):
            await self.close(FORBIDDEN)
            return
        await self.accept()
        user = self.scope.get("user")
        if user is not None and user.is_authenticated:
            await self._enter(Reader(user, session=self.scope["session"]))
        elif authorization := headers.get(b"authorization"):
            await self._authenticate(authorization.decode("latin-1"))
        elif origin is not None:
            await self._enter(Reader())
        else:
            self.watch = asyncio.create_task(self._close_unless_authenticated())

    async def disconnect(self, code: int) -> None:
        self._stop_watching()
        if self.reader is not None:
            await self._leave_groups()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self._too_many():
            await self._dismiss(TOO_MANY, Refused("too_many", "Too many messages came at once."))
            return
        try:
            if text_data is None:
                raise Refused("binary", "Messages are JSON text, not binary.")
            if len(text_data) > LONGEST_MESSAGE:
                raise Refused("too_long", f"A message is at most {LONGEST_MESSAGE} characters long.")
            await self._obey(_parse(text_data))
        except Refused as refusal:
            await self._error(refusal)

    async def feed_event(self, message: dict[str, Any]) -> None:
        """An event from the relay. One that was seen already is dropped; a gap before it is filled first."""
        event = message["event"]
        public, own = event["public_seq"], event["user_seq"]
        if own is None:
            seen, next_one = public <= self.place.public, public == self.place.public + 1
            place = Place(public, self.place.own)
        else:
            seen, next_one = own <= self.place.own, own == self.place.own + 1 and public <= self.place.public
            place = Place(public, own)
        if seen:
            return
        if not next_one:
            await self._catch_up()
            return
        self.place = Place(max(self.place.public, public), place.own)
        at = datetime.fromisoformat(event["at"])
        await self._offer(PlacedEvent(event["type"], event["version"], at, event["data"], place))

    async def _obey(self, message: dict[str, Any]) -> None:
        kind = message.get("type")
        if kind == "authenticate":
            await self._authenticate(message.get("token"))
        elif kind == "ping":
            if self.reader is not None:
                await self._catch_up()
            await self._send(build_message("pong", self.place.seq, {}))
        elif kind not in ("subscribe", "unsubscribe"):
            raise Refused("unknown_type", "Known messages are authenticate, subscribe, unsubscribe and ping.")
        elif self.reader is None:
            raise Refused("unauthenticated", 'Authenticate first: send {"type": "authenticate", "token": …}.')
        elif kind == "subscribe":
            self._subscribe(message)
        else:
            for topic in _topics(message, default=TOPICS):
                self.topics.pop(topic, None)

    def _subscribe(self, message: dict[str, Any]) -> None:
        topics = _topics(message, default=None)
        private = sorted(topics - PUBLIC_TOPICS)
        if private and (self.reader is None or self.reader.user is None):
            raise Refused("unauthenticated", f"Sign in to subscribe to {' and '.join(private)}.")
        try:
            filters = LiveFilters.model_validate(message.get("filters") or {})
        except ValidationError as error:
            fields: dict[str, list[str]] = {}
            for problem in error.errors():
                fields.setdefault(str(problem["loc"][0]) if problem["loc"] else "filters", []).append(problem["msg"])
            raise Refused("bad_filters", "These filters cannot be used: " + ", ".join(fields) + ".", fields) from error
        self.topics |= dict.fromkeys(topics, filters)

    async def _authenticate(self, secret: object) -> None:
        if not isinstance(secret, str) or not secret:
            raise Refused("unauthenticated", "authenticate wants a token: an access token or an API key.")
        try:
            reader = await _in_database(reader_by_secret, secret)
        except NotRecognised as error:
            await self._dismiss(UNAUTHENTICATED, Refused("unauthenticated", str(error)))
            return
        before = self.reader
        if before is None or before.user is None:
            await self._enter(reader)
        elif before.user == reader.user:
            self._begin_watching(reader)
        else:
            raise Refused("already_authenticated", "This connection is somebody else's already; open another one.")

    async def _enter(self, reader: Reader) -> None:
        """Join first and read the place afterwards, so that nothing falls between the two."""
        self._begin_watching(reader)
        for group in self._groups():
            await self.channel_layer.group_add(group, self.channel_name)
        self.place, self.threshold_usd = await _in_database(reader.beginning)

    async def _catch_up(self) -> None:
        """Send what the outbox has and this connection has not. More than a page of that is left to `events?after=`."""
        if self.reader is None:
            return
        user_id = self.reader.user.pk if self.reader.user else None
        missed = await _in_database(events_after, user_id, self.place, limit=CATCH_UP_EVENTS)
        if len(missed) == CATCH_UP_EVENTS:
            seq = self.place.seq
            self.place = await _in_database(current_place, user_id)
            await self._error(Refused("missed", f"Too much was missed to send it here: read events?after={seq}."))
            return
        for event in missed:
            self.place = event.place
            await self._offer(event)

    async def _offer(self, event: PlacedEvent) -> None:
        topic = TOPIC_OF.get(event.type, "")
        filters = self.topics.get(topic)
        if filters is None:
            return
        if event.type == "opportunity.found" and not passes_threshold(event.data, self.threshold_usd):
            return
        if topic in FILTERED_TOPICS and not filters.pass_deal(event.data):
            return
        await self._send(event.message())

    async def _error(self, refusal: Refused) -> None:
        data: dict[str, Any] = {"code": refusal.code, "detail": refusal.detail}
        if refusal.fields:
            data["errors"] = refusal.fields
        await self._send(build_message("error", self.place.seq, data))

    async def _send(self, message: dict[str, Any]) -> None:
        """A reader that does not read is let go, so that nothing piles up for it."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self.send(text_data=json.dumps(message, ensure_ascii=False, separators=(",", ":")))
        except TimeoutError:
            logger.info("A reader of the live feed was too slow and was let go.")
            await self.disconnect(TOO_SLOW)
            raise StopConsumer from None

    async def _close_unless_authenticated(self) -> None:
        await asyncio.sleep(AUTHENTICATE_SECONDS)
        await self._dismiss(
            UNAUTHENTICATED, Refused("unauthenticated", f"No token came within {AUTHENTICATE_SECONDS:.0f} seconds.")
        )

    async def _watch_over(self, reader: Reader) -> None:
        """Close the connection once its reader may no longer read, at the latest when an access token ends."""
        while True:
            left = RECHECK_SECONDS
            if reader.expires_at is not None:
                left = min(left, max(0.1, (reader.expires_at - timezone.now()).total_seconds()))
            await asyncio.sleep(left)
            try:
                if not await _in_database(reader.may_still_read):
                    break
                self.threshold_usd = await _in_database(reader.threshold_usd)
            except DatabaseError:
                logger.warning("Whether a reader may still read could not be checked; it is checked again soon.")
        await self._dismiss(
            UNAUTHENTICATED, Refused("unauthenticated", "This sign-in has ended. Connect again with a new token.")
        )

    async def _dismiss(self, code: int, refusal: Refused) -> None:
        """Say why, close, and send nothing more while the closing is under way."""
        self.topics.clear()
        await self._error(refusal)
        await self.close(code)

    def _begin_watching(self, reader: Reader) -> None:
        self._stop_watching()
        self.reader = reader
        if reader.user is not None:
            self.watch = asyncio.create_task(self._watch_over(reader))

    def _groups(self) -> list[str]:
        user = self.reader.user if self.reader else None
        return [group_of(None), *([group_of(user.pk)] if user else [])]

    async def _leave_groups(self) -> None:
        for group in self._groups():
            await self.channel_layer.group_discard(group, self.channel_name)

    def _stop_watching(self) -> None:
        if self.watch is not None and self.watch is not asyncio.current_task():
            self.watch.cancel()

    def _too_many(self) -> bool:
        now = time.monotonic()
        full = len(self.received) == MESSAGES_ALLOWED and now - self.received[0] < MESSAGES_SECONDS
        self.received.append(now)
        return full


class NowhereConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """An address without a feed: refused at the door, and not an error of ours."""

    async def connect(self) -> None:
        await self.close()


async def _in_database(function: Callable[..., Result], *args: Any, **names: Any) -> Result:
    """Call something that uses the database, in one of a few threads, so that many readers do not wait in one line."""
    call = database_sync_to_async(function, thread_sensitive=False, executor=_threads)
    result: Result = await call(*args, **names)
    return result


def _parse(text: str) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused("malformed", "This is not JSON.") from error
    if not isinstance(message, dict):
        raise Refused("malformed", "A message is a JSON object with a type.")
    return message


def _topics(message: dict[str, Any], *, default: frozenset[str] | None) -> frozenset[str]:
    topics = message.get("topics")
    if topics is None and default is not None:
        return default
    if not isinstance(topics, list) or not topics or not all(isinstance(topic, str) for topic in topics):
        raise Refused("unknown_topic", f"topics wants a list of {', '.join(sorted(TOPICS))}.")
    unknown = sorted(set(topics) - TOPICS)
    if unknown:
        raise Refused("unknown_topic", f"There is no topic {unknown[0][:60]}. Topics are {', '.join(sorted(TOPICS))}.")
    return frozenset(topics)
