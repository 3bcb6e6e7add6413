"""The chart of prices: where things stand, and what is in the table behind it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from deals.models import Valuation
from deals.price_intelligence import Gap, history_of
from deals.web.price_chart import HEIGHT, Happening, chart_of
from tests.deals.price_intelligence.histories import NOW, ago, history


def test_nothing_seen_and_a_price_of_this_moment_have_no_chart() -> None:
    assert chart_of(history()) is None
    assert chart_of(history((0, "10"))) is None


def test_the_line_steps_through_every_price_until_now() -> None:
    chart = chart_of(history((10, "100"), (5, "50")))
    assert chart is not None
    assert [(line.x1, line.y1, line.x2, line.y2) for line in chart.lines] == [
        ("0.00%", "22.0", "50.00%", "22.0"),
        ("50.00%", "99.0", "100.00%", "99.0"),
        ("50.00%", "22.0", "50.00%", "99.0"),
    ]
    assert chart.grid[0] == (f"{HEIGHT}.0", "$0")
    assert chart.description == "2 prices over 10 days: lowest $50, highest $100, newest $50."


def test_a_gap_is_drawn_as_one_and_not_as_a_price() -> None:
    chart = chart_of(history((10, "100"), (2, "50"), gaps=[Gap(ago(6), ago(2))]))
    assert chart is not None
    assert [(line.x1, line.x2) for line in chart.lines] == [("0.00%", "40.00%"), ("80.00%", "100.00%")]
    assert [(line.x1, line.x2) for line in chart.gaps] == [("40.00%", "80.00%")]


def test_the_worth_stands_from_each_valuation_until_the_next() -> None:
    worths = [
        Valuation(low=Decimal(low), high=Decimal(high), currency=currency, created_at=ago(days))
        for low, high, currency, days in ((60, 80, "USD", 10), (50, 70, "USD", 4), (1, 2, "EUR", 1))
    ]
    chart = chart_of(history((10, "100"), (5, "50")), worths)
    assert chart is not None
    assert [(box.x, box.width) for box in chart.band] == [("0.00%", "60.00%"), ("60.00%", "40.00%")]


def test_a_claim_far_above_the_prices_is_cut_off_and_that_is_said() -> None:
    chart = chart_of(history((10, "100", "1000"), (5, "90", "120")))
    assert chart is not None
    assert chart.cut
    assert chart.claims[0].y1 == "22.0"
    assert [row.claimed for row in chart.rows] == ["$1,000", "$120"]


def test_what_happened_is_marked_and_in_the_table_in_order() -> None:
    chart = chart_of(
        history((10, "100"), (2, "90")), (), [Happening(ago(6), "Sold out"), Happening(ago(20), "Expired")]
    )
    assert chart is not None
    assert [mark.x for mark in chart.marks] == ["40.00%"]
    assert [(row.words, row.price, row.y is None) for row in chart.rows] == [
        ("Seen", "$100", False),
        ("Sold out", "", True),
        ("Seen", "$90", False),
    ]


def test_a_price_seen_again_is_no_line_of_its_own() -> None:
    seen_twice = history((10, "100"), (5, "100"))
    chart = chart_of(seen_twice)
    assert chart is not None
    assert (len(chart.dots), len(chart.rows)) == (1, 1)
    assert chart_of(history_of([], "USD", NOW + timedelta(days=1))) is None
