"""Daily limits: how many messages a user, or one of their channels, may still have today, exact however many workers ask at once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from notifications.models import Allowance


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """One day of one user, or of one of their channels: `subject` is whose id it is."""

    user_id: uuid.UUID
    subject: uuid.UUID
    day: date


def open_accounts(accounts: Iterable[Account]) -> dict[Account, int]:
    """How much was taken of each. Nobody else takes of them until the caller's transaction ends.

    Rows are locked in order, so that two who take of the same wait for each other instead of dying in a deadlock.
    """
    wanted = sorted(set(accounts))
    if not wanted:
        return {}
    rows = [Allowance(user_id=one.user_id, subject=one.subject, day=one.day) for one in wanted]
    Allowance.objects.bulk_create(rows, ignore_conflicts=True)
    locked = Allowance.objects.filter(
        user__in={one.user_id for one in wanted},
        subject__in={one.subject for one in wanted},
        day__in={one.day for one in wanted},
    ).order_by("user_id", "subject", "day")
    found = {Account(row.user_id, row.subject, row.day): row.taken for row in locked.select_for_update(no_key=True)}
    return {one: found[one] for one in wanted}


def close_accounts(taken: Mapping[Account, int]) -> None:
    """Write down how much is taken of each now, in the transaction that opened them."""
    for account, count in taken.items():
        Allowance.objects.filter(user=account.user_id, subject=account.subject, day=account.day).update(taken=count)
