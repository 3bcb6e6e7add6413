"""Prices put in order: what is left out, what is a gap, what is odd."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from deals.price_intelligence import Gap, Seen, cheapest_of, history_of
from tests.deals.price_intelligence.histories import NOW, ago, history, seen


def test_nothing_seen_is_an_empty_history() -> None:
    empty = history_of([], "USD", NOW)
    assert (empty.price, empty.points, empty.observed_days, empty.span_days) == (None, 0, 0, 0)


def test_prices_of_nothing_of_the_future_and_in_other_currencies_are_left_out_and_counted() -> None:
    rows = [*seen((5, "10"), (4, "0"), (-1, "9")), *seen((3, "8"), (2, "7"), currency="EUR")]
    mixed = history_of(rows, "USD", NOW)
    assert [step.price for step in mixed.steps] == [10]
    assert (mixed.points, mixed.unusable, mixed.in_other_currencies) == (1, 2, 2)


def test_they_are_ordered_and_of_two_at_one_moment_the_last_counts() -> None:
    mixed = history((1, "30"), (3, "10"), (3, "11"), (2, "20"))
    assert [(step.start, step.end, step.price) for step in mixed.steps] == [
        (ago(3), ago(2), 11),
        (ago(2), ago(1), 20),
        (ago(1), NOW, 30),
    ]


def test_the_newest_price_holds_until_it_was_last_seen() -> None:
    assert history((10, "5"), seen_until=ago(4)).observed_days == 6
    assert history((10, "5"), seen_until=ago(20)).observed_days == 0


def test_a_gap_counts_for_nothing() -> None:
    cut = history((10, "5"), gaps=[Gap(ago(8), ago(6)), Gap(ago(3), ago(3)), Gap(ago(1), ago(-5))])
    assert [(step.start, step.end) for step in cut.steps] == [(ago(10), ago(8)), (ago(6), ago(1))]
    assert (cut.points, cut.observed_days) == (1, 7)


def test_a_sampled_price_is_believed_for_a_while_only() -> None:
    assert history((100, "5"), (10, "6"), longest_hold=timedelta(days=30)).observed_days == 40


def test_a_slip_of_the_source_is_odd_and_a_lasting_change_is_not() -> None:
    slip = history((40, "100"), (20, "1"), (19, "100"))
    assert (slip.odd, slip.points, [step.price for step in slip.steps]) == (1, 2, [100, 100])
    assert history((40, "100"), (20, "1000"), (19, "90")).odd == 1
    assert history((40, "100"), (20, "30"), (5, "100")).odd == 0  # for two weeks: an offer
    assert history((40, "100"), (20, "50"), (19, "100")).odd == 0  # half the price is a sale
    assert history((40, "100"), (20, "1")).odd == 0  # it may be the new price


def test_joining_steps_of_one_price() -> None:
    runs = history((9, "5", "8"), (8, "5"), (7, "6"), (6, "5", "9")).runs()
    assert [(run.start, run.price, run.claimed) for run in runs] == [
        (ago(9), 5, None),
        (ago(7), 6, None),
        (ago(6), 5, Decimal(9)),
    ]


def test_the_cheapest_of_several_offers_at_each_time() -> None:
    one = history((10, "50"), (4, "40"), seen_until=ago(2))
    other = history((8, "45"), (6, "60"))
    both = cheapest_of([one, other, history_of([Seen(ago(9), Decimal(1), "EUR")], "EUR", NOW)])
    assert [(step.start, step.end, step.price) for step in both.steps] == [
        (ago(10), ago(8), 50),
        (ago(8), ago(6), 45),
        (ago(6), ago(4), 50),
        (ago(4), ago(2), 40),
        (ago(2), NOW, 60),
    ]
    assert (both.points, both.in_other_currencies) == (4, 1)


def test_offers_of_one_moment_each_have_a_cheapest() -> None:
    both = cheapest_of([history((0, "50")), history((0, "45"))])
    assert [(step.start, step.end, step.price) for step in both.steps] == [(NOW, NOW, 45)]
