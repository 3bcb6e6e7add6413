"""Seasons once there is a year, and when the next drop may come."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from deals.price_intelligence import drops_of, next_drop_of, seasonality_of
from deals.price_intelligence.drops import PRIOR_DAYS, PRIOR_DROPS
from tests.deals.price_intelligence.histories import NOW, ago, history


def _with_sales_in_november(years: int) -> list[tuple[float, str]]:
    rows = [(365.25 * years + 20, "100")]
    for year in range(2026 - years, 2026):
        rows += [
            ((NOW - NOW.replace(year=year, month=month, day=1)).days, price)
            for month, price in ((11, "80"), (12, "100"))
        ]
    return rows


def test_less_than_a_year_has_no_season() -> None:
    assert seasonality_of(history((364, "100"), (100, "80"))) is None
    assert seasonality_of(history((500, "100"), seen_until=ago(200))) is not None
    assert seasonality_of(history((500, "100"), seen_until=ago(300))) is None  # of too few months


def test_a_sale_each_november_is_a_season_and_in_one_year_it_is_said_to_be_one() -> None:
    two = seasonality_of(history(*_with_sales_in_november(3)))
    assert two is not None
    assert (two.cheapest.month, two.is_seasonal, two.is_repeated) == (11, True, True)
    assert two.cheapest.percent == pytest.approx(-20, abs=1)
    one = seasonality_of(history(*_with_sales_in_november(1)))
    assert one is not None
    assert (one.cheapest.month, one.is_seasonal, one.is_repeated) == (11, False, False)
    assert "one year alone" in one.sentences[0]


def test_a_month_that_was_cheap_in_one_of_two_years_is_no_season() -> None:
    once = seasonality_of(history(*(row for row in _with_sales_in_november(2) if row[0] > 365 or row[1] == "100")))
    assert once is not None
    assert not once.is_seasonal


def test_a_price_that_never_moved_has_no_season() -> None:
    season = seasonality_of(history((800, "100")))
    assert season is not None
    assert not season.is_seasonal
    assert season.strength == 0


def test_drops_of_five_per_cent_and_more_count() -> None:
    found = drops_of(history((50, "100"), (40, "95"), (30, "91"), (20, "100"), (10, "60")))
    assert [(drop.at, drop.percent) for drop in found] == [(ago(40), 5.0), (ago(10), 40.0)]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 12), st.integers(30, 700))
def test_the_interval_is_that_of_the_distribution_of_lomax(drops: int, days: int) -> None:
    moments = [(days * (1 - index / 30), "100" if index % 2 == 0 else "80") for index in range(2 * drops + 1)]
    if drops:
        moments = [(day, price) for day, price in moments[: 2 * drops]]
    found = next_drop_of(history(*moments))
    assert found is not None
    lomax = stats.lomax(PRIOR_DROPS + drops, scale=PRIOR_DAYS + days)
    assert found.drops == drops
    for value, share in ((found.low_days, 0.1), (found.median_days, 0.5), (found.high_days, 0.9)):
        assert value == pytest.approx(min(3650, lomax.ppf(share)), rel=1e-6)
    assert found.within_30_days == pytest.approx(lomax.cdf(30), rel=1e-6)


def test_a_guess_is_called_one() -> None:
    none = next_drop_of(history((100, "100")))
    assert none is not None
    assert none.is_guess
    assert "which is a guess" in none.sentences[-1]
    assert next_drop_of(history((0, "100"))) is None
    assert next_drop_of(history()) is None
