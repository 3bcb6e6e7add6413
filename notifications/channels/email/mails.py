"""The mail of a message: subject, headers, HTML and its plain-text twin, in the reader's language."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string

from common.speech import speaking, spoken_language
from common.text import one_line
from notifications.channels.base import Message
from notifications.channels.email.digest import Digest, picture_of
from notifications.channels.email.worth_bar import WorthBar
from notifications.facts import condition_words

SETTINGS_PATH: Final = "/settings/"
WAIT_SECONDS: Final = 5
"""For each of the five or six answers of a mail server that one mail waits for."""
_ABOUT_DEALS: Final = ("match", "tracking")
_OTHERS: Final = ("alarm", "following", "digest")


def mail_of(message: Message, address: str) -> EmailMultiAlternatives:
    """The mail for a message, to be sent to this address."""
    with speaking(message.language):
        kind, context, subject = _kind(message), _frame(message), message.title
        if kind in _ABOUT_DEALS:
            context |= _about_deal(message)
        elif kind == "digest":
            digest = Digest.of(message)
            context |= {"digest": digest, "links": _of_everything(message.links)}
            subject = digest.subject
        mail = EmailMultiAlternatives(
            subject=one_line(subject),
            body=render_to_string(f"notifications/email/{kind}.txt", context),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[address],
            connection=get_connection(timeout=WAIT_SECONDS),
            headers=_headers(message),
        )
        mail.attach_alternative(render_to_string(f"notifications/email/{kind}.html", context), "text/html")
    return mail


def _kind(message: Message) -> str:
    """Which template: by what the message says that it is, or by what is in it."""
    stated = message.data.get("kind")
    if stated in (*_ABOUT_DEALS, *_OTHERS):
        return str(stated)
    return "match" if message.data.get("price") else "plain"


def _headers(message: Message) -> dict[str, str]:
    leave = message.links.get("unsubscribe", "")
    headers = {
        "Message-ID": f"<{message.id}@{urlsplit(settings.PUBLIC_URL).hostname}>",
        "List-Unsubscribe": f"<{leave or settings.PUBLIC_URL + SETTINGS_PATH}>",
        "Auto-Submitted": "auto-generated",
    }
    # RFC 8058: one click, and over https alone.
    if leave.startswith("https://"):
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _of_everything(links: dict[str, str]) -> dict[str, str]:
    """The links that are about no single deal."""
    return {name: link for name, link in links.items() if name in ("snooze_all", "unsubscribe")}


def _about_deal(message: Message) -> dict[str, Any]:
    data = message.data
    return {
        "data": data,
        "bar": WorthBar.of(data),
        "condition": condition_words(data.get("condition") or ""),
        "picture": picture_of(data.get("image_url")),
        "deal_url": message.links.get("open") or settings.PUBLIC_URL + data["url"],
        "goal_url": settings.PUBLIC_URL + data.get("goal_url", ""),
    }


def _frame(message: Message) -> dict[str, Any]:
    """What every mail shows, whatever it is about."""
    return {
        "message": message,
        "links": message.links,
        "language": spoken_language(),
        "url": settings.PUBLIC_URL + message.data["url"],
        "settings_url": message.links.get("unsubscribe") or settings.PUBLIC_URL + SETTINGS_PATH,
        "public_url": settings.PUBLIC_URL,
    }
