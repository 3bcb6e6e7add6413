"""Reads of users and what they own. Each takes the user and returns only what that user may see."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import ApiKey, Goal, GoalStatus, Preferences, Role, Tier, User
from common.speech import Language


@dataclass(frozen=True, slots=True)
class Limits:
    """What a tier allows; `None` stands for no limit."""

    active_goals: int | None
    marketplaces_per_goal: int | None
    active_goals_used: int

    @property
    def active_goals_left(self) -> int | None:
        return None if self.active_goals is None else max(0, self.active_goals - self.active_goals_used)


TIER_LIMITS: dict[str, tuple[int | None, int | None]] = {
    Tier.FREE: (2, 1),
    Tier.STARTER: (5, 1),
    Tier.PRO: (25, 3),
    Tier.BUSINESS: (None, 4),
}


def preferences_of(user: User) -> Preferences:
    """Return the user's preferences; they are made on first need."""
    try:
        return user.preferences
    except Preferences.DoesNotExist:
        preferences, _ = Preferences.objects.get_or_create(user=user)
        return preferences


def languages_of(users: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The languages in which these users want to be told; whoever is not in it wants English."""
    others = Preferences.objects.filter(user__in=users).exclude(language=Language.ENGLISH)
    return dict(others.values_list("user_id", "language"))


def goals_of(user: User) -> QuerySet[Goal]:
    """Return the user's own goals, newest first; nobody else's, for operators too."""
    return Goal.objects.filter(user=user)


def goal_of(user: User, goal_id: uuid.UUID) -> Goal:
    """Return one of the user's own goals. Raises `Goal.DoesNotExist` for anybody else's."""
    return goals_of(user).get(pk=goal_id)


def limits_of(user: User) -> Limits:
    """Return what the user's tier allows and how much of it is in use."""
    active_goals, marketplaces = TIER_LIMITS[user.tier]
    used = goals_of(user).filter(status=GoalStatus.ACTIVE).count()
    return Limits(active_goals, marketplaces, used)


def channel_kinds_of(user: User) -> list[str]:
    """Return the kinds of the user's channels, in the order in which they were added. The inbox is none: it is always there."""
    return list(dict.fromkeys(user.channels.order_by("created_at").values_list("kind", flat=True)))


def keys_of(user: User) -> QuerySet[ApiKey]:
    """Return the user's API keys that still work, newest first."""
    return ApiKey.objects.filter(user=user, revoked_at__isnull=True)


def operator_exists() -> bool:
    """Tell whether anybody can operate this installation."""
    return User.objects.filter(role=Role.OPERATOR, is_active=True).exists()
