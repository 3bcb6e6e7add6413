"""Which channels a notification goes over, and when: what its reader wants of each channel, of quiet hours and of a day."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import Goal, Preferences
from notifications.allowances import Account, close_accounts, open_accounts
from notifications.models import Delivery, DeliveryState, Notification, Pace, Quiet, UserChannel
from notifications.models.delivery import EMAIL
from notifications.quiet import QuietHours, Rhythm, clock_words, held_until, told_at
from notifications.wishes import ABOUT_US, zones_of

if TYPE_CHECKING:
    from notifications.actions import Notice

HIGHEST_PRIORITY: Final = 5
"""Of a goal: it may tell in quiet hours."""


@dataclass(frozen=True, slots=True)
class Reader:
    """When one user wants to be told: in which zone, with which quiet hours, and how much in a day (None: no limit)."""

    user_id: uuid.UUID
    zone: ZoneInfo
    quiet: QuietHours | None = None
    daily_cap: int | None = None
    priority_breaks_quiet: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a delivery: it goes out at once, is held until a time, or is not sent; of the last two `sentence` says why."""

    state: DeliveryState = DeliveryState.PENDING
    held_until: datetime | None = None
    sentence: str = ""


def route(notifications: Sequence[Notification], notices: Sequence[Notice]) -> list[Delivery]:
    """The deliveries of notifications that wait to be told; each has the notice of the same place. Neither is stored yet.

    A delivery is pending (it goes out at once), held until a time, or withheld; of the last two `error` says why in a sentence.
    Everything goes into the inbox at once, and over those of the user's channels that the goal allows (all where it names none)
    as the user wants it. The deliveries into inboxes come first: they take no time.

    What counts against a daily limit is written in the caller's transaction.
    """
    now = timezone.now()
    users = {notification.user_id for notification in notifications}
    channels, readers = enabled_channels(users), readers_of(users)
    urgent = _urgent_goals(notices)
    deliveries = [Delivery.over(notification, None) for notification in notifications]
    outward = []
    for notification, notice in zip(notifications, notices, strict=True):
        for channel in channels[notification.user_id]:
            if notice.channels and channel.kind not in notice.channels:
                continue
            reader = readers[notification.user_id]
            in_digests = notice.reason not in ABOUT_US
            decision = when(reader, channel, now, is_urgent=notice.goal_id in urgent, in_digests=in_digests)
            outward.append(Delivery.over(notification, channel))
            _set(outward[-1], decision)
    _keep_to_limits(outward, readers, now)
    return deliveries + outward


def when(
    reader: Reader, channel: UserChannel, now: datetime, *, is_urgent: bool = False, in_digests: bool = True
) -> Decision:
    """Whether something goes over a channel at once, or for how long it is held. Limits of a day are another matter.

    Goals of the highest priority and channels that the user has set so tell in quiet hours. What is about Deal Finder itself, such as
    an alarm, waits for no digest (`in_digests`).
    """
    through = channel.breaks_quiet or (is_urgent and reader.priority_breaks_quiet)
    quiet = None if through else reader.quiet
    rhythm = Rhythm(Pace(channel.pace), channel.pace_hour, channel.pace_weekday) if in_digests else Rhythm()
    until = told_at(now, reader.zone, quiet, rhythm)
    if until is None:
        return Decision()
    in_quiet = rhythm.pace == Pace.IMMEDIATE or held_until(now, reader.zone, quiet) == until
    why = "your quiet hours" if in_quiet else f"for your {rhythm.pace} digest"
    return Decision(DeliveryState.HELD, until, f"Held until {clock_words(until, now, reader.zone)}: {why}.")


def when_late(delivery: Delivery, channel: UserChannel) -> Decision:
    """What becomes of a delivery whose turn comes long after it was routed, after an outage: quiet hours may have begun since."""
    notification = delivery.notification
    reader = readers_of([notification.user_id])[notification.user_id]
    goal = notification.goal if reader.quiet is not None else None
    is_urgent = goal is not None and goal.priority == HIGHEST_PRIORITY
    return when(reader, channel, timezone.now(), is_urgent=is_urgent, in_digests=False)


