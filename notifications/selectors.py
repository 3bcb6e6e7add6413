"""Reads of notifications. Each takes the user and returns only what is theirs."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.models import User
from notifications.models import Notification, UserChannel


def notifications_of(user: User) -> QuerySet[Notification]:
    """Return the user's notifications, newest first, with their deliveries, goal and deal (two queries for a page)."""
    return (
        Notification.objects.filter(user=user)
        .select_related("goal", "deal", "deal__valuation")
        .defer("deal__search", "deal__description")
        .prefetch_related("deliveries")
        .order_by("-created_at", "-id")
    )


def unread_count(user: User) -> int:
    """Return how many notifications the user was told of and has not read; what was held back does not count."""
    return Notification.objects.filter(user=user, read_at__isnull=True).exclude(state="suppressed").count()


def channels_of(user: User) -> QuerySet[UserChannel]:
    """Return the user's own channels, oldest first; nobody else's, for operators too."""
    return UserChannel.objects.filter(user=user).select_related("user__preferences").order_by("created_at", "id")
