"""Writes of goals: within the tier's limits, judged as soon as they are active."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.actions.terms import SPOKEN, write_terms
from accounts.errors import LimitReached
from accounts.events import GoalChanged
from accounts.models import Goal, GoalStatus, Tier, User
from accounts.selectors import TIER_LIMITS, goals_of
from common.enqueue import wake_after_commit
from common.outbox import record

FIELDS = frozenset(
    {
        "title", "description", "keywords", "excluded_keywords", "brands", "category", "marketplaces", "condition",
        "min_price", "max_price", "currency", "min_discount", "min_discount_percent", "min_score", "min_similarity",
        "location", "radius_km",
        "deadline", "priority", "check_interval_minutes", "max_matches", "quantity", "budget",
        "channels", "status",
    }
)  # fmt: skip


def create_goal(user: User, **fields: Any) -> Goal:
    """Make a goal for the user.

    Raises `LimitReached` when the tier allows no more, `ValidationError` by field for unusable values,
    `TypeError` for a field that a goal does not have.
    """
    return _store(user, Goal(user=user), fields, "created")


def update_goal(user: User, goal: Goal, **fields: Any) -> Goal:
    """Change some fields of one of the user's own goals. Raises as `create_goal` does."""
    return _store(user, goal, fields, "edited")


def set_goal_status(user: User, goal: Goal, status: GoalStatus) -> Goal:
    """Pause, resume or end one of the user's own goals. Raises `LimitReached` when resuming is one too many."""
    return _store(user, goal, {"status": status}, str(status))


def delete_goal(user: User, goal: Goal) -> None:
    """Delete one of the user's own goals and its matches; notifications that were sent stay."""
    with transaction.atomic():
        record(GoalChanged(goal_id=str(goal.pk), user_id=str(user.pk), change="deleted"))
        goals_of(user).filter(pk=goal.pk).delete()


def _store(user: User, goal: Goal, fields: dict[str, Any], change: str) -> Goal:
    unknown = set(fields) - FIELDS
    if unknown:
        raise TypeError(f"A goal has no field {', '.join(sorted(unknown))}.")
    for name, value in fields.items():
        setattr(goal, name, value)
    goal.currency = goal.currency.upper()
    with transaction.atomic():
        # Two requests at once must not both take the last place: the user's row is the lock.
        locked = User.objects.select_for_update().get(pk=user.pk)
        goal.full_clean()
        if goal.status == GoalStatus.ACTIVE and not fields.keys().isdisjoint({"deadline", "max_matches", "status"}):
            _check_open(goal)
        _check_limits(locked, goal)
        new = goal._state.adding
        _save(goal, fields)
        if new or not fields.keys().isdisjoint(SPOKEN):
            write_terms([goal])
        record(GoalChanged(goal_id=str(goal.pk), user_id=str(user.pk), change=change))
        if goal.status == GoalStatus.ACTIVE:
            wake_after_commit("match.goal", str(goal.pk))
            if goal.min_similarity is not None:
                wake_after_commit("value.goal_meanings")
    return goal


def _save(goal: Goal, fields: dict[str, Any]) -> None:
    """Store what was set and nothing else: the matcher counts the goal's matches, and may end it, at the same time."""
    goal.judged_at = None
    goal.save(update_fields=None if goal._state.adding else {*fields, "currency", "judged_at", "updated_at"})


def _check_open(goal: Goal) -> None:
    """A goal that could never match is not made active in silence."""
    if goal.deadline is not None and goal.deadline <= timezone.now():
        raise ValidationError({"deadline": "The deadline has passed already."})
    found = 0 if goal._state.adding else Goal.objects.values_list("match_count", flat=True).get(pk=goal.pk)
    if goal.max_matches is not None and found >= goal.max_matches:
        raise ValidationError(
            {"max_matches": f"This goal has found {_count(found, 'offer')} already; raise the number first."}
        )


def _check_limits(user: User, goal: Goal) -> None:
    active_goals, marketplaces = TIER_LIMITS[user.tier]
    tier = Tier(user.tier).label
    if marketplaces is not None and len(goal.marketplaces) > marketplaces:
        raise LimitReached(
            f"{tier} allows {_count(marketplaces, 'marketplace')} a goal; this one names {len(goal.marketplaces)}."
        )
    if goal.status != GoalStatus.ACTIVE or active_goals is None:
        return
    others = goals_of(user).filter(status=GoalStatus.ACTIVE).exclude(pk=goal.pk).count()
    if others >= active_goals:
        raise LimitReached(f"{tier} allows {_count(active_goals, 'active goal')}; pause or delete one first.")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
