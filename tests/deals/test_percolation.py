"""The matcher, which looks only at the goals that a deal's words pick, against a plain reading of what a goal means: every goal is
set against every deal, in loops."""

from __future__ import annotations

import random
import re
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection

from accounts.actions.terms import write_terms
from accounts.models import Goal
from accounts.terms.wording import asked_by, clauses_of, places_of
from common.money import Money, UnknownRate, convert
from common.words.spelling import is_near
from deals.matching import find_matches, find_matches_of_goal
from deals.models import Deal
from deals.words import note_words
from tests.matching_factories import make_deal

SAYINGS = [
    "headphones", "headpohnes", "headphone", "earphones", "TV", "television", "televsion", "laptop", "notebook", "camera",
    "camra", "wireless", "wirless", "black", "noise cancelling", "noise canceling", "WH-1000XM5", "WH1000XM5", "wh 1000 xm5",
    "WH-1000XM4", "128 GB", "128GB", "128-gb", "64GB", "PS5", "PlayStation 5", "iPhone 15 Pro", "iPhone15 Pro", "15", "-15", "the",
    "open box", "refurbished", "keyboard", "keybord", "kettle", "Sony", "Bose", "4K", "4 K", "x 2 b", "1.5 TB", "R2 D2 R2", "(12 V)",
]  # fmt: skip
BRANDS = ["Sony", "Bose", "The", "Black & Decker", ""]
CATEGORIES = ["Headphones", "Wireless Headphones", "TVs", "Televisions", "Electronics", "The", "???", "", ""]
PLACES = ["amazon", "Best Buy", "bestbuy.com", "eBay"]
AMOUNTS = [None, None, None, Decimal(50), Decimal(100), Decimal(150)]


def _some(chance: random.Random, values: list[Any], most: int) -> list[Any]:
    return [value for value in chance.sample(values, chance.randint(0, most)) if value]


def _random_goal(chance: random.Random) -> dict[str, Any]:
    low, high = chance.choice(AMOUNTS), chance.choice(AMOUNTS)
    return {
        "title": " ".join(_some(chance, SAYINGS, 2)) or "under $40",
        "keywords": [" ".join(chance.sample(SAYINGS, chance.randint(1, 2))) for _ in range(chance.randint(0, 2))],
        "excluded_keywords": _some(chance, SAYINGS, 1) if chance.random() < 0.3 else [],
        "brands": _some(chance, BRANDS, 2) if chance.random() < 0.4 else [],
        "category": chance.choice(CATEGORIES),
        "marketplaces": _some(chance, PLACES, 2) if chance.random() < 0.3 else [],
        "condition": chance.choice(["any", "any", "new", "used", "refurbished"]),
        "min_price": None if low is None or high is None else min(low, high),
        "max_price": high if low is None or high is None else max(low, high),
        "currency": chance.choice(["USD", "USD", "EUR"]),
        "min_discount": chance.choice(AMOUNTS),
        "min_discount_percent": chance.choice([None, None, 30]),
        "min_score": chance.choice([None, None, 50]),
        "status": chance.choice(["active"] * 9 + ["paused"]),
    }


