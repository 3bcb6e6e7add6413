"""Writes of preferences and profile."""

from __future__ import annotations

import zoneinfo
from typing import Any

from babel.numbers import list_currencies
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Preferences, User
from accounts.selectors import preferences_of
from common.enqueue import wake_after_commit

FIELDS = frozenset({"time_zone", "currency", "opportunity_threshold", "email_alerts", "language", "theme"})


def update_preferences(user: User, **fields: Any) -> Preferences:
    """Change some preferences of the user.

    Raises `ValidationError` by field for a zone or currency that does not exist or an amount below 0,
    `TypeError` for a preference that does not exist.
    """
    unknown = set(fields) - FIELDS
    if unknown:
        raise TypeError(f"There is no preference {', '.join(sorted(unknown))}.")
    with transaction.atomic():
        preferences_of(user)
        preferences = Preferences.objects.select_for_update().get(user=user)
        zone = preferences.time_zone
        for name, value in fields.items():
            setattr(preferences, name, value)
        preferences.currency = preferences.currency.upper()
        problems: dict[str, str] = {}
        if preferences.time_zone not in zoneinfo.available_timezones():
            problems["time_zone"] = "No such time zone; an example is Europe/Berlin."
        if preferences.currency not in list_currencies():
            problems["currency"] = "No such currency; an example is EUR."
        if problems:
            raise ValidationError(problems)
        preferences.full_clean()
        preferences.save()
        if preferences.time_zone != zone:
            # What is held until some hour of theirs is held until another moment now.
            wake_after_commit("notify.reschedule", str(user.pk))
    user.preferences = preferences
    return preferences


def rename_user(user: User, name: str) -> User:
    """Set the name that the user wants to be called by. Raises `ValidationError` when it is too long."""
    user.name = name.strip()
    user.full_clean(exclude=["password"])
    user.save(update_fields=["name"])
    return user
