"""Reads of notifications. Each takes the user and returns only what is theirs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from django.db.models import Avg, Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.models import Goal, User
from deals.models import Deal, Product
from notifications.channels.base import PermanentError
from notifications.channels.registry import channel_of
from notifications.models import Delivery, MutedMerchant, Notification, Quiet, Snooze, UserChannel
from notifications.models.delivery import IN_APP

HEALTH_DAYS: Final = 7
_DIGEST: Final = "digest"

Standing = Literal["unread", "sent", "held", "not_sent"]
STANDINGS: Final[tuple[Standing, ...]] = ("unread", "sent", "held", "not_sent")


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """Which notifications are wanted: of one standing, of one goal, over one channel (by its id, or `in_app`); all by default.

    With a channel, the standing is that over this channel.
    """

    standing: Standing | None = None
    goal_id: uuid.UUID | None = None
    channel: str = ""


def notifications_of(user: User, wanted: InboxFilter | None = None) -> QuerySet[Notification]:
    """Return the user's notifications, newest first, with their deliveries, goal and deal (two queries for a page).

    Digests are none: what is in them stands there by itself.
    """
    deliveries = Delivery.objects.select_related("user_channel").order_by("created_at", "id")
    rows = (
        Notification.objects.filter(user=user)
        .exclude(reason=_DIGEST)
        .select_related("goal", "deal", "deal__valuation")
        .defer("deal__description")
        .prefetch_related(Prefetch("deliveries", deliveries))
        .order_by("-created_at", "-id")
    )
    return rows if wanted is None else _wanted(rows, wanted)


def _wanted(rows: QuerySet[Notification], wanted: InboxFilter) -> QuerySet[Notification]:
    deliveries = Delivery.objects.filter(notification=OuterRef("pk"))
    if wanted.channel:
        over = Q(channel=IN_APP) if wanted.channel == IN_APP else Q(user_channel=wanted.channel)
        deliveries = deliveries.filter(over)
        rows = rows.filter(Exists(deliveries))
    if wanted.standing == "unread":
        rows = rows.filter(read_at__isnull=True).exclude(state="suppressed")
    elif wanted.standing == "sent":
        rows = rows.filter(Exists(deliveries.filter(state="sent")) if wanted.channel else Q(state="sent"))
    elif wanted.standing == "held":
        rows = rows.filter(Exists(deliveries.filter(state="held")))
    elif wanted.standing == "not_sent":
        unsent = Exists(deliveries.filter(state__in=["withheld", "failed"]))
        rows = rows.filter(unsent if wanted.channel else unsent | Q(state__in=["suppressed", "failed"]))
    return rows if wanted.goal_id is None else rows.filter(goal=wanted.goal_id)


def unread_count(user: User) -> int:
    """Return how many notifications the user was told of and has not read; what was held back does not count."""
    return Notification.objects.filter(user=user, read_at__isnull=True).exclude(state="suppressed").count()


def goals_told_of(user: User) -> QuerySet[Goal]:
    """Return those of the user's goals of which they were told something, by their titles."""
    told = Notification.objects.filter(user=user, goal=OuterRef("pk"))
    return Goal.objects.filter(user=user).filter(Exists(told)).order_by("title")


def channels_of(user: User) -> QuerySet[UserChannel]:
    """Return the user's own channels, oldest first; nobody else's, for operators too."""
    return UserChannel.objects.filter(user=user).select_related("user__preferences").order_by("created_at", "id")


def label_of(row: UserChannel) -> str:
    """What a channel is called: by its owner, or as its kind."""
    return row.name or kind_label(row.kind)


def kind_label(kind: str) -> str:
    """What a kind of channels is called; its code where there is no such kind any more."""
    try:
        return channel_of(kind).label
    except PermanentError:
        return kind.replace("_", " ").capitalize()


def quiet_of(user: User) -> Quiet:
    """Return the user's quiet hours and limits; where they have stated none, what holds then, not stored."""
    return Quiet.objects.filter(user=user).first() or Quiet(user=user)


def snoozes_of(user: User) -> QuerySet[Snooze]:
    """Return what the user has snoozed and what is not over yet, the next to end first."""
    return Snooze.objects.filter(user=user, until__gt=timezone.now()).select_related("goal").order_by("until", "id")


def muted_merchants_of(user: User) -> QuerySet[MutedMerchant]:
    """Return the merchants of whom the user does not want to hear."""
    return MutedMerchant.objects.filter(user=user)


def snoozed_things(user: User) -> list[tuple[Snooze, str]]:
    """The user's snoozes, each with what it is of, in words (three queries)."""
    snoozes = list(snoozes_of(user))
    keys = [snooze.product_key for snooze in snoozes if snooze.product_key]
    names = (
        {str(pk): name for pk, name in Product.objects.filter(pk__in=keys).values_list("pk", "name")} if keys else {}
    )
    unnamed = [key for key in keys if key not in names]
    if unnamed:
        names |= {str(pk): title for pk, title in Deal.objects.filter(pk__in=unnamed).values_list("pk", "title")}
    return [(snooze, _snoozed(snooze, names)) for snooze in snoozes]


def _snoozed(snooze: Snooze, names: dict[str, str]) -> str:
    if snooze.everything:
        return "All alerts"
    if snooze.goal is not None:
        return f"The goal “{snooze.goal.title}”"
    return names.get(snooze.product_key, "A product that is gone by now")


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """How one channel did in the last seven days: messages handed over, failed, and held now; `milliseconds` one took on average."""

    channel: UserChannel
    label: str
    sent: int
    failed: int
    held: int
    milliseconds: float | None

    @property
    def percent(self) -> int | None:
        """Of those that were tried, how many were taken, rounded down: 100 means all of them."""
        tried = self.sent + self.failed
        return None if not tried else self.sent * 100 // tried


def health_of_channels(user: User) -> list[ChannelHealth]:
    """How each of the user's channels does (two queries). A digest counts as one message."""
    rows = list(channels_of(user))
    since = timezone.now() - timedelta(days=HEALTH_DAYS)
    counted = (
        Delivery.objects.filter(user_channel__in=rows, created_at__gte=since, bundle__isnull=True)
        .values("user_channel")
        .annotate(
            sent=Count("pk", filter=Q(state="sent")),
            failed=Count("pk", filter=Q(state="failed")),
            held=Count("pk", filter=Q(state="held")),
            milliseconds=Avg("milliseconds", filter=Q(state="sent")),
        )
    )
    found: dict[uuid.UUID, dict[str, Any]] = {count["user_channel"]: dict(count) for count in counted}
    return [_health(row, found.get(row.pk, {})) for row in rows]


def _health(row: UserChannel, count: dict[str, Any]) -> ChannelHealth:
    sent, failed, held = (count.get(name, 0) for name in ("sent", "failed", "held"))
    return ChannelHealth(row, label_of(row), sent, failed, held, count.get("milliseconds"))
