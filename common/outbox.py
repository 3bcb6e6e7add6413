"""The outbox: events are written with the change that they tell of, and published afterwards by the relay."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import ClassVar

from django.db import connection, transaction
from pydantic import BaseModel, ConfigDict

from common.models import OutboxEvent

OUTBOX_CHANNEL = "dealfinder_outbox"


class Event(BaseModel):
    """One kind of event. A subclass names its `type`, `topic` and `version`, and types its data.

    `internal` events go to the stream alone; the others reach readers of the live feed too: everybody, or only the user
    given to `record`.
    """

    model_config = ConfigDict(extra="forbid")
    type: ClassVar[str]
    topic: ClassVar[str]
    version: ClassVar[int] = 1
    internal: ClassVar[bool] = False


class Amount(BaseModel):
    """Money inside an event: a decimal string and an ISO 4217 code."""

    amount: str
    currency: str


def record(event: Event, *, user_id: uuid.UUID | None = None) -> None:
    """Write one event in the caller's transaction. Raises `RuntimeError` outside of one."""
    record_all([(event, user_id)])


def record_all(events: Iterable[tuple[Event, uuid.UUID | None]]) -> None:
    """Write many events in the caller's transaction, in their order. Raises `RuntimeError` outside of one."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An event is written in the transaction of its change; there is none here.")
    rows = [
        OutboxEvent(
            type=event.type,
            version=event.version,
            topic=event.topic,
            internal=event.internal,
            data=event.model_dump(mode="json"),
            user_id=user_id,
        )
        for event, user_id in events
    ]
    if not rows:
        return
    OutboxEvent.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {OUTBOX_CHANNEL}")
