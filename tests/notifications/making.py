"""Notices and deliveries for the tests of telling."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from accounts.models import Goal, User
from agents.messaging.texts import write_match
from deals.models import Deal, Match
from notifications.actions import Notice, notify_matches
from notifications.models import Notification
from tests.matching_factories import make_deal, make_goal


def make_notice(user: User, *, goal: Goal | None = None, deal: Deal | None = None, **fields: Any) -> Notice:
    """What a user is told of a match that is there already."""
    goal = goal or make_goal(user, keywords=["sony"])
    deal = deal or make_deal()
    match = Match.objects.create(goal=goal, deal=deal, valuation=deal.valuation, reasons=["Matches “sony”"])
    text = write_match(goal, deal, match)
    values: dict[str, Any] = {
        "user_id": user.pk,
        "goal_id": goal.pk,
        "deal_id": deal.pk,
        "match_id": match.pk,
        "product_key": str(deal.product_id or deal.pk),
        "title": text.title,
        "body": text.body,
        "reason_text": text.reason_text,
        "data": text.data,
        "text": text.text,
    }
    return Notice(**values | fields)


def tell(*notices: Notice) -> list[Notification]:
    """Write their notifications in one transaction."""
    with transaction.atomic():
        return notify_matches(notices)
