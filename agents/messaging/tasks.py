"""Celery entry points of the messaging agent."""

from __future__ import annotations

import uuid

from celery import shared_task

from agents.messaging import rewording


@shared_task(name=rewording.TASK)
def reword(notification_ids: list[str]) -> int:
    """Ask a language model for the words of notifications, and let them go out."""
    return rewording.reword([uuid.UUID(one) for one in notification_ids])
