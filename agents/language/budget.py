"""Money for language models: reserved before a call, settled by what it cost, given back when it failed.

Kept in the database and not in Redis: it is money, so it must outlive a flushed cache and be seen in the admin. One
conditional UPDATE for each row checks the limit and takes the amount at once; PostgreSQL checks the condition again
after waiting for a row that another process changed, so callers side by side never take more than there is.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, Value
from django.utils import timezone

from accounts.models import User
from agents.models import Spending


class OverBudget(Exception):
    """There is not enough left for a call; the message says so."""


@dataclass(frozen=True)
class Reservation:
    """Dollars that were taken for one call, of the day on which they were taken."""

    day: date
    user: uuid.UUID | None
    amount: Decimal


def reserve(amount: Decimal, user: uuid.UUID | None = None) -> Reservation:
    """Take the most that a call can cost, from the installation's day and from the user's. Raises `OverBudget`.

    Short, and to be called outside of a transaction: until the caller's ends, everybody else waits.
    """
    day = timezone.now().date()
    if user is not None and not User.objects.filter(pk=user).exists():
        raise OverBudget("The user who asks is not known, so the language model was not asked.")
    Spending.objects.bulk_create([Spending(day=day, user_id=owner) for owner in _owners(user)], ignore_conflicts=True)
    with transaction.atomic():
        _take(day, None, amount, settings.LANGUAGE_BUDGET, "The day's budget for the language model is used up.")
        if user is not None:
            limit, sentence = settings.LANGUAGE_USER_BUDGET, "Your share of the language model is used up for today."
            _take(day, user, amount, limit, sentence)
    return Reservation(day, user, amount)


def _owners(user: uuid.UUID | None) -> list[uuid.UUID | None]:
    """Whose rows a call changes, the installation's first: everybody locks in this order, so nobody waits in a circle."""
    return [None] if user is None else [None, user]


def _take(day: date, user: uuid.UUID | None, amount: Decimal, limit: Decimal, sentence: str) -> None:
    enough = Q(reserved__lte=Value(limit - amount) - F("spent"))
    taken = Spending.objects.filter(enough, day=day, user=user).update(reserved=F("reserved") + amount)
    if not taken:
        raise OverBudget(sentence)


def settle(reservation: Reservation, cost: Decimal) -> None:
    """The call was answered: what it cost is spent, the rest is free again."""
    _change(reservation, spent=F("spent") + cost, calls=F("calls") + 1)


def release(reservation: Reservation) -> None:
    """The call failed: it costs nothing."""
    _change(reservation)


def _change(reservation: Reservation, **changes: Any) -> None:
    with transaction.atomic():
        for owner in _owners(reservation.user):
            rows = Spending.objects.filter(day=reservation.day, user=owner)
            rows.update(reserved=F("reserved") - reservation.amount, **changes)
