"""Craigslist, Gumtree and Facebook: addresses that are made, layouts that are read, and what is sold or pending."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from agents.scanning.sources.craigslist.config import CraigslistConfig
from agents.scanning.sources.gumtree.config import GumtreeConfig
from agents.scanning.sources.registry import get_kind
from tests.agents.scanning.sources import bodies
from tests.agents.scanning.sources.reading import read


@pytest.mark.parametrize(
    ("config", "address"),
    [
        (
            {"city": "newyork", "query": "ligne roset", "category": "fua"},
            "https://newyork.craigslist.org/search/fua?query=ligne+roset&sort=date",
        ),
        (
            {
                "city": "newyork",
                "area": "brk",
                "min_price": 10,
                "max_price": 400,
                "has_picture": True,
                "sort": "priceasc",
            },
            "https://newyork.craigslist.org/search/brk/sss?min_price=10&max_price=400&hasPic=1&sort=priceasc",
        ),
        (
            {"city": "sfbay", "query": "a&b=c #?"},
            "https://sfbay.craigslist.org/search/sss?query=a%26b%3Dc+%23%3F&sort=date",
        ),
        ({}, ""),
    ],
)
def test_the_address_of_any_city_category_and_query(config: Any, address: str) -> None:
    assert get_kind("craigslist").address(CraigslistConfig(**config)) == address


@pytest.mark.parametrize(
    "wrong",
    [{"city": "evil.example/"}, {"city": "new york"}, {"category": "sss/../x"}, {"area": "BRK"}, {"min_price": -1}],
)
def test_a_part_of_an_address_that_could_lead_elsewhere_is_refused(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        CraigslistConfig(**({"city": "sfbay"} | wrong))


def test_the_list_of_craigslist_today() -> None:
    [desk], [lamp, chair] = read("craigslist", bodies.CRAIGSLIST_STATIC, "https://boston.craigslist.org/search/fua")
    assert (desk.title, desk.price, desk.currency, desk.location) == ("Oak desk", Decimal("1250"), "USD", "Cambridge")
    assert desk.image_url == "https://images.craigslist.org/00A0A_desk_600x450.jpg"
    assert desk.external_id == "7712345678"
    assert (lamp.reason, chair.reason) == ("it is given away, so there is no price to judge", "it states no price")


def test_the_rows_of_craigslist_until_2022_and_a_posting() -> None:
    [radio], _ = read("craigslist", bodies.CRAIGSLIST_ROWS, "https://sfbay.craigslist.org/search/ela")
    assert (radio.price, radio.location, radio.image_url) == (
        Decimal(85),
        "palo alto",
        "https://images.craigslist.org/00a0a_radio_600x450.jpg",
    )
    url = "https://boston.craigslist.org/gbs/bik/d/somerville-road-bike/7712345690.html"
    [bike], _ = read("craigslist", bodies.CRAIGSLIST_POSTING, url)
    assert (bike.title, bike.price, bike.condition, bike.location) == ("Road bike", Decimal(420), "used", "Somerville")
    assert bike.published_at is not None and bike.description == "Rides well."


def test_a_search_without_results_is_empty_not_broken() -> None:
    nothing = bodies.page("<ol class='cl-static-search-results'></ol><p>No results</p>")
    assert read("craigslist", nothing, "https://boston.craigslist.org/search/fua") == ([], [])
    assert read(
        "gumtree", bodies.page("<h1>0 results for unicorn in UK</h1>"), "https://www.gumtree.com/search?q=unicorn"
    ) == ([], [])
    assert read(
        "facebook", bodies.page("<div>No listings found in this area</div>"), "https://www.facebook.com/marketplace/"
    ) == ([], [])
    assert read(
        "ebay", bodies.page("<h1>0 results for unicorn</h1>"), "https://www.ebay.com/sch/i.html?_nkw=unicorn"
    ) == ([], [])


def test_the_address_of_a_search_on_gumtree() -> None:
    assert GumtreeConfig(query="blue sofa", location="leeds", max_price=100).address == (
        "https://www.gumtree.com/search?search_category=all&search_location=leeds&q=blue+sofa&max_price=100&sort=date"
    )
    assert (
        GumtreeConfig(site="au", query="blue  sofa", min_price=5).address
        == "https://www.gumtree.com.au/s-blue+sofa/k0?price=5__"
    )
    assert GumtreeConfig().address == ""


def test_the_layouts_of_gumtree() -> None:
    [synth], [sofa] = read("gumtree", bodies.GUMTREE_UK, "https://www.gumtree.com/search?q=synth")
    assert (synth.price, synth.currency, synth.location) == (Decimal(1450), "GBP", "Leeds, West Yorkshire")
    assert (synth.url, synth.external_id) == (
        "https://www.gumtree.com/p/synthesizers/grand-synth/1471407444",
        "1471407444",
    )
    assert sofa.reason == "its price is told on request"
    [guitar], _ = read("gumtree", bodies.GUMTREE_AU, "https://www.gumtree.com.au/s-guitars/k0c18613")
    assert (guitar.price, guitar.currency, guitar.location) == (Decimal(350), "AUD", "Sydney, NSW")
    [bicycle], _ = read("gumtree", bodies.GUMTREE_PL)
    assert (bicycle.price, bicycle.currency, bicycle.location, bicycle.image_url) == (
        Decimal(1900),
        "PLN",
        "Kraków",
        "https://i.ebayimg.com/r.jpg",
    )


def test_facebook_s_sold_pending_and_hidden_states() -> None:
    body = bodies.facebook(
        bodies.facebook_item("628088039705741", "Live one"),
        bodies.facebook_item("628088039705742", "Sold one", is_sold=True, is_live=False),
        bodies.facebook_item("628088039705743", "Pending one", is_pending=True),
        bodies.facebook_item(
            "628088039705744", "Free one", listing_price={"formatted_amount": "Free", "amount": "0.00"}
        ),
        bodies.facebook_item("628088039705745", "Foreign one", listing_price={"amount": "30.00", "currency": "CAD"}),
    )
    offers, skips = read("facebook", body, "https://www.facebook.com/marketplace/houston/")
    assert [(offer.title, offer.availability, offer.currency) for offer in offers] == [
        ("Live one", "InStock", "USD"), ("Sold one", "SoldOut", "USD"),
        ("Pending one", "Reserved", "USD"), ("Foreign one", "InStock", "CAD"),
    ]  # fmt: skip
    assert [skip.reason for skip in skips] == ["it is given away, so there is no price to judge"]


def test_the_name_of_a_private_seller_is_not_kept() -> None:
    entries = get_kind("facebook").parse(bodies.FACEBOOK_SEARCH, "", "")
    assert "Private Person" not in str([entry.as_json() for entry in entries])


def test_facebook_and_what_people_send_are_never_fetched() -> None:
    assert [name for name in ("facebook", "submitted", "feed", "page", "ebay") if get_kind(name).is_fetched] == [
        "feed",
        "page",
        "ebay",
    ]
