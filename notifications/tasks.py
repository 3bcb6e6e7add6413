"""Celery entry points of telling."""

from __future__ import annotations

import uuid

from celery import shared_task

from notifications import delivery


@shared_task(name="notify.pending")
def pending() -> int:
    """Deliver what is waiting."""
    return delivery.deliver_pending()


@shared_task(name="notify.delivery")
def again(delivery_id: str) -> None:
    """Start one failed delivery from the beginning."""
    delivery.deliver_again(uuid.UUID(delivery_id))
