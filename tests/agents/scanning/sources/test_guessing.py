"""Which kind a body is for, where nobody says it."""

from __future__ import annotations

import pytest

from agents.scanning.sources.guessing import guess_kind, kind_of_address
from tests.agents.scanning.feeds import item, rss
from tests.agents.scanning.sources import bodies


@pytest.mark.parametrize(("kind", "body", "url"), [good for good in bodies.GOOD if good[0] != "submitted"])
def test_the_address_or_the_page_itself_says_it(kind: str, body: bytes, url: str) -> None:
    assert guess_kind(body, url) == kind


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (bodies.FACEBOOK_SEARCH, "facebook"),
        (bodies.EBAY_CARDS, "ebay"),
        (bodies.CRAIGSLIST_STATIC, "craigslist"),
        (bodies.GUMTREE_AU, "gumtree"),
        (bodies.PRODUCT, "page"),
        (bodies.page("", head='<link rel="canonical" href="https://boston.craigslist.org/x">'), "craigslist"),
        (bodies.page("", head='<link href="https://www.ebay.de/itm/1" rel="canonical">'), "ebay"),
        (b"<?xml version='1.0'?><!DOCTYPE html><html></html>", "page"),
        (rss([item(1, "<html> in a title")]), "feed"),
        (b"<!-- hello --><rss version='2.0'></rss>", "feed"),
        (b"", "feed"),
        (b"words", "feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "feed"),
    ],
)
def test_without_an_address_the_content_says_it(body: bytes, kind: str) -> None:
    assert guess_kind(body) == kind


def test_a_page_does_not_become_another_place_s_by_mentioning_it() -> None:
    assert guess_kind(bodies.FACEBOOK_SEARCH, "https://shop.example/") == "page"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://boston.craigslist.org/search/sss", "craigslist"),
        ("https://www.gumtree.com.au/s-x/k0", "gumtree"),
        ("https://www.facebook.com/marketplace/", "facebook"),
        ("https://api.ebay.com/buy/browse/v1/item_summary/search?q=x", "ebay"),
        ("https://www.ebay.com/rss", "feed"),
        ("https://shop.example/feed", "feed"),
        ("nonsense", "feed"),
    ],
)
def test_the_kind_of_an_address(url: str, kind: str) -> None:
    assert kind_of_address(url) == kind
