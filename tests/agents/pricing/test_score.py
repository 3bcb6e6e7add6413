"""The score, its parts and its kin, by the formula of the design."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.pricing.score import (
    VERSION,
    base_of,
    competitiveness_points,
    discount_points,
    reliability_points,
    rules,
    score,
    trend_of,
)
from deals.reliability import ASSUMED, assumed_reliability

PRICE = st.decimals(min_value="0.01", max_value="100000", places=2)


@given(
    st.floats(-1e4, 1e4),
    PRICE,
    st.floats(0, 1),
    st.none() | st.decimals(min_value="-1000", max_value="100", places=2),
    st.lists(PRICE, max_size=6),
    st.lists(PRICE, max_size=6),
)
def test_a_score_is_the_sum_of_its_parts_held_within_0_and_100(
    base: float,
    price: Decimal,
    reliability: float,
    percent: Decimal | None,
    history: list[Decimal],
    market: list[Decimal],
) -> None:
    found = score(
        base=base, price=price, reliability=reliability, discount_percent=percent, history=history, market=market
    )
    assert 0 <= found.value <= 100
    assert found.value == round(max(0.0, min(100.0, sum(found.parts.values()))))


@given(PRICE, PRICE, st.floats(0, 1))
def test_a_lower_price_never_lowers_the_base(one: Decimal, other: Decimal, confidence: float) -> None:
    worth, low, high = Decimal(200), Decimal(150), Decimal(260)
    cheap, dear = sorted((one, other))
    assert base_of(cheap, worth, low, high, confidence) >= base_of(dear, worth, low, high, confidence)


def test_a_price_at_its_worth_has_a_base_of_50_and_doubt_pulls_towards_it() -> None:
    worth, low, high = Decimal(200), Decimal(150), Decimal(250)
    assert base_of(worth, worth, low, high, 1.0) == 50
    assert base_of(low, worth, low, high, 1.0) == 75
    assert 50 < base_of(low, worth, low, high, 0.0) < 75


@pytest.mark.parametrize(
    ("percent", "points"),
    [(None, 0), (10, 0), (10.01, 3), (20, 3), (21, 5), (30, 5), (31, 7), (50, 7), (51, 10), (-5, 0)],
)
def test_points_for_the_discount(percent: float | None, points: float) -> None:
    assert discount_points(percent) == points


@pytest.mark.parametrize(
    ("marketplace", "points"),
    [
        ("amazon", 1.5),
        ("www.Amazon.com", 1.5),
        ("walmart", 1.0),
        ("Best Buy", 0.5),
        ("target", 0.5),
        ("ebay", -0.5),
        ("x", -2),
    ],
)
def test_points_for_the_source(marketplace: str, points: float) -> None:
    assert reliability_points(assumed_reliability(marketplace)) == pytest.approx(points)


@pytest.mark.parametrize(("price", "points"), [(79, 10), (80, 5), (89, 5), (90, 0), (110, 0), (111, -5)])
def test_points_against_the_market(price: int, points: float) -> None:
    assert competitiveness_points(Decimal(price), [Decimal(90), Decimal(110)]) == points


def test_trends() -> None:
    def trend(*prices: int) -> float:
        return trend_of([Decimal(price) for price in prices])

    assert trend(100, 90, 80) == 5
    assert trend(80, 90, 100) == -5
    assert trend(100, 100, 101, 99) == 0
    assert trend(100) == trend() == 0


@given(
    st.floats(-1e3, 1e3),
    st.decimals(min_value="-100", max_value="100", places=2),
    st.decimals(min_value="-100", max_value="100", places=2),
)
def test_a_score_never_falls_as_the_discount_grows(base: float, one: Decimal, other: Decimal) -> None:
    def points(percent: Decimal) -> int:
        return score(base=base, price=Decimal(100), reliability=0.75, discount_percent=percent).value

    less, more = sorted((one, other))
    assert points(more) >= points(less)


@given(PRICE, PRICE, st.lists(PRICE, max_size=6), st.lists(PRICE, max_size=6), st.floats(0, 1))
def test_a_cheaper_identical_deal_never_scores_lower(
    one: Decimal, other: Decimal, past: list[Decimal], market: list[Decimal], confidence: float
) -> None:
    """The same past and the same worth; only the present price differs, and what follows from it."""
    worth, low, high = Decimal(200), Decimal(150), Decimal(260)

    def points(price: Decimal) -> int:
        return score(
            base=base_of(price, worth, low, high, confidence),
            price=price,
            reliability=0.95,
            discount_percent=100 * (worth - price) / worth,
            history=[*past, price],
            market=market,
        ).value

    cheap, dear = sorted((one, other))
    assert points(cheap) >= points(dear)


def test_another_formula_is_another_version() -> None:
    """The formula's words are made from its numbers. Where this fails, change VERSION too, and then the hash."""
    said = json.dumps([VERSION, ASSUMED, [asdict(rule) for rule in rules()]], sort_keys=True)
    assert hashlib.sha256(said.encode()).hexdigest()[:12] == "c1f4bb15238e"