def readers_of(users: Iterable[uuid.UUID]) -> dict[uuid.UUID, Reader]:
    """What each of these users wants of quiet hours and of a day (two queries)."""
    zones = zones_of(users)
    stated = Quiet.objects.in_bulk(zones)
    return {user_id: _reader(user_id, zone, stated.get(user_id)) for user_id, zone in zones.items()}


def _reader(user_id: uuid.UUID, zone: ZoneInfo, stated: Quiet | None) -> Reader:
    if stated is None:
        return Reader(user_id, zone)
    hours = None
    if stated.quiet_from is not None and stated.quiet_until is not None:
        hours = QuietHours(stated.quiet_from, stated.quiet_until, frozenset(stated.days))
    return Reader(user_id, zone, hours, stated.daily_cap, stated.priority_breaks_quiet)


def _urgent_goals(notices: Sequence[Notice]) -> set[uuid.UUID | None]:
    goals = {notice.goal_id for notice in notices if notice.goal_id is not None}
    urgent = Goal.objects.filter(pk__in=goals, priority=HIGHEST_PRIORITY) if goals else Goal.objects.none()
    return set(urgent.values_list("pk", flat=True))


def _set(delivery: Delivery, decision: Decision) -> None:
    delivery.state, delivery.held_until, delivery.error = decision.state, decision.held_until, decision.sentence


@dataclass(slots=True)
class Limits:
    """The daily limits of some users and channels, and what is left of them while the caller's transaction lasts.

    A message counts once for its user, over however many channels it goes, and once for each channel.
    """

    caps: dict[Account, int] = field(default_factory=dict)
    taken: dict[Account, int] = field(default_factory=dict)

    @classmethod
    def of(cls, pairs: Iterable[tuple[Reader, UserChannel]], now: datetime) -> Limits:
        caps: dict[Account, int] = {}
        for reader, channel in pairs:
            if reader.daily_cap is not None:
                caps[_account(reader, reader.user_id, now)] = reader.daily_cap
            if channel.daily_cap is not None:
                caps[_account(reader, channel.pk, now)] = channel.daily_cap
        return cls(caps, open_accounts(caps))

    def take(self, reader: Reader, channels: Sequence[UserChannel], now: datetime) -> dict[uuid.UUID, str]:
        """Take one message over each of these channels; why not, in a sentence, by the channels over which it may not go."""
        own = _account(reader, reader.user_id, now)
        if self._is_spent(own):
            sentence = f"Not sent: your limit of {self.caps[own]} a day is reached."
            return {channel.pk: sentence for channel in channels}
        refused, free = {}, []
        for channel in channels:
            account = _account(reader, channel.pk, now)
            if self._is_spent(account):
                refused[channel.pk] = (
                    f"Not sent: your limit of {self.caps[account]} a day over this channel is reached."
                )
            else:
                free.append(account)
        for account in [own, *free] if free else []:
            if account in self.taken:
                self.taken[account] += 1
        return refused

    def close(self) -> None:
        close_accounts(self.taken)

    def _is_spent(self, account: Account) -> bool:
        return account in self.caps and self.taken[account] >= self.caps[account]


def _account(reader: Reader, subject: uuid.UUID, now: datetime) -> Account:
    return Account(reader.user_id, subject, now.astimezone(reader.zone).date())


def _keep_to_limits(deliveries: Sequence[Delivery], readers: Mapping[uuid.UUID, Reader], now: datetime) -> None:
    """Withhold what goes beyond the limits of a day. What is held counts when it goes out."""
    together: dict[uuid.UUID, list[tuple[Delivery, UserChannel]]] = defaultdict(list)
    for delivery in deliveries:
        counts = delivery.notification.reason not in ABOUT_US
        if delivery.state == DeliveryState.PENDING and delivery.user_channel is not None and counts:
            together[delivery.notification.pk].append((delivery, delivery.user_channel))
    pairs = [pair for group in together.values() for pair in group]
    limits = Limits.of(((readers[each.notification.user_id], channel) for each, channel in pairs), now)
    if not limits.caps:
        return
    for group in together.values():
        reader = readers[group[0][0].notification.user_id]
        refused = limits.take(reader, [channel for _, channel in group], now)
        for delivery, channel in group:
            if channel.pk in refused:
                _set(delivery, Decision(DeliveryState.WITHHELD, None, refused[channel.pk]))
    limits.close()


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
