"""The kinds of channels, by dotted path, imported when they are first used."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module

from notifications.channels.base import Channel, PermanentError

KINDS: dict[str, str] = {
    "in_app": "notifications.channels.in_app.channel.InAppChannel",
    "email": "notifications.channels.email.channel.EmailChannel",
    "webpush": "notifications.channels.webpush.channel.WebPushChannel",
    "mobile_push": "notifications.channels.mobile_push.channel.MobilePushChannel",
    "pushover": "notifications.channels.pushover.channel.PushoverChannel",
    "slack": "notifications.channels.slack.channel.SlackChannel",
    "sms": "notifications.channels.sms.channel.SmsChannel",
    "webhook": "notifications.channels.webhook.channel.WebhookChannel",
    "apprise": "notifications.channels.apprise.channel.AppriseChannel",
}


@cache
def channel_of(kind: str) -> Channel:
    """Return the channel of a kind. Raises `PermanentError` where there is no such kind."""
    path = KINDS.get(kind)
    if path is None:
        raise PermanentError(f"There is no channel called “{kind}”.")
    module, _, name = path.rpartition(".")
    channel: Channel = getattr(import_module(module), name)()
    return channel


def known_channels() -> Iterator[Channel]:
    """Every channel, in the order in which people are shown them."""
    return map(channel_of, KINDS)
