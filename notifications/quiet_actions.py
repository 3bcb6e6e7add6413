"""Writes of what users do not want: quiet hours and limits, snoozes, and muted merchants. What is held is judged by it anew."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Goal, User
from common.text import one_line
from notifications.digests import reschedule
from notifications.models import MutedMerchant, Notification, Quiet, Snooze, UserChannel
from notifications.wishes import subject_of

LONGEST_SNOOZE: Final = timedelta(days=366)
MOST_SNOOZES: Final = 200
MOST_MUTED: Final = 500
WHATS: Final = ("goal", "product", "everything")
QUIET_FIELDS: Final = frozenset({"quiet_from", "quiet_until", "days", "daily_cap", "priority_breaks_quiet"})
PACE_FIELDS: Final = frozenset({"pace", "pace_hour", "pace_weekday", "daily_cap", "breaks_quiet"})


def change_quiet(user: User, **fields: Any) -> Quiet:
    """Change some of the user's quiet hours and limits. Raises `ValidationError` by field, `TypeError` for one that does not exist."""
    if unknown := set(fields) - QUIET_FIELDS:
        raise TypeError(f"There is no preference {', '.join(sorted(unknown))}.")
    with transaction.atomic():
        Quiet.objects.get_or_create(user=user)
        quiet = Quiet.objects.select_for_update().get(user=user)
        for name, value in fields.items():
            setattr(quiet, name, value)
        quiet.days = sorted(set(quiet.days))
        quiet.full_clean(exclude=["user"])
        _check_hours(quiet)
        quiet.save()
        reschedule(user)
    return quiet


def change_pace(row: UserChannel, **fields: Any) -> UserChannel:
    """Change when and how often one channel tells. Raises `ValidationError` by field."""
    if unknown := set(fields) - PACE_FIELDS:
        raise TypeError(f"A channel has no {', '.join(sorted(unknown))}.")
    with transaction.atomic():
        row = UserChannel.objects.select_for_update(no_key=True).get(pk=row.pk)
        for name, value in fields.items():
            setattr(row, name, value)
        row.full_clean(exclude=["user", "config"])
        row.save(update_fields=sorted(fields))
        reschedule(row.user)
    return row


def snooze(user: User, what: str, until: datetime, about: Notification | None = None) -> Snooze:
    """Tell the user nothing of a goal, of a product, or at all until then. `about` is a notification of theirs, whose goal or product it
    is. A snooze of the same thing is replaced. Raises `ValidationError` where there is no such thing, or the time is past or too far."""
    now = timezone.now()
    if not now < until <= now + LONGEST_SNOOZE:
        raise ValidationError({"until": ["Choose a time to come, within a year."]})
    if what == "everything":
        return _snooze(user, until, everything=True)
    if about is None:
        raise ValidationError({"what": ["Say which goal or product."]})
    if what == "goal":
        if about.goal_id is None:
            raise ValidationError({"what": ["This alert belongs to no goal."]})
        return snooze_goal(user, about.goal_id, until)
    if what != "product":
        raise ValidationError({"what": [f"One of {', '.join(WHATS)} can be snoozed."]})
    key = subject_of(about).product_key
    if not key:
        raise ValidationError({"what": ["This alert is about no product."]})
    return _snooze(user, until, product_key=key)


def snooze_goal(user: User, goal_id: uuid.UUID, until: datetime) -> Snooze:
    """Tell the user nothing of one of their goals until then."""
    goal = Goal.objects.filter(user=user, pk=goal_id).first()
    if goal is None:
        raise ValidationError({"what": ["This goal is gone."]})
    return _snooze(user, until, goal=goal)


def end_snooze(row: Snooze) -> None:
    """Let it be told of again."""
    row.delete()


def mute_merchant(user: User, merchant: str) -> MutedMerchant:
    """Tell the user of no deal of this merchant, until they say otherwise; capital letters make no difference."""
    name = one_line(merchant)
    if not name or len(name) > 200:
        raise ValidationError({"merchant": ["Give the merchant’s name, as its deals carry it."]})
    with transaction.atomic():
        _lock(user)
        known = MutedMerchant.objects.filter(user=user, merchant__iexact=name).first()
        if known is not None:
            return known
        if MutedMerchant.objects.filter(user=user).count() >= MOST_MUTED:
            raise ValidationError({"merchant": [f"You have muted {MOST_MUTED} merchants; end one first."]})
        return MutedMerchant.objects.create(user=user, merchant=name)


def unmute(row: MutedMerchant) -> None:
    """Tell of this merchant again."""
    row.delete()


def _snooze(user: User, until: datetime, **what: Any) -> Snooze:
    with transaction.atomic():
        _lock(user)
        Snooze.objects.filter(user=user, until__lte=timezone.now()).delete()
        same = Snooze.objects.filter(user=user, **what).first()
        if same is not None:
            same.until = until
            same.save(update_fields=["until"])
            return same
        if Snooze.objects.filter(user=user).count() >= MOST_SNOOZES:
            raise ValidationError({"what": [f"{MOST_SNOOZES} things are snoozed; end one first."]})
        return Snooze.objects.create(user=user, until=until, **what)


def _lock(user: User) -> None:
    """The user's row keeps two requests from writing the same thing twice."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _check_hours(quiet: Quiet) -> None:
    if (quiet.quiet_from is None) != (quiet.quiet_until is None):
        missing = "quiet_until" if quiet.quiet_until is None else "quiet_from"
        raise ValidationError({missing: ["Quiet hours have a beginning and an end. Leave both empty for none."]})
    if quiet.quiet_from is not None and quiet.quiet_from == quiet.quiet_until:
        raise ValidationError({"quiet_until": ["The end is the same as the beginning. Leave both empty for none."]})
