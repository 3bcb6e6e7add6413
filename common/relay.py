"""The relay: takes events out of the outbox, gives each its place, and publishes it.

Events go to the groups of the channel layer, from which open websockets take them, and to Redis Streams named as their
topics. One relay works at a time, held by an advisory lock of its database session. Places are written first, in one
transaction; then the batch is published; only then is it marked as published. A crash between any two of these steps
repeats the publishing and nothing else, so every event is published at least once and keeps its place.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import threading
from collections.abc import Sequence
from typing import Any

import psycopg
import redis
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import Max
from django.utils import timezone

from common.models import OutboxEvent
from common.outbox import OUTBOX_CHANNEL
from common.stream import group_of

logger = logging.getLogger(__name__)

RELAY_LOCK = 0x6465616C
BATCH = 200
POLL_SECONDS = 1.0
STREAM_LENGTH = 10_000
PUBLISH_SECONDS = 15.0
LONGEST_WAIT_SECONDS = 15.0

_AWAY = (DatabaseError, InterfaceError, psycopg.Error, redis.RedisError, OSError, TimeoutError)


class Relay:
    """Publishes the outbox until it is told to stop. Use it as a context manager."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._leads = False
        self._redis = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=5)

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.close()
        self._redis.close()
        connection.close()

    def run(self, stop: threading.Event) -> None:
        """Publish events as they are written, until `stop` is set. An absent server is waited for."""
        failures = 0
        while not stop.is_set():
            try:
                if not self.take_lead():
                    stop.wait(POLL_SECONDS)
                    continue
                self.publish_pending()
                failures = 0
                self._wait_for_events()
            except _AWAY as error:
                failures += 1
                wait = min(LONGEST_WAIT_SECONDS, 0.25 * 2 ** min(failures, 8)) * random.uniform(0.5, 1.0)  # noqa: S311
                logger.warning("The relay could not publish (%s); it tries again in %.1f s.", error, wait)
                connection.close()
                self._leads = False
                stop.wait(wait)

    def take_lead(self) -> bool:
        """Become the one active relay, and listen. False while another one is active."""
        if not self._leads:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [RELAY_LOCK])
                self._leads = bool(cursor.fetchone()[0])
                if self._leads:
                    cursor.execute(f"LISTEN {OUTBOX_CHANNEL}")
        return self._leads

    def publish_pending(self) -> int:
        """Publish everything that waits; return how many events that was."""
        published = 0
        while batch := self._next_batch():
            self._append_to_streams(batch)
            self._runner.run(self._send_to_groups(batch))
            ids = [event.pk for event in batch]
            OutboxEvent.objects.filter(pk__in=ids).update(published_at=timezone.now())
            published += len(batch)
        return published

    def _next_batch(self) -> list[OutboxEvent]:
        """What was placed before a crash comes first, since readers expect places in their order."""
        placed = OutboxEvent.objects.filter(published_at__isnull=True, public_seq__isnull=False)
        return list(placed.order_by("id")[:BATCH]) or place_events(BATCH)

    def _append_to_streams(self, batch: Sequence[OutboxEvent]) -> None:
        with self._redis.pipeline(transaction=False) as pipe:
            for event in batch:
                fields: dict[Any, Any] = {
                    "id": str(event.pk),
                    "type": event.type,
                    "version": event.version,
                    "at": event.created_at.isoformat(),
                    "user": str(event.user_id or ""),
                    "data": json.dumps(event.data, separators=(",", ":")),
                }
                pipe.xadd(event.topic, fields, maxlen=STREAM_LENGTH, approximate=True)
            pipe.execute()

    async def _send_to_groups(self, batch: Sequence[OutboxEvent]) -> None:
        layer = get_channel_layer()
        async with asyncio.timeout(PUBLISH_SECONDS):
            for event in batch:
                if not event.internal:
                    await layer.group_send(group_of(event.user_id), {"type": "feed.event", "event": _packed(event)})

    def _wait_for_events(self) -> None:
        raw: psycopg.Connection[Any] | None = connection.connection
        if raw is not None:
            for _ in raw.notifies(timeout=POLL_SECONDS, stop_after=1):
                pass


def _packed(event: OutboxEvent) -> dict[str, Any]:
    return {
        "type": event.type,
        "version": event.version,
        "at": event.created_at.isoformat(),
        "data": event.data,
        "public_seq": event.public_seq,
        "user_seq": event.user_seq,
    }


@transaction.atomic
def place_events(limit: int) -> list[OutboxEvent]:
    """Give up to `limit` waiting events their places, and return them in the order of their publishing.

    Only the active relay may call it. The counters go on from the newest placed event of each stream, so whoever
    clears old events keeps that one.
    """
    waiting = OutboxEvent.objects.select_for_update(no_key=True).filter(
        published_at__isnull=True, public_seq__isnull=True
    )
    batch = list(waiting.order_by("id")[:limit])
    events = [event for event in batch if not event.internal]
    placed = OutboxEvent.objects.filter(public_seq__isnull=False)
    public = placed.filter(user__isnull=True).aggregate(last=Max("public_seq"))["last"] or 0
    readers = {event.user_id for event in events if event.user_id}
    counts = OutboxEvent.objects.filter(user_id__in=readers, user_seq__isnull=False)
    own = dict(counts.values_list("user_id").annotate(last=Max("user_seq")))
    for event in events:
        if event.user_id is None:
            public += 1
        else:
            own[event.user_id] = event.user_seq = own.get(event.user_id, 0) + 1
        event.public_seq = public
    OutboxEvent.objects.bulk_update(events, ["public_seq", "user_seq"])
    return batch
