"""Products that turn out to be one, and those that do not; and where a product is offered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from deals.models import Deal, PricePoint, Product, ProductMerge
from deals.product_actions import NotMergeable, merge_products, settle, split_deals, undo_merge
from tests.deals.making import make_deal

pytestmark = pytest.mark.django_db


def product(name: str) -> Product:
    return Product.objects.create(key=name.lower(), name=name)


def offer(of: Product, price: str = "100", **fields: Any) -> Deal:
    deal = make_deal(of.name, price, product=of, home=of, **fields)
    PricePoint.objects.create(deal=deal, product=of, price=deal.price, currency=deal.currency)
    return deal


def homes() -> dict[str, str]:
    """The product of each deal, by what its own words name; prices have to agree with deals."""
    for point in PricePoint.objects.select_related("deal"):
        assert point.product_id == point.deal.product_id
    return dict(Deal.objects.values_list("home__name", "product__name"))


def test_a_merge_moves_deals_and_prices_and_undoing_it_moves_them_back(operator: Any) -> None:
    a, b = product("A"), product("B")
    offer(a)
    offer(b)
    merge = merge_products(a, b, reason="Because.", by=operator)
    assert homes() == {"A": "A", "B": "A"}
    assert merge_products(a, b, reason="Again.", by=operator) == merge
    undo_merge(merge)
    undo_merge(merge)
    assert homes() == {"A": "A", "B": "B"}
    merge_products(b, a, reason="The other way.", by=operator)
    assert homes() == {"A": "B", "B": "B"}
    assert ProductMerge.objects.count() == 1


def test_a_merge_inside_of_another_is_undone_with_what_was_in_it(operator: Any) -> None:
    a, b, c = product("A"), product("B"), product("C")
    for each in (a, b, c):
        offer(each)
    merge_products(b, c, reason="", by=operator)
    outer = merge_products(a, b, reason="", by=operator)
    assert homes() == {"A": "A", "B": "A", "C": "A"}
    undo_merge(outer)
    assert homes() == {"A": "A", "B": "B", "C": "B"}


def test_what_came_after_a_merge_finds_its_way_back_too(operator: Any) -> None:
    a, b = product("A"), product("B")
    offer(a)
    merge = merge_products(a, b, reason="", by=operator)
    late = make_deal("B", product=a, home=b)
    undo_merge(merge)
    late.refresh_from_db()
    assert late.product == b


def test_a_deal_that_a_reader_left_on_a_merged_product_is_brought_in(operator: Any) -> None:
    a, b = product("A"), product("B")
    merge_products(a, b, reason="", by=operator)
    offer(b)
    assert homes() == {"B": "B"}
    assert (settle(), settle()) == (1, 0)
    assert homes() == {"B": "A"}


def test_deals_are_taken_apart_and_stay_so_until_an_operator_takes_it_back(operator: Any) -> None:
    a = product("A")
    stays, goes = offer(a), offer(a)
    record = split_deals([goes], by=operator)
    goes.refresh_from_db()
    stays.refresh_from_db()
    assert stays.product == a != goes.product
    assert goes.product_by_hand
    assert PricePoint.objects.get(deal=goes).product == goes.product
    merge_products(record.kept, record.merged, reason="It was wrong.", by=operator)
    goes.refresh_from_db()
    assert goes.product == a


def test_all_deals_or_those_of_two_products_are_not_taken_apart(operator: Any) -> None:
    one, other = offer(product("A")), offer(product("B"))
    with pytest.raises(NotMergeable, match="nothing to take apart"):
        split_deals([one], by=operator)
    with pytest.raises(NotMergeable, match="one product"):
        split_deals([one, other], by=operator)


@pytest.mark.parametrize("persona", ["owner", "operator"])
def test_operators_alone_merge_and_take_apart(
    persona: str, request: pytest.FixtureRequest, signed_in: Callable[[Any], Any]
) -> None:
    a, b = product("A"), product("B")
    offer(a)
    goes = offer(b)
    browser = signed_in(request.getfixturevalue(persona))
    chosen = {"action": "make_one", "_selected_action": [str(a.pk), str(b.pk)]}
    browser.post("/admin/deals/product/", chosen)
    may = persona == "operator"
    assert homes() == ({"A": "A", "B": "A"} if may else {"A": "A", "B": "B"})
    if may:
        merge = ProductMerge.objects.get()
        assert merge.by is not None
        browser.post("/admin/deals/productmerge/", {"action": "undo", "_selected_action": [str(merge.pk)]})
        assert homes() == {"A": "A", "B": "B"}
        browser.post("/admin/deals/productmerge/", {"action": "do_again", "_selected_action": [str(merge.pk)]})
        browser.post("/admin/deals/deal/", {"action": "take_apart", "_selected_action": [str(goes.pk)]})
        goes.refresh_from_db()
        assert goes.product not in (a, b)


def test_a_deal_says_where_else_its_product_is_offered_the_cheapest_first(
    api: Callable[..., Any], client: Any, django_assert_max_num_queries: Any
) -> None:
    thing = product("Acme QX1000")
    mine = offer(thing, "120", gtin="04006381333931", availability="InStock", product_reason="The same bar code.")
    offer(thing, "110", merchant="Pricey")
    offer(thing, "90", merchant="Cheap", condition="refurbished")
    offer(thing, "100", merchant="Euro shop", currency="EUR")
    offer(thing, "1", merchant="Gone", state="sold_out")
    offer(product("Other"), "2", merchant="Stranger")
    with django_assert_max_num_queries(9):
        said = api().get(f"/api/v1/deals/{mine.pk}").json()
    assert (said["gtin"], said["availability"]) == ("04006381333931", "InStock")
    assert said["product"]["name"] == "Acme QX1000"
    assert said["product"]["reason"] == "The same bar code."
    merchants = [each["merchant"] for each in said["product"]["offers"]]
    assert merchants[0] == "Cheap"
    assert sorted(merchants) == ["Cheap", "Euro shop", "Pricey"]
    assert said["product"]["offers"][0]["condition"] == "refurbished"
    page = client.get(f"/deals/{mine.pk}/").content.decode()
    assert page.index("Also at") < page.index("Cheap") < page.index("Pricey")
    assert "Gone" not in page
    assert "04006381333931" in page


def test_the_timeline_says_what_happened_the_newest_first(api: Callable[..., Any]) -> None:
    deal = offer(product("A"), "100")
    point = PricePoint.objects.get()
    PricePoint.objects.create(
        deal=deal,
        product=deal.product,
        price=Decimal(80),
        currency="USD",
        observed_at=point.observed_at + timedelta(hours=1),
    )
    deal.life.create(change="sold_out", at=timezone.now() + timedelta(days=1), note="The page says so.")
    timeline = api().get(f"/api/v1/deals/{deal.pk}").json()["timeline"]
    assert [moment["kind"] for moment in timeline] == ["sold_out", "price", "found"]
    assert timeline[1]["price"] == {"amount": "80.00", "currency": "USD"}
    assert timeline[1]["old_price"] == {"amount": "100.00", "currency": "USD"}
    assert timeline[0]["price"] is None


def test_lists_cost_no_query_a_deal(api: Callable[..., Any]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    thing = product("A")

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            api().get("/api/v1/deals")
        return len(seen)

    offer(thing)
    one = queries()
    for _ in range(12):
        offer(thing)
    assert queries() == one
