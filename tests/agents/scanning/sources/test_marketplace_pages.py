"""Saved pages of real marketplaces, where they lie beside the project."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from agents.scanning.sources.base import Offer, Skip
from agents.scanning.sources.guessing import guess_kind
from tests.agents.scanning.sources.reading import read


def _read(folder: Path, name: str) -> tuple[str, list[Offer], list[Skip]]:
    body = gzip.decompress((folder / "pages" / "marketplaces" / f"{name}.html.gz").read_bytes())
    kind = guess_kind(body)
    return kind, *read(kind, body)


@pytest.mark.parametrize(
    ("name", "kind", "offers", "skipped", "pictures", "conditions", "places", "currency"),
    [
        ("craigslist-2009", "craigslist", 11, 4, 0, 0, 11, "USD"),
        ("ebay-search-2022", "ebay", 31, 0, 31, 28, 13, "USD"),
        ("facebook-search", "facebook", 14, 0, 14, 0, 13, "USD"),
        ("facebook-listing", "facebook", 1, 0, 1, 1, 1, "USD"),
        ("gumtree-pl-search", "gumtree", 12, 1, 12, 0, 12, "PLN"),
        ("gumtree-pl-ad", "gumtree", 1, 0, 1, 0, 1, "PLN"),
        ("bestbuy_search", "page", 11, 0, 11, 0, 0, "USD"),
    ],
)
def test_every_listing_that_the_page_shows_is_read(
    shared_data: Path,
    name: str,
    kind: str,
    offers: int,
    skipped: int,
    pictures: int,
    conditions: int,
    places: int,
    currency: str,
) -> None:
    found_kind, found, left = _read(shared_data, name)
    assert (found_kind, len(found), len(left)) == (kind, offers, skipped)
    assert {offer.currency for offer in found} == {currency}
    assert all(offer.title and offer.price > 0 and offer.url.startswith("https://") for offer in found)
    assert sum(bool(offer.image_url) for offer in found) == pictures
    assert sum(offer.condition != "unknown" for offer in found) == conditions
    assert sum(bool(offer.location) for offer in found) == places


def test_what_people_say_instead_of_a_price_is_named(shared_data: Path) -> None:
    _, _, skipped = _read(shared_data, "craigslist-2009")
    assert sorted({skip.reason for skip in skipped}) == [
        "it states no price",
        "its price of $1.00 stands for “make an offer”",
    ]
    _, _, skipped = _read(shared_data, "gumtree-pl-search")
    assert [skip.reason for skip in skipped] == ["its price is told on request"]


def test_a_search_for_what_was_sold_gives_what_is_sold(shared_data: Path) -> None:
    _, offers, _ = _read(shared_data, "ebay-search-2022")
    assert {offer.availability for offer in offers} == {"SoldOut"}
    assert offers[0].shipping == Decimal(0) and offers[1].shipping == Decimal("5.35")


def test_an_item_s_own_page_is_about_that_item_alone(shared_data: Path) -> None:
    _, [offer], _ = _read(shared_data, "facebook-listing")
    assert (offer.price, offer.condition, offer.availability) == (Decimal("10.00"), "new", "InStock")
    assert offer.published_at is not None and offer.published_at.year == 2025
    assert offer.merchant == ""
