"""A reader's stream of events: the place of an event in it, what came after a place, and the message that carries it.

A reader's stream is all public events and the reader's own, in the order in which the relay placed them. `seq` is the
number of events up to and including this one, so it grows by exactly one from each event of the stream to the next
(see `common.models.OutboxEvent` for how it is stored once and not once for every reader).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import F, Q

from common.models import OutboxEvent

PUBLIC_GROUP = "feed.public"


@dataclass(frozen=True)
class Place:
    """How far a stream has come: public events, and the reader's own."""

    public: int = 0
    own: int = 0

    @property
    def seq(self) -> int:
        return self.public + self.own


@dataclass(frozen=True)
class PlacedEvent:
    """An event, and its place in the stream of the reader who asked."""

    type: str
    version: int
    at: datetime
    data: Mapping[str, Any]
    place: Place

    def message(self) -> dict[str, Any]:
        return build_message(self.type, self.place.seq, self.data, at=self.at, version=self.version)


def group_of(user_id: uuid.UUID | None) -> str:
    """The channel layer's group of one user's events, or of the public ones."""
    return PUBLIC_GROUP if user_id is None else f"feed.user.{user_id.hex}"


def build_message(
    kind: str, seq: int, data: Mapping[str, Any], *, at: datetime | None = None, version: int = 1
) -> dict[str, Any]:
    """The one form of everything that the live feed and `events` say."""
    moment = (at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"type": kind, "version": version, "seq": seq, "at": moment, "data": data}


def current_place(user_id: uuid.UUID | None, *, published: bool = False) -> Place:
    """How far the reader's stream has come; with `published`, counting only what the relay has sent out."""
    condition = "AND published_at IS NOT NULL" if published else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT coalesce((SELECT max(public_seq) FROM common_outboxevent
                             WHERE user_id IS NULL AND public_seq IS NOT NULL {condition}), 0),
                   coalesce((SELECT max(user_seq) FROM common_outboxevent
                             WHERE user_id = %s AND user_seq IS NOT NULL {condition}), 0)
            """,  # noqa: S608 - the condition is one of the two texts above
            [user_id],
        )
        public, own = cursor.fetchone()
    return Place(public, own)


def place_of_seq(user_id: uuid.UUID | None, seq: int) -> Place:
    """The place at which the reader's stream had the number `seq`."""
    if user_id is None:
        return Place(public=seq)
    own = (
        OutboxEvent.objects.filter(user_id=user_id, user_seq__isnull=False)
        .annotate(seq=F("public_seq") + F("user_seq"))
        .filter(seq__lte=seq)
        .order_by("-user_seq")
        .values_list("user_seq", flat=True)
        .first()
    )
    return Place(public=seq - (own or 0), own=own or 0)


def events_after(user_id: uuid.UUID | None, place: Place, *, limit: int) -> list[PlacedEvent]:
    """At most `limit` events of the reader's stream after a place, in their order, in one query."""
    wanted = Q(user__isnull=True, public_seq__gt=place.public)
    if user_id is not None:
        wanted |= Q(user_id=user_id, user_seq__gt=place.own)
    rows = OutboxEvent.objects.filter(wanted).order_by("public_seq", F("user_seq").asc(nulls_first=True))[:limit]
    placed = []
    own = place.own
    for row in rows:
        own = row.user_seq or own
        here = Place(public=row.public_seq or 0, own=own)
        placed.append(PlacedEvent(row.type, row.version, row.created_at, row.data, here))
    return placed
