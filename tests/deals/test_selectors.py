from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.actions.preferences import update_preferences
from accounts.models import Goal, User
from common.models import OutboxEvent
from deals.actions import record_interaction
from deals.health import sources_with_health
from deals.models import Fetch, InteractionKind, Match
from deals.search.likeness import similar_deals
from deals.selectors import (
    DealFilters,
    deals_for,
    is_opportunity_for,
    least_threshold_usd,
    matches_of,
    opportunities_for,
    saved_deals,
)
from tests.deals.making import make_deal, make_source, make_valuation

pytestmark = pytest.mark.django_db


def titles(deals: Any) -> list[str]:
    return [deal.title for deal in deals]


def test_expired_and_sold_out_deals_leave_lists_at_once() -> None:
    now = timezone.now()
    make_deal("live")
    make_deal("ends later", expires_at=now + timedelta(hours=1))
    make_deal("ended", expires_at=now - timedelta(seconds=1))
    make_deal("sold out", state="sold_out")
    assert titles(deals_for(None)) == ["ends later", "live"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"search": "headphone"}, ["Sony headphones"]),
        ({"search": "ony head"}, ["Sony headphones"]),
        ({"search": "'; drop table"}, []),
        ({"marketplace": "EBAY"}, ["Lamp"]),
        ({"category": "light"}, ["Lamp"]),
        ({"condition": "used"}, ["Lamp"]),
        ({"source": "other"}, ["Lamp"]),
        ({"min_price": Decimal(100)}, ["Sony headphones"]),
        ({"max_price": Decimal(100)}, ["Lamp"]),
        ({"max_price": Decimal(100), "currency": "JPY"}, []),
        ({"min_discount": Decimal(60)}, ["Sony headphones"]),
        ({"min_discount_percent": Decimal(30)}, ["Sony headphones"]),
        ({"min_score": 71}, ["Lamp"]),
        ({"since": timezone.now() + timedelta(days=1)}, []),
        ({"ordering": "price"}, ["Lamp", "Sony headphones"]),
        ({"ordering": "-discount"}, ["Sony headphones", "Lamp"]),
        ({"ordering": "-score"}, ["Lamp", "Sony headphones"]),
    ],
)
def test_filters(filters: dict[str, Any], found: list[str]) -> None:
    make_valuation(make_deal("Sony headphones", "129.00"))
    lamp = make_deal(
        "Lamp",
        "40.00",
        currency="AUD",
        marketplace="ebay",
        category="Lighting",
        condition="used",
        source=make_source("other"),
    )
    make_valuation(lamp, "50.00", score=90)
    make_deal("Not valued, in a currency without a rate", "5.00", currency="XAU", state="withdrawn")
    assert titles(deals_for(None, DealFilters(**filters))) == found


def test_prices_in_other_currencies_are_compared_in_money_not_in_numbers() -> None:
    make_deal("dear in yen", "15000.00", currency="JPY")
    make_deal("dearer in dollars", "900.00")
    assert titles(deals_for(None, DealFilters(ordering="price"))) == ["dear in yen", "dearer in dollars"]
    assert titles(deals_for(None, DealFilters(max_price=Decimal(500)))) == ["dear in yen"]


def test_an_opportunity_passes_the_readers_threshold_and_the_cautious_end(owner: User) -> None:
    make_valuation(make_deal("big", "100.00"), "200.00", "150.00", score=60)
    small = make_valuation(make_deal("small", "100.00"), "130.00", "110.00", score=90)
    make_valuation(make_deal("lucky error", "100.00"), "200.00", "90.00")
    make_valuation(make_deal("case for a phone", "100.00"), "200.00", "150.00", verdict="fair")
    assert titles(opportunities_for(None)) == ["big"]
    assert not is_opportunity_for(None, small)
    update_preferences(owner, opportunity_threshold=Decimal(25))
    assert titles(opportunities_for(owner)) == ["small", "big"]
    assert is_opportunity_for(owner, small)
    assert least_threshold_usd() == 25
    update_preferences(owner, opportunity_threshold=Decimal(25), currency="GBP")
    assert 25 < least_threshold_usd() < 50
    assert not is_opportunity_for(owner, small), "25 pounds are more than 30 dollars"


def test_what_a_user_dismisses_is_gone_for_them_alone(owner: User, stranger: User) -> None:
    deal = make_deal("dull")
    make_valuation(deal)
    record_interaction(owner, deal, InteractionKind.SAVE)
    assert titles(saved_deals(owner)) == ["dull"]
    assert titles(saved_deals(stranger)) == []
    record_interaction(owner, deal, InteractionKind.DISMISS)
    assert titles(saved_deals(owner)) == []
    assert titles(deals_for(owner)) == titles(opportunities_for(owner)) == []
    assert titles(deals_for(stranger)) == titles(opportunities_for(None)) == ["dull"]
    record_interaction(owner, deal, InteractionKind.SAVE)
    assert titles(deals_for(owner)) == ["dull"]
    kinds = OutboxEvent.objects.filter(type="interaction.recorded").values_list("data__kind", flat=True)
    assert list(kinds) == ["save", "dismiss", "save"]


def test_matches_are_their_owners_alone(owner: User, stranger: User, operator: User) -> None:
    deal = make_deal()
    goal = Goal.objects.create(user=owner, title="Headphones")
    match = Match.objects.create(goal=goal, deal=deal, valuation=make_valuation(deal))
    assert list(matches_of(owner)) == list(matches_of(owner, goal.pk)) == [match]
    assert not matches_of(stranger).exists()
    assert not matches_of(operator, goal.pk).exists()


def test_similar_deals_are_alike_in_words() -> None:
    deal = make_deal("Sony WH-1000XM5 headphones")
    make_deal("Sony WH-1000XM5 headphones, silver")
    make_deal("Garden hose 20 m")
    assert titles(similar_deals(deal)) == ["Sony WH-1000XM5 headphones, silver"]


def test_a_list_of_any_length_costs_the_same_queries(django_assert_num_queries: Any) -> None:
    for number in range(12):
        make_valuation(make_deal(f"deal {number}"))
    with django_assert_num_queries(1):
        for deal in deals_for(None):
            assert deal.valuation and deal.source and deal.product is None


def test_a_source_that_fell_silent_shows_it(django_assert_num_queries: Any) -> None:
    now = timezone.now()
    good = make_source("good", last_success_at=now)
    silent = make_source(
        "silent",
        watched_from=now - timedelta(days=1),
        last_success_at=now - timedelta(minutes=16),
    )
    make_source("paused", state="paused", last_success_at=now - timedelta(days=9))
    make_deal(source=good)
    for outcome in ("ok", "not_modified", "failed", "running"):
        Fetch.objects.create(source=good, outcome=outcome)
    Fetch.objects.create(source=silent, outcome="failed", started_at=now - timedelta(days=8))
    with django_assert_num_queries(4):
        health = {each.source.name: each for each in sources_with_health()}
    assert (health["good"].attempts, health["good"].successes, health["good"].deals) == (3, 2, 1)
    assert health["good"].success_rate == pytest.approx(2 / 3)
    assert health["silent"].success_rate is None
    assert [name for name, each in health.items() if each.is_silent] == ["silent"]
