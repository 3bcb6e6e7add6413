"""How amounts and times are written on pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.template import Context, Template
from django.utils import timezone

from common.templatetags.show import ago, seconds_between, short_money, span

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "currency", "rough", "text"),
    [
        ("129.0000", "USD", False, "$129"),
        ("129.9900", "USD", False, "$129.99"),
        ("129.99", "USD", True, "$130"),
        ("99.99", "USD", True, "$99.99"),
        ("1299", "AUD", False, "A$1,299"),
        ("1500", "JPY", False, "¥1,500"),
        ("-8.74", "EUR", False, "-€8.74"),
    ],
)
def test_amounts_have_no_empty_cents(amount: str, currency: str, rough: bool, text: str) -> None:
    assert short_money(Decimal(amount), currency, rough=rough) == text


def test_no_amount_is_a_dash() -> None:
    assert Template("{% load show %}{% money none 'USD' %}").render(Context({"none": None})) == "–"


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=20), "now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=23), "23 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=6, hours=23), "6 days ago"),
        (timedelta(days=8), "12 May"),
        (timedelta(days=400), "15 Apr 2025"),
        (-timedelta(hours=3), "in 3 h"),
    ],
)
def test_times_are_relative_for_a_week_then_a_date(age: timedelta, words: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert f">{words}</time>" in ago(NOW - age)


def test_the_exact_time_is_in_the_reader_s_zone() -> None:
    with time_machine.travel(NOW, tick=False), timezone.override("Asia/Tokyo"):
        assert 'title="20 May 2026, 21:00 JST"' in ago(NOW)
    assert ago(None) == "–"


def test_how_long_something_took() -> None:
    assert seconds_between(NOW, NOW + timedelta(seconds=2.44)) == "2.4 s"
    assert seconds_between(NOW, NOW + timedelta(seconds=190)) == "3 min 10 s"
    assert seconds_between(NOW, None) == "–"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (45, "45 s"), (3600, "1 h"), (5400, "1 h 30 min"), (172_800.4, "2 days"), (90_061, "1 day 1 h")],
)
def test_a_length_of_time_has_two_units_at_most(seconds: float, words: str) -> None:
    assert span(seconds) == words
