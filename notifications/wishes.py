"""What users do not want to be told of: what they have snoozed, and merchants that they have muted."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from accounts.models import Preferences
from notifications.models import MutedMerchant, Notification, Snooze
from notifications.quiet import clock_words

ABOUT_US: Final = frozenset({"alarm", "channel"})
"""Reasons to tell that have nothing to do with deals: they are not snoozed, counted, or put into digests."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a message is about, as far as somebody may have asked not to hear of it."""

    user_id: uuid.UUID
    goal_id: uuid.UUID | None
    product_key: str
    merchant: str
    reason: str


def subject_of(notification: Notification) -> Subject:
    """What a notification that is stored is about; its deal is at hand."""
    deal = notification.deal
    return Subject(
        notification.user_id,
        notification.goal_id,
        "" if deal is None else str(deal.product_id or deal.pk),
        str(notification.data.get("merchant") or ""),
        notification.reason,
    )


def sentences_against(subjects: Sequence[Subject], now: datetime) -> list[str]:
    """Why each of these is not told now, in a sentence for its reader; empty where it is. Three queries at most."""
    users = {one.user_id for one in subjects if one.reason not in ABOUT_US}
    snoozes: dict[uuid.UUID, list[Snooze]] = defaultdict(list)
    # The longest first: its end is the one that is named.
    for snooze in Snooze.objects.filter(user__in=users, until__gt=now).order_by("-until"):
        snoozes[snooze.user_id].append(snooze)
    muted = {
        (user_id, merchant.casefold())
        for user_id, merchant in MutedMerchant.objects.filter(user__in=users).values_list("user_id", "merchant")
    }
    zones = zones_of(snoozes)
    return [_sentence(one, snoozes[one.user_id], muted, zones, now) for one in subjects]


def zones_of(users: Iterable[uuid.UUID]) -> dict[uuid.UUID, ZoneInfo]:
    """The time zone of each of these users; UTC where they have stated none."""
    users = set(users)
    found = dict.fromkeys(users, ZoneInfo("UTC"))
    if users:
        rows = Preferences.objects.filter(user__in=users).values_list("user_id", "time_zone")
        found |= {user_id: ZoneInfo(name) for user_id, name in rows}
    return found


def _sentence(
    one: Subject,
    snoozes: Sequence[Snooze],
    muted: set[tuple[uuid.UUID, str]],
    zones: dict[uuid.UUID, ZoneInfo],
    now: datetime,
) -> str:
    if one.reason in ABOUT_US:
        return ""
    if one.merchant and (one.user_id, one.merchant.casefold()) in muted:
        return "Not sent: you muted this merchant."
    for snooze in snoozes:
        until = clock_words(snooze.until, now, zones[one.user_id])
        if snooze.everything:
            return f"Not sent: you snoozed all alerts until {until}."
        if snooze.goal_id is not None and snooze.goal_id == one.goal_id:
            return f"Not sent: you snoozed this goal until {until}."
        if snooze.product_key and snooze.product_key == one.product_key:
            return f"Not sent: you snoozed this product until {until}."
    return ""
