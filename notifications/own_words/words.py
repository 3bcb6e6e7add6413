"""The words of a message: the user's own where they have written a template that works, ours otherwise."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from accounts.models import User
from common.speech import speaking
from common.text import one_line, shortened
from notifications.channels.base import SHORT as SHORT_LENGTH
from notifications.models import Notification
from notifications.own_words.fields import FIELDS, values_of
from notifications.own_words.grammar import parse, render

log = logging.getLogger(__name__)

SHORT: Final = "short"
LONG: Final = "long"
CLASSES: Final = {
    LONG: "Where there is room: e-mail, Slack, browser",
    SHORT: "Where there is little room: text messages",
}
KINDS: Final = {"match": "A deal for one of your goals", "tracking": "A price that you follow"}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one message by class of channel."""

    short: str
    long: str


def our_words(notification: Notification) -> Words:
    """What we have written for a notification."""
    text = notification.text
    short = text.get(SHORT) or f"{notification.title}. {notification.body}"
    return Words(shortened(one_line(short), SHORT_LENGTH - 1), text.get(LONG) or notification.body)


def words_of(notification: Notification, language: str) -> Words:
    """The words in which a notification goes out. A template of the user's that fails costs nothing but itself."""
    ours = our_words(notification)
    kind = kind_of(notification.data)
    if kind not in KINDS:
        return ours
    own = {}
    # All of them, and not those of the kind: whoever sends many messages has fetched them already.
    for template in notification.user.message_templates.all():
        if template.kind != kind or template.channel_class not in CLASSES:
            continue
        try:
            said = said_by(template.text, template.channel_class, notification.data, ours, notification.user, language)
        except Exception:
            log.exception("The template %s of a user failed; the words are ours", template.pk)
            continue
        if said:
            own[template.channel_class] = said
    return Words(own.get(SHORT, ours.short), own.get(LONG, ours.long))


def said_by(text: str, channel_class: str, data: Mapping[str, Any], ours: Words, user: User, language: str) -> str:
    """What a template says of a notification, as it goes out. Raises `TemplateProblem` where it is none."""
    nodes = parse(text, FIELDS)
    is_short = channel_class == SHORT
    with speaking(language):
        values = values_of(data, our_words=ours.short if is_short else ours.long, your_name=one_line(user.name))
    said = render(nodes, {name: one_line(value) for name, value in values.items()})
    return shortened(one_line(said), SHORT_LENGTH - 1) if is_short else _paragraphs(said)


def kind_of(data: Mapping[str, Any]) -> str:
    """The kind of message that templates go by; what is not about an offer has none."""
    if not data.get("price"):
        return ""
    return str(data.get("kind") or "match")


def _paragraphs(text: str) -> str:
    lines = (one_line(line) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
