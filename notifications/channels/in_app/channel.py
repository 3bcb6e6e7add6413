"""The inbox: the notification is there already; its reader's open pages learn of it through the outbox."""

from __future__ import annotations

from collections.abc import Sequence

from common.outbox import record_all
from notifications.channels.base import Channel, ChannelConfig, Message
from notifications.events import NotificationSent


class InAppChannel(Channel):
    kind = "in_app"
    label = "Inbox"
    help = "Here, under Alerts, and on every open page of yours. Always on."
    writes_here = True
    addable = False

    def send(self, message: Message, config: ChannelConfig) -> None:
        """Write the event that the relay brings to the reader's websocket."""
        self.send_all([message])

    def send_all(self, messages: Sequence[Message]) -> None:
        record_all([(_event(message), message.user_id) for message in messages])


def _event(message: Message) -> NotificationSent:
    return NotificationSent(
        notification_id=str(message.notification_id),
        title=message.title,
        body=message.body,
        deal_id=message.data.get("deal_id"),
    )
