"""The chart of prices, and what is said of a list price."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from deals.models import Deal, PricePoint, Valuation
from deals.web.trend import HEIGHT, list_price_check, trend_of

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


def _points(*rows: tuple[int, str]) -> list[PricePoint]:
    return [
        PricePoint(price=Decimal(price), currency="USD", observed_at=NOW - timedelta(days=days)) for days, price in rows
    ]


def _deal(price: str, list_price: str | None = None, **more: object) -> Deal:
    return Deal(
        price=Decimal(price),
        list_price=None if list_price is None else Decimal(list_price),
        currency="USD",
        first_seen_at=NOW - timedelta(days=40),
        **more,
    )


def test_one_price_is_no_trend() -> None:
    assert trend_of(_deal("10"), _points((3, "10")), NOW) is None


def test_the_line_steps_through_every_price_until_now() -> None:
    trend = trend_of(_deal("50"), _points((10, "100"), (5, "50")), NOW)
    assert trend is not None
    assert [(line.x1, line.y1, line.x2, line.y2) for line in trend.lines] == [
        ("0.00%", "8.0", "50.00%", "8.0"),
        ("50.00%", "8.0", "50.00%", "68.0"),
        ("50.00%", "68.0", "100.00%", "68.0"),
    ]
    assert trend.grid[0] == (f"{HEIGHT}.0", "$0")
    assert trend.description == "2 prices, lowest $50, highest $100, now $50."


def test_prices_in_another_currency_are_left_out() -> None:
    points = _points((10, "100"), (5, "50"))
    points[0].currency = "EUR"
    assert trend_of(_deal("50"), points, NOW) is None


def test_no_list_price_says_nothing() -> None:
    assert list_price_check(_deal("50"), []) == ""


def test_a_list_price_is_held_against_the_lowest_price_of_the_30_days_before() -> None:
    deal = _deal("80", "200", price_changed_at=NOW)
    words = list_price_check(deal, _points((40, "60"), (20, "100"), (0, "80")))
    assert "lowest price in the 30 days before was $100" in words


def test_a_reduction_that_is_none_is_called_so() -> None:
    deal = _deal("80", "200", price_changed_at=NOW)
    assert "the reduction is not one" in list_price_check(deal, _points((20, "75")))


def test_without_earlier_prices_it_is_held_against_the_interval() -> None:
    deal = _deal("80", "200", valuation=Valuation(high=Decimal(120)))
    assert "above the most we think it is worth ($120)" in list_price_check(deal, [])
    deal = _deal("80", "100", valuation=Valuation(high=Decimal(120)))
    assert "no earlier price" in list_price_check(deal, [])


def test_a_list_price_below_the_price_takes_nothing_off() -> None:
    assert "nothing is taken off" in list_price_check(_deal("80", "80"), [])
