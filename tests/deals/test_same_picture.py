"""Which products are shown with the same picture, and what operators see of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from deals.models import DealPicture, Product, ProductSuggestion
from deals.picture_selectors import SHARED_BY, pairs_with_same_picture, same_picture
from deals.product_actions import merge_products, undo_merge
from tests.deals.making import make_deal

pytestmark = pytest.mark.django_db

PICTURE = -0x0123456789ABCDEF
OTHER = 0x7777_0000_FFFF_1234


def shown(name: str, picture: int | None, marketplace: str = "shop") -> Product:
    """A product with one deal that shows a picture of this fingerprint."""
    product = Product.objects.create(key=name.lower(), name=name)
    deal = make_deal(
        name, product=product, home=product, marketplace=marketplace, image_url=f"https://shop.example/{name}"
    )
    DealPicture.objects.create(deal=deal, url=deal.image_url, hash=picture, looked_at=timezone.now())
    return product


def flipped(bits: int) -> int:
    """PICTURE with so many bits turned over, the highest among them."""
    turned = (PICTURE & (1 << 64) - 1) ^ sum(1 << (63 - 5 * bit) for bit in range(bits))
    return turned - (1 << 64) if turned >= 1 << 63 else turned


def names(product: Product) -> list[tuple[str, int]]:
    return [(each.product.name, each.bits) for each in same_picture([product])[product.pk]]


def test_up_to_four_bits_are_the_same_picture_and_five_are_not() -> None:
    mine = shown("Mine", PICTURE)
    shown("Four", flipped(4), "b")
    shown("Equal", PICTURE, "a")
    shown("Five", flipped(5), "c")
    shown("Another", OTHER, "d")
    shown("Unknown", None, "e")
    assert names(mine) == [("Equal", 0), ("Four", 4)]


def test_a_product_without_a_picture_has_nothing_in_common() -> None:
    mine = shown("Mine", None)
    shown("Other", None)
    assert names(mine) == []
    assert same_picture([]) == {}


def test_the_logo_of_a_shop_says_nothing() -> None:
    mine = shown("Mine", PICTURE, "elsewhere")
    several = [shown(f"Thing {number}", flipped(number % 2)) for number in range(SHARED_BY - 1)]
    assert len(names(mine)) == SHARED_BY - 1
    shown("One more", PICTURE)
    assert names(mine) == []
    assert names(several[0]) == []


def test_many_places_that_show_one_picture_are_no_logo() -> None:
    mine = shown("Mine", PICTURE)
    for number in range(SHARED_BY + 3):
        shown(f"Elsewhere {number}", PICTURE, f"shop-{number}")
    assert len(names(mine)) == SHARED_BY + 3


def test_several_products_are_asked_for_with_two_queries(django_assert_num_queries: Any) -> None:
    one, two = shown("One", PICTURE), shown("Two", PICTURE, "b")
    three = shown("Three", OTHER)
    with django_assert_num_queries(2):
        found = same_picture([one, two, three])
    assert {product.pk for product in (one, two, three)} == set(found)
    assert [each.product for each in found[one.pk]] == [two]
    assert [each.product for each in found[two.pk]] == [one]
    assert found[three.pk] == []


def test_what_a_person_declined_or_took_apart_is_left_out_with_the_parts_of_both(operator: Any) -> None:
    mine, declined, parted, other = (
        shown(name, PICTURE, place)
        for name, place in (("Mine", "a"), ("Declined", "b"), ("Parted", "c"), ("Other", "d"))
    )
    part = Product.objects.create(key="part", name="Part")
    merge_products(declined, part, reason="", by=operator)
    ProductSuggestion.objects.create(kept=part, merged=mine, reason="", confidence=0.7, state="declined")
    undo_merge(merge_products(mine, parted, reason="", by=operator))
    assert names(mine) == [("Other", 0)]
    assert {name for name, _ in names(other)} == {"Mine", "Declined", "Parted"}


def test_of_pairs_those_with_the_same_picture_are_found_at_once(django_assert_num_queries: Any) -> None:
    one, two, five, three = (
        shown("One", PICTURE),
        shown("Two", flipped(4), "b"),
        shown("Five", flipped(5), "c"),
        shown("Three", OTHER),
    )
    logo = [shown(f"Thing {number}", 0x0F0F_1234_5678_9ABC, "shop-2") for number in range(SHARED_BY)]
    pairs = [(one.pk, two.pk), (two.pk, one.pk), (one.pk, five.pk), (one.pk, three.pk), (logo[0].pk, logo[1].pk)]
    with django_assert_num_queries(1):
        assert pairs_with_same_picture(pairs) == {(one.pk, two.pk), (two.pk, one.pk)}
    with django_assert_num_queries(0):
        assert pairs_with_same_picture([]) == set()


def test_an_operator_sees_them_on_the_page_of_a_product_and_makes_them_one(client: Client, operator: Any) -> None:
    client.force_login(operator)
    mine, other = shown("Mine", PICTURE), shown("<b>Other</b>", PICTURE, "b")
    stranger = shown("Stranger", OTHER, "c")
    page = client.get(reverse("admin:deals_product_change", args=[mine.pk])).content.decode()
    assert "Other products with the same picture" in page
    assert "&lt;b&gt;Other&lt;/b&gt;</a>" in page
    assert "<b>Other" not in page
    assert reverse("admin:deals_product_change", args=[stranger.pk]) not in page
    together = f"{reverse('admin:deals_product_changelist')}?id__in={mine.pk},{other.pk}"
    assert together in page
    assert client.get(together).context["cl"].result_count == 2
    client.post(together, {"action": "make_one", "_selected_action": [str(mine.pk), str(other.pk)]})
    other.refresh_from_db()
    assert other.merged_into == mine


def test_only_operators_see_that_page(client: Client, stranger: Any) -> None:
    client.force_login(stranger)
    mine = shown("Mine", PICTURE)
    assert client.get(reverse("admin:deals_product_change", args=[mine.pk])).status_code == 302
