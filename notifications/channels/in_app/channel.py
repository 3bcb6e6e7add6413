"""The inbox: the notification is there already; its reader's open pages learn of it through the outbox."""

from __future__ import annotations

from common.outbox import record
from notifications.channels.base import Channel, Message
from notifications.events import NotificationSent


class InAppChannel(Channel):
    kind = "in_app"
    label = "Inbox"
    writes_here = True

    def send(self, message: Message) -> None:
        """Write the event that the relay brings to the reader's websocket."""
        deal_id = message.data.get("deal_id")
        event = NotificationSent(
            notification_id=str(message.notification_id), title=message.title, body=message.body, deal_id=deal_id
        )
        record(event, user_id=message.user_id)
