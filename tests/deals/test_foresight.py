"""What a goal would find, in words, for its owner alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import Goal
from deals.foresight import foresee
from tests.matching_factories import make_deal, make_goal


def _goal(user: Any, **fields: Any) -> Goal:
    return Goal(user=user, title="Headphones", keywords=["sony headphones"], **fields)


def test_so_many_would_have_matched_and_the_best_cost_so_much(owner: Any) -> None:
    make_deal(price="149")
    make_deal(price="129", state="expired", last_seen_at=timezone.now() - timedelta(days=4))
    foresight = foresee(_goal(owner, max_price=Decimal(150)))
    assert foresight.sentence == "2 offers in the last 30 days would have matched; the best was $129."
    assert (foresight.reason, len(foresight.current)) == ("", 1)
    assert foresee(_goal(owner, max_price=Decimal(150)), days=1).sentence.startswith("1 offer in the last day would")


def test_a_price_out_of_reach_is_the_reason_and_one_within_reach_is_named(owner: Any) -> None:
    for price in ("180", "200.50", "220", "260"):
        make_deal(price=price)
    make_deal("Bose headphones", "40")
    foresight = foresee(_goal(owner, max_price=Decimal(100), condition="new"))
    assert (foresight.limiting, foresight.reachable) == ("max_price", Decimal(201))
    assert foresight.sentence == "No offer of the last 30 days would have matched."
    assert "$180 to $260" in foresight.reason and "$201 is a price within reach" in foresight.reason
    assert foresee(_goal(owner, max_price=Decimal(201))).found.past, "what is called within reach is"


def test_another_bound_is_named_where_it_is_the_reason(owner: Any) -> None:
    make_deal(price="90", condition="used")
    make_deal(price="95", condition="used")
    foresight = foresee(_goal(owner, max_price=Decimal(100), condition="new"))
    assert (foresight.limiting, foresight.reachable) == ("condition", None)
    assert "The condition is the reason: without it 2 would have matched" in foresight.reason
    both = foresee(_goal(owner, max_price=Decimal(50), condition="new"))
    assert both.limiting == "max_price" and "none meets all terms" in both.reason


def test_what_is_rare_is_looked_for_in_a_year_and_what_is_not_there_is_said(owner: Any) -> None:
    make_deal(price="300", state="expired", last_seen_at=timezone.now() - timedelta(days=200))
    assert foresee(_goal(owner, max_price=Decimal(100))).reachable == 300
    nothing = foresee(Goal(user=owner, title="Kayak", keywords=["kayak"], max_price=Decimal(100)))
    assert "Nothing of this kind was offered" in nothing.reason and nothing.limiting == ""


def test_the_backtest_is_its_owners_alone(owner: Any, stranger: Any, operator: Any, api: Callable[..., Any]) -> None:
    make_deal(price="149")
    goal = make_goal(owner, keywords=["headphones"], max_price=Decimal(150))
    address = f"/api/v1/goals/{goal.pk}/backtest"
    said = api(owner).get(address, {"days": 7}).json()
    assert (said["days"], said["would_have_matched"], said["best"]["price"]["amount"]) == (7, 1, "149.00")
    assert [api(who).get(address).status_code for who in (stranger, operator, None)] == [404, 404, 401]
    for days in ("0", "366", "x"):
        assert api(owner).get(address, {"days": days}).status_code == 400
