"""Histories as the tables give them: what is over is a gap, what was not seen for long is not known."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from deals.models import Deal, DealEvent, PricePoint, Product
from deals.price_intelligence import ClaimVerdict
from deals.price_selectors import (
    deals_of_product,
    gaps_of,
    price_intelligence_of,
    product_by_id,
    product_history,
)
from tests.deals.making import make_deal, make_valuation

pytestmark = pytest.mark.django_db


def add_prices(deal: Deal, *rows: tuple[Any, ...]) -> None:
    """Rows of days ago, price and, where there is one, the list price."""
    PricePoint.objects.bulk_create(
        PricePoint(
            deal=deal,
            product=deal.product,
            price=Decimal(row[1]),
            list_price=Decimal(row[2]) if len(row) > 2 else None,
            currency=row[3] if len(row) > 3 else deal.currency,
            observed_at=timezone.now() - timedelta(days=row[0]),
        )
        for row in rows
    )


def test_a_deal_tells_what_its_prices_mean_in_two_queries(django_assert_num_queries: Any) -> None:
    deal = make_deal(price="80", list_price=Decimal(120))
    make_valuation(deal, "90", "85", "100")
    add_prices(deal, (200, "100"), (12, "120"), (1, "80"))
    with django_assert_num_queries(2):
        found = price_intelligence_of(deal)
    window = found.window(365)
    assert window is not None
    assert (window.lowest, window.median, window.highest) == (80, 100, 120)
    assert found.claim is not None
    assert found.claim.verdict == ClaimVerdict.OVERSTATED
    assert found.claim.lowest_30 == 100


def test_without_prices_the_claim_is_held_against_the_worth_alone() -> None:
    deal = make_deal(price="80", list_price=Decimal(200))
    make_valuation(deal, "90", "85", "120")
    found = price_intelligence_of(deal)
    assert found.claim is not None
    assert found.claim.verdict == ClaimVerdict.CANNOT_SAY
    assert "above the most we think it is worth ($120)" in found.claim.sentences[-1]


def test_what_was_sold_out_or_not_seen_for_a_month_has_no_price() -> None:
    now = timezone.now()
    deal = make_deal(price="80", last_seen_at=now - timedelta(days=50))
    add_prices(deal, (100, "80"))
    for days, change in ((90, "sold_out"), (80, "expired"), (70, "reappeared")):
        DealEvent.objects.create(deal=deal, change=change, at=now - timedelta(days=days))
    found = price_intelligence_of(deal, now)
    assert round(found.observed_days) == 10 + 50


def test_what_is_over_was_there_until_then() -> None:
    now = timezone.now()
    deal = make_deal(price="80", state="withdrawn", state_changed_at=now - timedelta(days=40))
    add_prices(deal, (60, "80"))
    DealEvent.objects.create(deal=deal, change="withdrawn", at=now - timedelta(days=40))
    assert round(price_intelligence_of(deal, now).observed_days) == 20


def test_a_gap_lasts_from_the_first_end_until_the_return() -> None:
    now = timezone.now()
    events = [
        DealEvent(change=change, at=now - timedelta(days=days))
        for days, change in ((9, "reappeared"), (8, "sold_out"), (7, "withdrawn"), (5, "back_in_stock"), (1, "expired"))
    ]
    assert [(round((now - gap.start).days), (now - gap.end).days) for gap in gaps_of(events, now)] == [(8, 5), (1, 0)]


def test_a_product_has_the_lowest_price_of_all_its_deals(django_assert_num_queries: Any) -> None:
    product = Product.objects.create(key="k", name="Headphones")
    one, other = make_deal(price="90", product=product), make_deal(price="95", product=product)
    foreign = make_deal(price="70", product=product, currency="EUR")
    add_prices(one, (50, "100"), (10, "90"))
    add_prices(other, (30, "80"), (20, "95"))
    add_prices(foreign, (50, "70"))
    with django_assert_num_queries(3):
        history = product_history(deals_of_product(product), "USD", timezone.now())
    assert [step.price for step in history.steps] == [100, 80, 95, 90]
    assert (history.points, history.in_other_currencies) == (4, 1)


def test_a_merged_product_is_the_one_that_it_turned_out_to_be() -> None:
    kept = Product.objects.create(key="kept", name="Headphones")
    lost = Product.objects.create(key="lost", name="Phones for the head", merged_into=kept)
    assert product_by_id(lost.pk) == kept
    with pytest.raises(Product.DoesNotExist):
        product_by_id(make_deal().pk)
