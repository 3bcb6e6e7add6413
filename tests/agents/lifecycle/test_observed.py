"""What counts as a price that was observed after a valuation."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from agents.lifecycle.observed import Checked, checked_valuations
from deals.models import CatalogueItem, PricePoint
from tests.agents.lifecycle.making import offered, product, valued

pytestmark = pytest.mark.django_db


def checked(*versions: str, days: int = 20) -> list[Checked]:
    return checked_valuations(versions or ("m1",), timezone.now() - timedelta(days=days))


def listed(price: str, **fields: Any) -> CatalogueItem:
    values = {
        "fingerprint": f"{CatalogueItem.objects.count()}",
        "title": "Acme kettle",
        "title_key": "acme kettle",
        "text": "Acme kettle",
        "price": Decimal(price),
        "observed_at": (timezone.now() - timedelta(days=3)).date(),
        "embedding": [1.0] + [0.0] * 383,
    }
    return CatalogueItem.objects.create(**(values | fields))


def test_the_median_of_the_other_offers_counts() -> None:
    valued("m1", 120)
    for price in (90, 100, 140):
        offered(price)
    (found,) = checked()
    assert (found.worth, found.observed, found.offers) == (120, 100, 3)
    assert found.error == pytest.approx(0.1823, abs=1e-4)


def test_what_is_no_other_offer_of_the_same_thing_afterwards_does_not_count() -> None:
    own = valued("m1", 120)
    PricePoint.objects.create(deal=own, product=own.product, price=Decimal(50), currency="USD")
    offered(91, days_ago=15)  # before the valuation
    offered(92, thing=product("another thing"))
    offered(93, condition="used")
    offered(94, is_sample=True)
    offered(95, currency="XTS")  # in no currency that can be converted
    listed("96", deal=own)
    listed("97", is_sample=True)
    listed("98", observed_at=date(2020, 1, 1))
    listed("99", title_key="another thing")
    assert checked() == []
    offered(110)
    assert [(each.observed, each.offers) for each in checked()] == [(110, 1)]


def test_prices_of_the_catalogue_and_of_other_currencies_count() -> None:
    valued("m1", 120)
    listed("80")
    offered(100, currency="EUR")
    (found,) = checked()
    assert found.offers == 2
    assert found.observed > 80


def test_after_30_days_a_price_says_nothing_of_the_valuation() -> None:
    valued("m1", 120, at=timezone.now() - timedelta(days=40))
    offered(100)
    assert checked(days=60) == []


def test_an_offer_counts_once_with_its_first_price() -> None:
    valued("m1", 120)
    other = offered(100, days_ago=6)
    PricePoint.objects.create(deal=other, product=other.product, price=Decimal(60), currency="USD")
    assert [(each.observed, each.offers) for each in checked()] == [(100, 1)]


def test_a_valuation_belongs_to_the_version_that_made_it() -> None:
    valued("m1", 120)
    valued("m2", 110)
    valued("m2", 0)  # it could not say
    offered(100)
    assert sorted((each.version, each.worth) for each in checked("m1", "m2")) == [("m1", 120), ("m2", 110)]
    assert checked("m3") == []


def test_one_query_for_all_of_it(django_assert_num_queries: Any) -> None:
    for _ in range(5):
        valued("m1", 120)
        offered(100)
    with django_assert_num_queries(1):
        assert len(checked()) == 5
