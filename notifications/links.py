"""Links in messages that do something without signing in: each is signed, ends after a while, and is good for one thing alone.

A link holds what it does, the notification that it is about (or the delivery, for unsubscribing), when it ends, and a seal of the
installation's key over the three; so it is bound to the user whose notification that is. It is short, because some messages are.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Final

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from notifications.models import Notification

GOOD_FOR: Final = timedelta(days=90)
_SALT: Final = "notifications.links"
_SEAL: Final = 16
_LENGTH: Final = 1 + 16 + 4 + _SEAL


class Doing(IntEnum):
    """What a link does. The numbers stand in links that are out there: they never change."""

    OPEN = 1
    SNOOZE_GOAL = 2
    SNOOZE_PRODUCT = 3
    SNOOZE_ALL = 4
    MUTE_MERCHANT = 5
    TOO_HIGH = 6
    TOO_LOW = 7
    NOT_FOR_ME = 8
    BOUGHT = 9
    UNSUBSCRIBE = 10


_OF_A_GOAL: Final = (Doing.SNOOZE_GOAL,)
_OF_A_DEAL: Final = (Doing.SNOOZE_PRODUCT, Doing.TOO_HIGH, Doing.TOO_LOW, Doing.NOT_FOR_ME, Doing.BOUGHT)


class BrokenLink(Exception):
    """A link that was not made here, or was changed or cut off on its way. The message is one sentence."""


class OldLink(Exception):
    """A link of ours whose time is over. The message is one sentence."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says: to do this about the notification (the delivery, for unsubscribing) of this id."""

    doing: Doing
    subject: uuid.UUID


def links_for(delivery_id: uuid.UUID, notification: Notification) -> dict[str, str]:
    """The whole addresses that a message may offer, by their names; those that would do nothing for it are left out.

    `open`, `snooze_goal`, `snooze_product`, `snooze_all`, `mute_merchant`, `too_high`, `too_low`, `not_for_me`, `bought` and `unsubscribe`.
    """
    data, ends = notification.data, _ends()
    doings = [Doing.OPEN, Doing.SNOOZE_ALL]
    doings += _doings(notification.goal_id is not None, notification.deal_id is not None, data.get("merchant"))
    links = {doing.name.lower(): _address(doing, notification.pk, ends) for doing in doings}
    return links | {"unsubscribe": _address(Doing.UNSUBSCRIBE, delivery_id, ends)}


def data_with_links(notification: Notification) -> dict[str, Any]:
    """The data of a notification; each item of a digest has its own `links`, by the same names."""
    data: dict[str, Any] = notification.data
    return (
        data | {"items": [item | {"links": _item_links(item)} for item in data["items"]]} if "items" in data else data
    )


def _item_links(item: Mapping[str, Any]) -> dict[str, str]:
    subject, ends = uuid.UUID(item["id"]), _ends()
    doings = [Doing.OPEN, *_doings(bool(item.get("goal_id")), bool(item.get("deal_id")), item.get("merchant"))]
    return {doing.name.lower(): _address(doing, subject, ends) for doing in doings}


def read_link(token: str) -> Link:
    """What a link of ours says. Raises `BrokenLink` or `OldLink`."""
    try:
        raw = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BrokenLink("This link was changed or cut off on its way.") from error
    body, seal = raw[:-_SEAL], raw[-_SEAL:]
    # A last character has bits that say nothing; only one spelling of a link is ours.
    is_ours = len(raw) == _LENGTH and _spelt(raw) == token
    if not is_ours or not any(constant_time_compare(seal, _seal(body, key)) for key in _keys()):
        raise BrokenLink("This link was changed or cut off on its way.")
    if int.from_bytes(body[17:21], "big") < timezone.now().timestamp():
        raise OldLink("This link is too old.")
    return Link(Doing(body[0]), uuid.UUID(bytes=body[1:17]))


def _doings(has_goal: bool, has_deal: bool, merchant: object) -> Iterable[Doing]:
    if has_goal:
        yield from _OF_A_GOAL
    if has_deal:
        yield from _OF_A_DEAL
    if merchant:
        yield Doing.MUTE_MERCHANT


def _ends() -> datetime:
    return timezone.now() + GOOD_FOR


def _address(doing: Doing, subject: uuid.UUID, ends: datetime) -> str:
    body = bytes([doing]) + subject.bytes + int(ends.timestamp()).to_bytes(4, "big")
    return f"{settings.PUBLIC_URL}/m/{_spelt(body + _seal(body, settings.SECRET_KEY))}/"


def _spelt(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _seal(body: bytes, key: str) -> bytes:
    return salted_hmac(_SALT, body, key, algorithm="sha256").digest()[:_SEAL]


def _keys() -> list[str]:
    return [settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)]
