"""A goal ends when its owner has bought what it was for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from agents.planning.actions import match_pending
from common.models import OutboxEvent
from deals.actions import record_interaction
from deals.models import InteractionKind
from tests.matching_factories import make_deal, make_goal


@pytest.mark.parametrize("ends", [{"quantity": 2}, {"budget": Decimal(400)}, {"quantity": 9, "budget": Decimal(456)}])
def test_a_goal_ends_with_its_quantity_or_its_budget(owner: Any, stranger: Any, ends: dict[str, Any]) -> None:
    goal, open_ended = make_goal(owner, keywords=["sony"], **ends), make_goal(owner, keywords=["sony"])
    theirs = make_goal(stranger, keywords=["sony"], **ends)
    deals = [make_deal(price="228"), make_deal(price="228"), make_deal("Bose headphones")]
    match_pending()
    for deal in (deals[0], deals[0], deals[2]):
        record_interaction(owner, deal, InteractionKind.BOUGHT)
    record_interaction(owner, deals[1], InteractionKind.CLICK)
    goal.refresh_from_db()
    assert goal.status == "active", "one deal bought twice counts once, and what it did not find counts nothing"
    record_interaction(owner, deals[1], InteractionKind.BOUGHT)
    for one in (goal, open_ended, theirs):
        one.refresh_from_db()
    assert (goal.status, open_ended.status, theirs.status) == ("completed", "active", "active")
    event = OutboxEvent.objects.get(type="goal.changed")
    assert (event.data["goal_id"], event.data["change"]) == (str(goal.pk), "completed")


def test_money_spent_counts_in_the_currency_of_the_goal(owner: Any) -> None:
    goal = make_goal(owner, keywords=["sony"], budget=Decimal(300), currency="USD")
    yen, unknown = make_deal(price="300", currency="JPY"), make_deal(price="300", currency="XAU")
    match_pending()
    for deal in (yen, unknown):
        record_interaction(owner, deal, InteractionKind.BOUGHT)
    goal.refresh_from_db()
    assert goal.status == "active"
