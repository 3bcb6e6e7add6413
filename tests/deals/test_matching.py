"""Which deals meet which goals: each field of a goal by itself, then the whole set in one query."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import GoalKey
from common.money import Money, convert
from deals import matching
from deals.matching import find_matches, find_matches_of_goal
from deals.models import Deal, DealMark
from tests.matching_factories import make_deal, make_goal, value_deal

HEADPHONES: dict[str, Any] = {
    "title": "Sony WH-1000XM5 Wireless Noise-Cancelling Headphones",
    "brand": "Sony",
    "category": "Headphones",
    "merchant": "Best Buy",
    "marketplace": "dealnews",
    "description": "Black. Includes a carrying case and a USB-C cable.",
}

MEETS = [
    ("every keyword, by stem", {"keywords": ["sony", "headphone"]}, {}),
    ("all words of one keyword", {"keywords": ["wireless headphones"]}, {}),
    ("a model number", {"keywords": ["WH-1000XM5"]}, {}),
    ("a word of the description", {"keywords": ["carrying case"]}, {}),
    ("the title where there are no keywords", {"title": "Sony headphones"}, {}),
    ("the title without its amount", {"title": "Headphones under $250"}, {}),
    ("the title without an amount in words", {"title": "headphones below 250 dollars"}, {}),
    ("a brand and no word of the title", {"title": "Anything nice", "brands": ["Bose", "sony"]}, {}),
    ("a category that contains the deal's", {"title": "Anything", "category": "Wireless headphones"}, {}),
    ("a category in other letters", {"title": "Anything", "category": "HEADPHONES"}, {}),
    ("a category that the title states", {"keywords": ["sony"], "category": "headphones"}, {"category": ""}),
    ("a brand that only the title states", {"title": "Anything", "brands": ["Sony"]}, {"brand": ""}),
    ("the merchant as a marketplace", {"marketplaces": ["ebay", "bestbuy"], "keywords": ["sony"]}, {}),
    ("a marketplace with its domain", {"marketplaces": ["BestBuy.com"], "keywords": ["sony"]}, {}),
    ("the marketplace", {"marketplaces": ["dealnews"], "keywords": ["sony"]}, {}),
    ("any condition", {"keywords": ["sony"], "condition": "any"}, {"condition": "used"}),
    ("new where nothing is stated", {"keywords": ["sony"], "condition": "new"}, {"condition": "unknown"}),
    (
        "refurbished by the title",
        {"keywords": ["sony"], "condition": "refurbished"},
        {"title": "Refurb Sony headphones"},
    ),
    ("the same condition", {"keywords": ["sony"], "condition": "used"}, {"condition": "used"}),
    ("exactly the highest price", {"keywords": ["sony"], "max_price": Decimal(228)}, {}),
    ("between two prices", {"keywords": ["sony"], "min_price": Decimal(228), "max_price": Decimal(300)}, {}),
    ("a discount", {"keywords": ["sony"], "min_discount": Decimal(82)}, {}),
    ("a discount in percent", {"keywords": ["sony"], "min_discount_percent": 26}, {}),
    ("a score", {"keywords": ["sony"], "min_score": 84}, {}),
    ("an excluded word that is part of another", {"keywords": ["sony"], "excluded_keywords": ["head"]}, {}),
    ("excluded words that stand apart", {"keywords": ["sony"], "excluded_keywords": ["wireless cable"]}, {}),
    ("a deadline to come", {"keywords": ["sony"], "deadline": timezone.now() + timedelta(days=1)}, {}),
    ("room for another match", {"keywords": ["sony"], "max_matches": 2, "match_count": 1}, {}),
    ("the town of the place", {"keywords": ["sony"], "location": "Leeds"}, {"location": "Leeds, West Yorkshire"}),
    (
        "a region in its other form",
        {"keywords": ["sony"], "location": "Austin TX"},
        {"location": "North Austin, Texas"},
    ),
    ("a town without its region", {"keywords": ["sony"], "location": "Portland, OR"}, {"location": "Portland"}),
    ("a place that is not stated", {"keywords": ["sony"], "location": "Leeds", "radius_km": 30}, {"location": ""}),
    ("a place elsewhere that sends", {"keywords": ["sony"], "location": "Leeds"}, {"location": "Hull", "shipping": 4}),
    (
        "a part of the town of a Craigslist",
        {"keywords": ["sony"], "location": "Austin, TX", "radius_km": 30},
        {"location": "Hyde Park", "url": "https://austin.craigslist.org/ele/1.html"},
    ),
    ("no worth, where none is asked for", {"keywords": ["sony"], "max_price": Decimal(300)}, {"worth": None}),
]

MEETS_NOT = [
    ("one keyword is missing", {"keywords": ["sony", "speaker"]}, {}),
    ("the title's words are missing", {"title": "Bose headphones"}, {}),
    ("an excluded word", {"keywords": ["sony"], "excluded_keywords": ["case"]}, {}),
    ("an excluded word in another form", {"keywords": ["sony"], "excluded_keywords": ["cables"]}, {}),
    ("excluded words side by side", {"keywords": ["sony"], "excluded_keywords": ["speaker", "noise cancelling"]}, {}),
    ("another brand", {"brands": ["Bose"]}, {}),
    (
        "a brand that only the description states",
        {"brands": ["Sony"]},
        {"brand": "", "title": "Case", "description": "For Sony"},
    ),
    ("another category", {"keywords": ["sony"], "category": "Televisions"}, {}),
    ("another marketplace", {"keywords": ["sony"], "marketplaces": ["ebay"]}, {}),
    ("used where new is wanted", {"keywords": ["sony"], "condition": "new"}, {"condition": "used"}),
    ("used by its title", {"keywords": ["sony"], "condition": "new"}, {"title": "Sony headphones, pre-owned"}),
    ("not stated where used is wanted", {"keywords": ["sony"], "condition": "used"}, {}),
    ("a cent too much", {"keywords": ["sony"], "max_price": Decimal("227.99")}, {}),
    ("too cheap", {"keywords": ["sony"], "min_price": Decimal("228.01")}, {}),
    ("too little discount", {"keywords": ["sony"], "min_discount": Decimal("82.01")}, {}),
    ("too little discount in percent", {"keywords": ["sony"], "min_discount_percent": 27}, {}),
    ("too low a score", {"keywords": ["sony"], "min_score": 85}, {}),
    ("no worth where a discount is asked for", {"keywords": ["sony"], "min_discount_percent": 1}, {"worth": None}),
    ("no score where one is asked for", {"keywords": ["sony"], "min_score": 1}, {"worth": None}),
    ("a deadline that has passed", {"keywords": ["sony"], "deadline": timezone.now() - timedelta(seconds=1)}, {}),
    ("all matches had", {"keywords": ["sony"], "max_matches": 2, "match_count": 2}, {}),
    ("a paused goal", {"keywords": ["sony"], "status": "paused"}, {}),
    ("a deal that is sold out", {"keywords": ["sony"]}, {"state": "sold_out"}),
    ("a deal that has expired", {"keywords": ["sony"]}, {"expires_at": timezone.now() - timedelta(seconds=1)}),
    ("another town", {"keywords": ["sony"], "location": "Leeds"}, {"location": "Hull"}),
    (
        "the town of that name in another region",
        {"keywords": ["sony"], "location": "Portland OR"},
        {"location": "Portland, ME"},
    ),
    ("New York for York", {"keywords": ["sony"], "location": "York"}, {"location": "New York, NY"}),
    ("another country", {"keywords": ["sony"], "location": "Germany"}, {"location": "Lyon, France"}),
    (
        "a place elsewhere that sends, where it is to be fetched",
        {"keywords": ["sony"], "location": "Leeds", "radius_km": 30},
        {"location": "Hull", "shipping": 0},
    ),
    (
        "an excluded word with a hyphen",
        {"keywords": ["sony"], "excluded_keywords": ["open-box"]},
        {"description": "Open box."},
    ),
    (
        "an excluded word in one",
        {"keywords": ["sony"], "excluded_keywords": ["pre-owned"]},
        {"description": "Preowned."},
    ),
    ("no rate for its currency", {"keywords": ["sony"], "max_price": Decimal(10**9)}, {"currency": "XAU"}),
]


def _meets(owner: Any, goal: dict[str, Any], deal: dict[str, Any]) -> bool:
    made = make_goal(owner, **goal)
    offer = make_deal(**HEADPHONES | deal)
    assert offer.valuation is not None
    by_batch = find_matches([offer.valuation.pk])
    by_goal = find_matches_of_goal(made.pk)
    assert by_batch == by_goal, "both ways of asking must agree"
    assert all(pair.goal_id == made.pk and pair.deal_id == offer.pk for pair in by_batch)
    return bool(by_batch)


@pytest.mark.parametrize(("goal", "deal"), [case[1:] for case in MEETS], ids=[case[0] for case in MEETS])
def test_meets(owner: Any, goal: dict[str, Any], deal: dict[str, Any]) -> None:
    assert _meets(owner, goal, deal)


@pytest.mark.parametrize(("goal", "deal"), [case[1:] for case in MEETS_NOT], ids=[case[0] for case in MEETS_NOT])
def test_does_not_meet(owner: Any, goal: dict[str, Any], deal: dict[str, Any]) -> None:
    assert not _meets(owner, goal, deal)


def test_bounds_are_in_the_currency_of_the_goal(owner: Any) -> None:
    deal = make_deal(price="100", worth="150", currency="EUR")
    assert deal.valuation is not None
    there = convert(Money(Decimal(100), "EUR"), "GBP").money.amount
    enough = make_goal(owner, keywords=["sony"], currency="GBP", max_price=there + 1, min_discount=there / 2 - 1)
    make_goal(owner, keywords=["sony"], currency="GBP", max_price=there - 1)
    make_goal(owner, keywords=["sony"], currency="GBP", min_discount=there / 2 + 1)
    (found,) = find_matches([deal.valuation.pk])
    assert found.goal_id == enough.pk
    assert found.price_there is not None and abs(found.price_there - there) < Decimal("0.02")


def test_a_currency_without_a_rate_still_meets_bounds_in_that_currency(owner: Any) -> None:
    deal = make_deal(price="3", worth="5", currency="XAU")
    goal = make_goal(owner, keywords=["sony"], currency="XAU", max_price=Decimal(4), min_discount=Decimal(2))
    assert deal.valuation is not None
    assert [pair.goal_id for pair in find_matches([deal.valuation.pk])] == [goal.pk]


def test_a_dismissed_deal_meets_none_of_its_users_goals(owner: Any, stranger: Any) -> None:
    deal = make_deal()
    make_goal(owner, keywords=["sony"])
    theirs = make_goal(stranger, keywords=["sony"])
    DealMark.objects.create(user=owner, deal=deal, dismissed_at=timezone.now())
    DealMark.objects.create(user=stranger, deal=deal, saved_at=timezone.now())
    assert deal.valuation is not None
    assert [pair.goal_id for pair in find_matches([deal.valuation.pk])] == [theirs.pk]


def test_goals_of_a_closed_account_are_not_matched(owner: Any) -> None:
    make_goal(owner, keywords=["sony"])
    owner.is_active = False
    owner.save()
    deal = make_deal()
    assert deal.valuation is not None
    assert find_matches([deal.valuation.pk]) == []


def test_only_the_present_valuation_counts(owner: Any) -> None:
    make_goal(owner, keywords=["sony"], min_score=50)
    deal = make_deal(score=80)
    old = deal.valuation
    new = value_deal(deal, "310", score=20)
    assert old is not None
    assert find_matches([old.pk]) == find_matches([old.pk, new.pk]) == []


def test_the_best_deals_come_first_and_a_goal_takes_only_so_many(owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    goal = make_goal(owner, keywords=["sony"])
    scores = [50, 90, 70, None]
    deals = {score: make_deal(score=score, worth="310" if score else None) for score in scores}
    assert [pair.deal_id for pair in find_matches_of_goal(goal.pk)] == [deals[s].pk for s in (90, 70, 50, None)]
    monkeypatch.setattr(matching, "MOST_FOR_ONE_GOAL", 2)
    assert [pair.deal_id for pair in find_matches_of_goal(goal.pk)] == [deals[s].pk for s in (90, 70)]


def test_words_of_a_goal_are_words_and_never_a_query(owner: Any) -> None:
    make_deal()
    for words in ("sony | bose", "!sony", "sony:*", "'; DROP TABLE deals_deal; --", "((((", "%s %(x)s", "\\", "<->"):
        goal = make_goal(owner, keywords=[words], excluded_keywords=[words], brands=[words], category=words[:20])
        find_matches_of_goal(goal.pk)
    assert Deal.objects.count() == 1


def test_a_batch_takes_two_queries_however_many_goals_there_are(owner: Any) -> None:
    deals = [make_deal(f"Sony headphones {number}") for number in range(5)]
    for number in range(5):
        make_goal(owner, keywords=["sony", str(number)])
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = find_matches([deal.valuation.pk for deal in deals if deal.valuation])
    assert len(queries) == 2, "the typing errors of the batch, and the match"
    assert len(found) == 5


def test_a_pair_that_two_keys_lead_to_is_one_and_takes_one_place(owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    goal = make_goal(owner, title="Anything", brands=["Sony", "Bose"])
    assert GoalKey.objects.filter(goal=goal).count() == 2
    deals = [make_deal("Case by Sony for Bose headphones", brand="Sony", score=score) for score in (60, 80, 70)]
    monkeypatch.setattr(matching, "MOST_FOR_ONE_GOAL", 2)
    found = find_matches([deal.valuation.pk for deal in deals if deal.valuation])
    assert [pair.deal_id for pair in found] == [deals[1].pk, deals[2].pk]


def test_no_look_into_the_words_has_to_read_a_list_of_new_ones(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reloptions FROM pg_class WHERE relname LIKE '%%word_trigram'")
        options = dict(cursor.fetchall())
    assert options.keys() == {"goal_word_trigram", "deal_word_trigram", "search_word_trigram"}
    assert all(each == ["fastupdate=off"] for each in options.values())
