"""The message that a delivery hands to its channel."""

from __future__ import annotations

from typing import Any

from common.text import one_line, shortened
from notifications.channels.base import SHORT, Message, PermanentError
from notifications.links import data_with_links, links_for
from notifications.models import Delivery


def message_of(delivery: Delivery) -> Message:
    """What is sent for a delivery. Raises `PermanentError` where its reader has closed their account."""
    notification = delivery.notification
    user = notification.user
    if not user.is_active:
        raise PermanentError("The account is closed.")
    preferences = getattr(user, "preferences", None)
    return Message(
        id=delivery.pk,
        notification_id=notification.pk,
        user_id=user.pk,
        address=user.email,
        name=user.name,
        time_zone=preferences.time_zone if preferences else "UTC",
        title=notification.title,
        body=notification.text.get("long") or notification.body,
        short=short_text(notification.text, notification.title, notification.body),
        reason_text=notification.reason_text,
        data=data_with_links(notification),
        created_at=notification.created_at,
        links=links_for(delivery.pk, notification) if delivery.user_channel_id is not None else {},
    )


def short_text(text: dict[str, Any], title: str, body: str) -> str:
    """The words for a channel with little room: those that were written for it, else the title with as much of the body as fits."""
    return shortened(one_line(text.get("short") or f"{title}. {body}"), SHORT - 1)
