"""Events about what users are told."""

from __future__ import annotations

from typing import ClassVar

from common.outbox import Event


class NotificationSent(Event):
    """A notification reached its reader's inbox."""

    type: ClassVar[str] = "notification.sent"
    topic: ClassVar[str] = "notifications.outbound"

    notification_id: str
    title: str
    body: str
    deal_id: str | None
