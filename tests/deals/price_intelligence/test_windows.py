"""Lowest, median, highest and standing, against a reference that counts every hour."""

from __future__ import annotations

import statistics
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from deals.price_intelligence import standing_of, window_of, windows_of
from tests.deals.price_intelligence.histories import ago, history

HOURS = 24 * 40
rows = st.lists(
    st.tuples(st.integers(1, HOURS), st.integers(40, 90)), min_size=1, max_size=12, unique_by=lambda row: row[0]
)


@settings(max_examples=80, deadline=None)
@given(rows)
def test_a_window_equals_counting_every_hour(rows: list[tuple[int, int]]) -> None:
    steps = sorted(rows, reverse=True)
    window = window_of(history(*((hours / 24, price) for hours, price in steps)), 30)
    hourly = [
        next(price for hours, price in reversed(steps) if hours > hour) for hour in range(min(steps[0][0], 30 * 24))
    ]
    assert window is not None
    assert window.lowest == min(hourly)
    assert window.highest == max(hourly)
    assert window.median == Decimal(str(statistics.median(hourly)))
    assert round(window.observed_days * 24) == len(hourly)


@settings(max_examples=80, deadline=None)
@given(rows)
def test_the_standing_equals_counting_every_hour(rows: list[tuple[int, int]]) -> None:
    steps = sorted(rows, reverse=True)
    standing = standing_of(history(*((hours / 24, price) for hours, price in steps)))
    if steps[0][0] < 7 * 24:
        assert standing is None
        return
    today = steps[-1][1]
    hourly = [next(price for hours, price in reversed(steps) if hours > hour) for hour in range(steps[0][0])]
    assert standing is not None
    wanted = 100 * (sum(p < today for p in hourly) + sum(p == today for p in hourly) / 2) / len(hourly)
    assert abs(standing.percentile - wanted) < 1e-6
    assert standing.is_lowest == (today == min(price for _, price in steps))


def test_nothing_in_the_window_gives_none() -> None:
    assert window_of(history((200, "10")), 30) is not None  # it still holds
    assert window_of(history((200, "10"), seen_until=ago(40)), 30) is None
    assert window_of(history(), 30) is None


def test_a_price_that_was_last_seen_long_ago_is_in_the_year_alone() -> None:
    assert [window.days for window in windows_of(history((200, "10"), seen_until=ago(100)))] == [365]


def test_a_price_of_this_moment_counts_though_it_lasted_no_time() -> None:
    window = window_of(history((20, "100"), (0, "60")), 30)
    assert window is not None
    assert (window.lowest, window.median, window.highest, window.points) == (60, 100, 100, 2)
    assert "as far as we saw it (20 days of 30)" in window.sentences[0]


def test_words_of_the_standing() -> None:
    def words(*rows: tuple[float, str]) -> str:
        standing = standing_of(history(*rows))
        assert standing is not None
        return standing.sentences[0]

    assert words((100, "100"), (10, "80")) == (
        "Today's price is the lowest in 100 days that we saw; it cost more 90 % of the time."
    )
    assert words((100, "100"), (50, "120")) == "It was cheaper 50 % of the time in 100 days that we saw."
    assert words((100, "100")) == "The price never changed in 100 days that we saw."


def test_a_price_that_is_not_there_any_more_is_not_todays() -> None:
    standing = standing_of(history((100, "100"), (50, "80"), seen_until=ago(20)))
    assert standing is not None
    assert standing.sentences[0].startswith("The last price that we saw is the lowest in 80 days")
