"""Celery entry points of telling."""

from __future__ import annotations

import uuid

from celery import shared_task
from django.db import transaction

from accounts.models import User
from notifications.delivery import deliver_again, deliver_pending
from notifications.delivery.rounds import LINGER
from notifications.digests import release_held, reschedule


@shared_task(name="notify.pending")
def pending() -> int:
    """Deliver what is waiting."""
    return deliver_pending(linger=LINGER)


@shared_task(name="notify.held")
def held() -> int:
    """Let out what was held until now."""
    return release_held()


@shared_task(name="notify.reschedule")
def judge_anew(user_id: str) -> None:
    """Judge anew until when a user's messages are held: their time zone has changed."""
    with transaction.atomic():
        for user in User.objects.filter(pk=user_id):
            reschedule(user)


@shared_task(name="notify.delivery")
def again(delivery_id: str) -> None:
    """Start one failed delivery from the beginning."""
    if deliver_again(uuid.UUID(delivery_id)):
        deliver_pending(linger=LINGER)
