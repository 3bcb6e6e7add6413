"""Trends, against SciPy's slopes and Kendall's S counted by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from deals.price_intelligence import Direction, trend_of
from deals.price_intelligence.trend import mann_kendall_score, theil_sen
from tests.deals.price_intelligence.histories import history

values = st.lists(st.integers(1, 40), min_size=8, max_size=30)


@settings(max_examples=60, deadline=None)
@given(values)
def test_the_slope_and_its_interval_equal_scipys(numbers: list[int]) -> None:
    ours = theil_sen(list(enumerate(map(float, numbers))))
    reference = stats.theilslopes(numbers, alpha=0.95)
    assert math.isclose(ours.value, reference.slope, abs_tol=1e-9)
    if len(set(numbers)) > 1:
        assert math.isclose(ours.low, reference.low_slope, abs_tol=1e-9)
        assert math.isclose(ours.high, reference.high_slope, abs_tol=1e-9)


@settings(max_examples=60, deadline=None)
@given(values)
def test_kendalls_score_equals_scipys_concordance(numbers: list[int]) -> None:
    score = mann_kendall_score(numbers)
    tau = stats.kendalltau(range(len(numbers)), numbers).statistic
    ties = sum(numbers.count(value) * (numbers.count(value) - 1) / 2 for value in set(numbers))
    pairs = len(numbers) * (len(numbers) - 1) / 2
    wanted = 0 if pairs == ties else tau * math.sqrt(pairs * (pairs - ties))
    assert math.isclose(score, wanted, abs_tol=1e-6)


def test_under_eight_weeks_there_is_none() -> None:
    assert trend_of(history((48, "100"), (20, "90"))) is None
    assert trend_of(history()) is None


@pytest.mark.parametrize(("step", "direction"), [(-2, Direction.FALLING), (2, Direction.RISING)])
def test_a_price_that_moves_each_week_has_a_direction(step: int, direction: Direction) -> None:
    trend = trend_of(history(*((7 * week, str(100 - step * week)) for week in range(20))))
    assert trend is not None
    assert trend.direction == direction
    assert trend.p_value < 0.02
    assert trend.low_percent < trend.monthly_percent < trend.high_percent


def test_a_price_that_never_moved_is_steady_and_one_jump_is_no_trend() -> None:
    flat = trend_of(history((180, "100")))
    assert flat is not None
    assert (flat.direction, flat.p_value, flat.monthly_percent) == (Direction.STEADY, 1.0, 0.0)
    jump = trend_of(history((180, "100"), (90, "80")))
    assert jump is not None
    # Weekly prices alone would call it a fall with p < 0.001; it is one event.
    assert jump.direction != Direction.FALLING


def test_ups_and_downs_have_no_direction() -> None:
    trend = trend_of(history(*((7 * week, "100" if week % 2 else "120") for week in range(20))))
    assert trend is not None
    assert trend.direction in (Direction.UNCLEAR, Direction.STEADY)
