"""What a goal would find, and would have found, before it is saved."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Goal
from deals import previewing
from deals.models import DealMark, PricePoint
from deals.previewing import KeptOut, preview
from tests.matching_factories import make_deal


def _goal(user: Any, **fields: Any) -> Goal:
    return Goal(user=user, title="Headphones", keywords=["sony headphones"], **fields)


def test_what_it_finds_now_and_what_it_would_have_found(owner: Any) -> None:
    now = timezone.now()
    live = make_deal(price="228")
    cheaper_once = make_deal("Sony headphones in red", "300")
    PricePoint.objects.create(deal=cheaper_once, price=199, currency="USD", observed_at=now - timedelta(days=9))
    over = make_deal("Sony headphones, sold", "180", state="sold_out", last_seen_at=now - timedelta(days=3))
    long_over = make_deal(
        "Sony headphones of old", "100", state="expired", last_seen_at=now - timedelta(days=99), first_seen_at=now
    )
    PricePoint.objects.create(deal=long_over, price=100, currency="USD", observed_at=now - timedelta(days=99))
    make_deal("Bose headphones", "99")
    found = preview(_goal(owner, max_price=Decimal(250)))
    assert [offered.deal_id for offered in found.current] == [live.pk]
    assert [(o.deal_id, o.price, o.is_live) for o in found.past] == [
        (over.pk, 180, False),
        (cheaper_once.pk, 199, False),
        (live.pk, 228, True),
    ]
    assert (found.of_the_kind, found.kept_out, found.is_partial) == (3, {}, False)
    assert [o.deal_id for o in preview(_goal(owner, max_price=Decimal(250)), days=5).past] == [over.pk, live.pk]


def test_what_keeps_how_many_out(owner: Any) -> None:
    make_deal(price="228", worth="310", condition="used")
    make_deal(price="150", worth="160", condition="new")
    make_deal(price="90", worth=None, condition="new")
    found = preview(_goal(owner, condition="new", max_price=Decimal(100), min_discount_percent=5))
    assert found.current == found.past == []
    assert found.kept_out == {
        "condition": KeptOut(1, 0),
        "max_price": KeptOut(2, 1),
        "min_discount_percent": KeptOut(1, 1),
    }
    assert found.reachable == [Decimal(150)], "the one that is kept out by its price alone"


def test_a_goal_is_previewed_by_the_currency_and_the_eyes_of_its_owner(owner: Any, stranger: Any) -> None:
    deal = make_deal(price="100", currency="EUR", worth="150")
    DealMark.objects.create(user=stranger, deal=deal, dismissed_at=timezone.now())
    (offered,) = preview(_goal(owner, currency="USD", min_price=Decimal(1))).current
    assert (offered.deal_price, offered.currency) == (100, "EUR")
    assert offered.price is not None and offered.price != 100
    assert preview(_goal(stranger)).of_the_kind == 0


def test_of_very_many_only_the_newest_are_looked_at(owner: Any, monkeypatch: Any) -> None:
    for number in range(3):
        make_deal(f"Sony headphones {number}")
    assert not preview(_goal(owner)).is_partial
    monkeypatch.setattr(previewing, "MOST_LOOKED_AT", 2)
    with CaptureQueriesContext(connection) as queries:
        assert preview(_goal(owner)).is_partial
    assert len(queries) <= 4
    assert not Goal.objects.exists(), "nothing is stored"
