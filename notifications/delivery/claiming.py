"""Claiming: who sends what, and for how long nobody else does.

A delivery is claimed with a lease, which its worker renews while it sends. The try is counted with the claim, so that a delivery that
kills its worker is not tried for ever. When a worker dies, another takes up what it had when the lease ends.

Those of one service queue together, the longest due first, and services take turns: a service that hangs holds up its own queue alone.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from notifications.models import Delivery

LEASE: Final = timedelta(seconds=12)
RENEW: Final = timedelta(seconds=3)
"""So old a lease is renewed; a worker that was killed leaves its deliveries waiting for the rest of it."""

# As the index `delivery_due` has it.
_DUE: Final = "GREATEST(created_at, retry_at, leased_until)"

# Steps from service to service through the index, so that it costs as many looks as there are services, however many wait.
_QUEUES: Final = f"""
WITH RECURSIVE queues AS (
    (SELECT service, {_DUE} AS due FROM notifications_delivery WHERE state = 'pending' ORDER BY service, {_DUE} LIMIT 1)
    UNION ALL
    SELECT following.service, following.due FROM queues, LATERAL (
        SELECT service, {_DUE} AS due FROM notifications_delivery
         WHERE state = 'pending' AND service > queues.service ORDER BY service, {_DUE} LIMIT 1
    ) AS following
)
SELECT service, due FROM queues
"""  # noqa: S608

_CLAIM: Final = f"""
UPDATE notifications_delivery SET attempts = attempts + 1, leased_until = %s WHERE id IN (
    SELECT chosen.id FROM unnest(%s::text[], %s::int[]) AS asked (service, most), LATERAL (
        SELECT id FROM notifications_delivery
         WHERE state = 'pending' AND service = asked.service AND {_DUE} <= %s
         ORDER BY {_DUE}, id LIMIT asked.most FOR UPDATE SKIP LOCKED
    ) AS chosen
) RETURNING id
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Queue:
    """The deliveries that wait for one service: when the first of them is due."""

    service: str
    due: datetime


def queues() -> list[Queue]:
    """The services for which something waits, or is on its way."""
    with connection.cursor() as cursor:
        cursor.execute(_QUEUES)
        return [Queue(service, due) for service, due in cursor.fetchall()]


def claim(asked: Mapping[str, int]) -> list[Delivery]:
    """Take up to so many due deliveries of each service, with all that sending them wants to know."""
    if not asked:
        return []
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, [now + LEASE, list(asked), list(asked.values()), now])
        claimed = [pk for (pk,) in cursor.fetchall()]
    if not claimed:
        return []
    return list(
        Delivery.objects.filter(pk__in=claimed)
        .select_related("user_channel", "notification__user__preferences", "notification__deal")
        .prefetch_related("notification__user__message_templates")
        .defer("notification__deal__description")
        .order_by("created_at", "id")
    )


def renew(deliveries: Iterable[Delivery]) -> None:
    """Hold on to deliveries that are still on their way."""
    held = {delivery.pk: delivery for delivery in deliveries}
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE notifications_delivery AS delivery SET leased_until = %s
              FROM unnest(%s::uuid[], %s::timestamptz[]) AS held (id, leased_until)
             WHERE delivery.id = held.id AND delivery.state = 'pending' AND delivery.leased_until = held.leased_until
            RETURNING delivery.id
            """,
            [now + LEASE, list(held), [delivery.leased_until for delivery in held.values()]],
        )
        renewed: list[uuid.UUID] = [pk for (pk,) in cursor.fetchall()]
    for pk in renewed:
        held[pk].leased_until = now + LEASE