def _random_deal(chance: random.Random) -> Deal:
    return make_deal(
        " ".join(chance.sample(SAYINGS, chance.randint(2, 6))),
        str(chance.choice([40, 100, 140])),
        worth=chance.choice([None, "90", "310"]),
        score=chance.choice([40, 60]),
        brand=chance.choice(BRANDS),
        category=chance.choice(CATEGORIES),
        merchant=chance.choice(PLACES),
        description=" ".join(_some(chance, SAYINGS, 2)),
        condition=chance.choice(["unknown", "new", "used", "refurbished"]),
        currency=chance.choice(["USD", "USD", "EUR", "XAU"]),
        state=chance.choice(["active"] * 9 + ["sold_out"]),
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_it_finds_the_pairs_that_plain_loops_find(owner: Any, seed: int) -> None:
    chance = random.Random(seed)
    goals = Goal.objects.bulk_create(Goal(user=owner, **_random_goal(chance)) for _ in range(250))
    deals = [_random_deal(chance) for _ in range(50)]
    write_terms(goals)
    valuations = [deal.valuation.pk for deal in deals if deal.valuation]
    note_words(valuations)
    reading = _Reading()
    plain = {(goal.pk, deal.pk) for goal in goals for deal in deals if reading.meets(goal, deal)}
    found = find_matches(valuations)
    assert {(pair.goal_id, pair.deal_id) for pair in found} == plain
    assert len(plain) > 100 and any(pair.errors for pair in found), "or it shows nothing"
    by_goal = {(pair.goal_id, pair.deal_id) for goal in goals for pair in find_matches_of_goal(goal.pk)}
    assert by_goal == plain, "a new goal meets the deals that would meet it when they are new"


class _Reading:
    """What a goal means, word for word."""

    def __init__(self) -> None:
        self._stems: dict[str, set[str]] = {}

    def stems(self, text: str) -> set[str]:
        if text not in self._stems:
            with connection.cursor() as cursor:
                cursor.execute("SELECT tsvector_to_array(to_tsvector('english', %s))", [text])
                self._stems[text] = set(cursor.fetchone()[0])
        return self._stems[text]

    def side_by_side(self, words: str, text: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_tsvector('english', %s) @@ phraseto_tsquery('english', %s)", [text, words])
            return bool(cursor.fetchone()[0])

    def meets(self, goal: Goal, deal: Deal) -> bool:
        return (
            goal.status == deal.state == "active"
            and self._is_of_the_kind(goal, deal)
            and self._has_terms(goal, deal)
            and not any(self.side_by_side(word, self.text(deal)) for word in goal.excluded_keywords if self.stems(word))
        )

    def text(self, deal: Deal) -> str:
        return " \n ".join([deal.title, deal.brand, deal.merchant, deal.category, deal.description])

    def _is_of_the_kind(self, goal: Goal, deal: Deal) -> bool:
        in_title = self.stems(deal.title) | self.stems(deal.brand)
        words = set().union(*(self.stems(getattr(deal, name)) for name in ("merchant", "category", "description")))
        words |= in_title | _joined(deal.title)

        def is_there(word: str) -> bool:
            return word in words or any(_is_error(said, word) for said in in_title)

        return (
            all(
                any(all(is_there(word) for word in self.stems(phrase)) for phrase in clause)
                for clause in asked_by(goal)
                if all(self.stems(phrase) for phrase in clause)
            )
            and (not goal.brands or any(self._is_brand(brand, deal) for brand in goal.brands))
            and self._is_category(goal.category, deal)
        )

    def _is_brand(self, brand: str, deal: Deal) -> bool:
        if deal.brand.lower() == brand.lower():
            return True
        return bool(self.stems(brand)) and (
            self.side_by_side(brand, deal.title) or self.side_by_side(brand, f"{deal.title} {deal.brand}")
        )

    def _is_category(self, category: str, deal: Deal) -> bool:
        clauses = [clause for clause in clauses_of(category) if all(self.stems(phrase) for phrase in clause)]
        if not clauses:
            return not category or category.lower() == deal.category.lower()
        own = self.stems(deal.category)
        there = self.stems(deal.title) | self.stems(deal.brand) | own
        if all(any(self.stems(phrase) <= there for phrase in clause) for clause in clauses):
            return True
        return bool(own) and own <= {word for clause in clauses for phrase in clause for word in self.stems(phrase)}

    def _has_terms(self, goal: Goal, deal: Deal) -> bool:
        valuation = deal.valuation
        assert valuation is not None
        price, discount = _there(deal.price, deal, goal), _there(valuation.discount, deal, goal)
        return (
            (
                not goal.marketplaces
                or bool(set(places_of(goal.marketplaces)) & set(places_of([deal.marketplace, deal.merchant])))
            )
            and goal.condition in ("any", _condition(deal))
            and (goal.min_price is None or (price is not None and price >= goal.min_price))
            and (goal.max_price is None or (price is not None and price <= goal.max_price))
            and _at_least(discount, goal.min_discount)
            and _at_least(valuation.discount_percent, goal.min_discount_percent)
            and _at_least(valuation.score, goal.min_score)
        )


def _at_least(value: Any, bound: Any) -> bool:
    return bound is None or (value is not None and value >= bound)


def _there(amount: Decimal | None, deal: Deal, goal: Goal) -> Decimal | None:
    if amount is None or deal.currency == goal.currency:
        return amount
    try:
        return convert(Money(amount, deal.currency), goal.currency).money.amount
    except UnknownRate:
        return None


def _condition(deal: Deal) -> str:
    if deal.condition != "unknown":
        return deal.condition
    return "refurbished" if "refurbished" in deal.title else "used" if "open box" in deal.title else "new"


def _joined(title: str) -> set[str]:
    pieces = [piece for piece in (p.strip("()[]{}<>,.:;!?\"'*/|") for p in re.split(r"[\s-]+", title.lower())) if piece]
    found = set()
    for count in (2, 3):
        for at in range(len(pieces) - count + 1):
            run = pieces[at : at + count]
            if all(p.isalnum() for p in run) and all(a[-1].isalpha() != b[0].isalpha() for a, b in pairwise(run)):
                found.add("".join(run))
    return found


def _is_error(said: str, meant: str) -> bool:
    first, second = _trigrams(said), _trigrams(meant)
    return is_near(said, meant) and len(first & second) / len(first | second) >= 0.3


def _trigrams(word: str) -> set[str]:
    padded = f"  {word} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}
