"""Which channels a notification goes over, and when."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from accounts.models import Preferences
from notifications.models import Delivery, Notification, UserChannel
from notifications.models.delivery import EMAIL

if TYPE_CHECKING:
    from notifications.actions import Notice


def route(notifications: Sequence[Notification], notices: Sequence[Notice]) -> list[Delivery]:
    """The deliveries of notifications that wait to be told; each has the notice of the same place. Neither is stored yet.

    A delivery is pending (it goes out at once), held until a time, or withheld; of the last two `error` says why in a sentence.
    A notification that reaches nobody at all may be given the state `suppressed` here, and a `state_text` that says why.
    Everything goes into the inbox, and over those of the user's channels that the goal allows: all where it names none.
    The deliveries into inboxes come first: they take no time.
    """
    channels = enabled_channels({notification.user_id for notification in notifications})
    deliveries = [Delivery.over(notification, None) for notification in notifications]
    deliveries += [
        Delivery.over(notification, channel)
        for notification, notice in zip(notifications, notices, strict=True)
        for channel in channels[notification.user_id]
        if not notice.channels or channel.kind in notice.channels
    ]
    return deliveries


def enabled_channels(users: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[UserChannel]]:
    """The channels of each of these users that may be used, oldest first. The mail channels that are missing are made."""
    users = set(users)
    without_mail = set(Preferences.objects.filter(user__in=users, email_alerts=False).values_list("user_id", flat=True))
    rows = list(UserChannel.objects.filter(user__in=users))
    if lacking := users - {row.user_id for row in rows if row.kind == EMAIL}:
        make_mail_channels(lacking)
        rows += UserChannel.objects.filter(user__in=lacking, kind=EMAIL)
    found: dict[uuid.UUID, list[UserChannel]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.created_at, row.pk)):
        if row.is_enabled and (row.kind != EMAIL or row.user_id not in without_mail):
            found[row.user_id].append(row)
    return found


def make_mail_channels(users: Iterable[uuid.UUID]) -> None:
    """Give each of these users the channel of their account's own mail, where they have none."""
    rows = [UserChannel(user_id=user, kind=EMAIL, service=EMAIL, config={"address": ""}) for user in sorted(users)]
    UserChannel.objects.bulk_create(rows, ignore_conflicts=True)
