"""A price that goes away and comes back is judged by the goals that were made in between."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction

from agents.planning.actions import match_goal, match_pending
from agents.pricing.records import input_hash, write_valuations
from agents.pricing.service import Worth
from deals.models import Deal, Match, Valuation
from notifications.models import Notification
from tests.matching_factories import make_deal, make_goal


def _value(deal: Deal, price: int) -> None:
    """The deal gets a price, as a scan would set it, and then its valuation."""
    Deal.objects.filter(pk=deal.pk).update(price=price, valuation=None, value_state="pending")
    deal.refresh_from_db()
    worth = Worth(
        "USD", "good", [], worth=Decimal(310), low=Decimal(260), high=Decimal(360), discount=310 - Decimal(price)
    )
    with transaction.atomic():
        write_valuations({deal.pk: (input_hash(deal, "v1"), worth)}, "v1")


def test_a_goal_made_meanwhile_hears_of_a_price_that_returns(owner: Any) -> None:
    deal = make_deal()
    Valuation.objects.all().delete()
    _value(deal, 200)
    match_pending()
    _value(deal, 300)
    match_pending()
    goal = make_goal(owner, keywords=["sony"], max_price=Decimal(250))
    assert match_goal(goal.pk).matches == 0
    _value(deal, 200)
    assert Valuation.objects.count() == 2, "the first valuation holds again"
    assert match_pending().matches == 1
    assert Match.objects.get().valuation.price == 200
    _value(deal, 200)
    assert match_pending().valuations == 1, "it was taken away and given back"
    assert Match.objects.count() == 1


def test_a_price_that_flaps_around_the_bound_is_one_match_and_is_told_once(owner: Any) -> None:
    deal = make_deal()
    Valuation.objects.all().delete()
    goal = make_goal(owner, keywords=["sony"], max_price=Decimal(250), max_matches=2)
    for price in (251, 249, 251, 250, 252, 249):
        _value(deal, price)
        match_pending()
    assert Match.objects.get().valuation.price == 249
    assert Notification.objects.count() == 1
    goal.refresh_from_db()
    assert (goal.match_count, goal.status) == (1, "active"), "it counts once towards the end of the goal"
    assert match_goal(goal.pk).matches == 0, "nor is it new to a goal that is judged again"
