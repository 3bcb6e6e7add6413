"""What several channels show of a message: where it leads, its picture, and what its reader can press."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from notifications.channels.base import Message

_BUTTONS: Final = (
    ("not_for_me", "Not for me"),
    ("too_high", "Worth is too high"),
    ("snooze_goal", "Snooze this goal"),
    ("bought", "Bought it"),
)


def link_of(message: Message) -> str:
    """The whole address that a message leads to."""
    return message.links.get("open") or settings.PUBLIC_URL + str(message.data.get("url") or "/alerts/")


def picture_of(message: Message) -> str:
    """The address of its picture, "" where it has none that anybody can fetch."""
    url = str(message.data.get("image_url") or "")
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme == "https" and parts.hostname and len(url) <= 2000 else ""


def buttons_of(message: Message) -> list[tuple[str, str, str]]:
    """What its reader can press beside the main thing: a name, the words on it, and the whole address."""
    return [(name, words, message.links[name]) for name, words in _BUTTONS if message.links.get(name)]
