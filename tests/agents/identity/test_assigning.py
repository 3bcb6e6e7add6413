"""Which product an offer is of, by the numbers that it states and by its title."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from agents.identity.assigning import assign, numbers_of
from agents.scanning.actions.deals import write_offers
from agents.scanning.sources.base import Offer
from deals.models import Deal, PricePoint, Product, ProductNumber
from tests.deals.making import make_source
from tests.notifications.test_concurrency import at_once

pytestmark = pytest.mark.django_db

EAN, OTHER_EAN = "4006381333931", "036000291452"
PHONES = Offer("1", "https://a.example/1", "https://a.example/1", "Acme QX1000 headphones", Decimal(99), "USD")


def write(*offers: Offer, place: str = "shop") -> list[Deal]:
    source = make_source(place)
    with transaction.atomic():
        deals = write_offers([(source, offer) for offer in offers]).deals
    return [Deal.objects.select_related("product").get(pk=deal.pk) for deal in deals]


def at(number: int, title: str = PHONES.title, **fields: Any) -> Offer:
    address = f"https://shop.example/{number}"
    return replace(PHONES, external_id=str(number), url=address, canonical_url=address, title=title, **fields)


def products(*offers: Offer) -> list[str]:
    """The name of each offer's product."""
    return [deal.product.name for deal in write(*offers) if deal.product]


def test_offers_with_one_bar_code_are_one_product_over_places_and_conditions() -> None:
    (first,) = write(at(1, gtin=EAN), place="one")
    (second,) = write(
        at(2, "Refurbished: Acme over-ear phones, black", gtin=f"0{EAN}", condition="refurbished"), place="two"
    )
    assert first.product == second.product
    assert (second.product_reason, second.product_confidence) == ("The same bar code.", 0.99)
    assert (first.condition, second.condition) == ("unknown", "refurbished")
    assert Product.objects.count() == 1
    assert set(PricePoint.objects.values_list("product", flat=True)) == {first.product_id}


def test_two_of_one_batch_with_one_bar_code_and_other_titles_are_one_product() -> None:
    assert products(at(1, gtin=EAN), at(2, "Acme over-ear phones", gtin=EAN)) == ["Acme QX1000 headphones"] * 2


@pytest.mark.parametrize(
    "title",
    ["Acme QX1000 headphones 3-pack", "Case for Acme QX1000 headphones", "Acme QX1000 headphones empty box"],
)
def test_a_pack_a_case_or_a_box_is_not_the_thing_though_it_states_its_bar_code(title: str) -> None:
    stated = {"gtin": EAN, "brand": "Acme", "mpn": "QX1000"}
    one, other = write(at(1, **stated), at(2, title, **stated))
    assert one.product != other.product


def test_two_bar_codes_are_two_products_though_a_part_number_is_the_same() -> None:
    stated = {"brand": "Acme", "mpn": "QX1000"}
    one, other = write(
        at(1, "Acme phones black", gtin=EAN, **stated), at(2, "Acme phones white", gtin=OTHER_EAN, **stated)
    )
    assert one.product != other.product


def test_one_title_with_two_bar_codes_is_two_products_in_one_batch_and_in_two() -> None:
    one, other = write(at(1, gtin=EAN), at(2, gtin=OTHER_EAN))
    assert one.product != other.product
    third, fourth = write(at(3, gtin=OTHER_EAN)) + write(at(4, gtin="9780306406157"))
    assert third.product == other.product
    assert fourth.product not in (one.product, other.product)


def test_a_bar_code_with_a_wrong_check_digit_says_nothing() -> None:
    one, other = write(at(1, gtin="4006381333932"), at(2, "Something else", gtin="4006381333932"))
    assert one.product != other.product
    assert not ProductNumber.objects.filter(value__startswith="gtin").exists()


def test_a_part_number_names_a_product_only_with_its_maker() -> None:
    one, two, three = write(
        at(1, "Noise cancelling phones", brand="Acme", mpn="QX-1000/B"),
        at(2, "Acme wireless phones", brand="ACME", mpn="qx1000b"),
        at(3, "Garden hose", brand="Other", mpn="QX1000B"),
    )
    assert one.product == two.product != three.product
    assert two.product_reason == "The same part number of the same maker."


def test_a_model_number_in_the_title_is_of_one_size_and_version() -> None:
    titles = [
        "Acme phone SM-S911B 128GB",
        "Smartphone Acme SM-S911B (128 GB)",
        "Acme SM-S911B 256GB",
        "Acme SM-S911B Ultra 128GB",
    ]
    found = [deal.product_id for deal in write(*(at(n, title, brand="Acme") for n, title in enumerate(titles)))]
    assert found[0] == found[1] or len(set(found)) == 4
    assert len({found[0], found[2], found[3]}) == 3


def test_the_second_run_changes_nothing_and_an_existing_title_keeps_its_product() -> None:
    old = Product.objects.create(key="acme qx1000 headphones", name="Acme QX1000 headphones")
    offers = [at(1, gtin=EAN, brand="Acme"), at(2, "Acme over-ear phones", gtin=EAN), at(3, "Desk lamp")]
    write(*offers)
    before = list(Deal.objects.order_by("pk").values_list("product", "home", "product_reason"))
    counts = Product.objects.count(), ProductNumber.objects.count(), PricePoint.objects.count()
    write(*offers)
    assert list(Deal.objects.order_by("pk").values_list("product", "home", "product_reason")) == before
    assert (Product.objects.count(), ProductNumber.objects.count(), PricePoint.objects.count()) == counts
    old.refresh_from_db()
    assert before[0][0] == old.pk
    assert (old.gtin, old.brand) == (f"0{EAN}", "Acme")


def test_a_batch_costs_the_same_queries_whatever_its_size() -> None:
    def queries(offers: list[Offer]) -> int:
        with (
            transaction.atomic(),
            CaptureQueriesContext(
                connection,
            ) as seen,
        ):
            assign(offers)
        return len(seen)

    few = queries([at(1, "Thing 1", brand="Acme", mpn="AB-10001")])
    many = queries([at(n, f"Thing {n}", brand="Acme", mpn=f"AB-1{n:04}") for n in range(2, 60)])
    assert many == few <= 8


def test_an_operator_s_word_holds_against_the_source() -> None:
    (deal,) = write(at(1))
    own = Product.objects.create(key="own", name="Own")
    Deal.objects.update(home=own, product=own, product_by_hand=True)
    (deal,) = write(at(1, "Another title", gtin=EAN))
    assert deal.product == own


def test_a_deal_that_gets_another_title_takes_its_prices_along() -> None:
    write(at(1))
    write(at(1, "Desk lamp", price=Decimal(12)))
    assert set(PricePoint.objects.values_list("product__name", flat=True)) == {"Desk lamp"}


@pytest.mark.django_db(transaction=True)
def test_many_readers_at_once_make_one_product_of_one_bar_code() -> None:
    make_source()
    at_once([lambda n=n: write(at(n, f"Acme phones, offer {n}", gtin=EAN)) for n in range(6)])
    assert Deal.objects.values("product").distinct().count() == 1
    assert Deal.objects.count() == 6


def test_an_offer_without_words_or_numbers_has_no_product() -> None:
    assert numbers_of(at(1, "!!!")) == []
    with transaction.atomic():
        assert assign([at(1, "!!!")]) == [None]
