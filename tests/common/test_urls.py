"""Addresses: one for each thing, and nothing in them that only tracks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.urls import absolute_url, canonical_url, host_of, is_web_url, marketplace_of


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://Shop.Example:443/A/b?b=2&a=1#top", "https://shop.example/A/b?a=1&b=2"),
        ("http://shop.example", "http://shop.example/"),
        ("http://shop.example:8080/x", "http://shop.example:8080/x"),
        ("https://user:secret@shop.example/x", "https://shop.example/x"),
        ("https://shop.example/p?utm_source=a&utm_medium=b&gclid=c&fbclid=d&id=5", "https://shop.example/p?id=5"),
        ("https://shop.example/p?ref=home&tag=blue&au=1", "https://shop.example/p?au=1&tag=blue"),
        ("https://www.amazon.com.au/Long-Name/dp/B09FRRWVWX/ref=sr_1?tag=x-20&psc=1", "https://www.amazon.com.au/dp/B09FRRWVWX"),
        ("https://www.amazon.com/gp/product/B09FRRWVWX?th=1", "https://www.amazon.com/dp/B09FRRWVWX"),
        ("https://www.ebay.com.au/itm/Some-title/313155128454?var=6119&mkcid=16", "https://www.ebay.com.au/itm/313155128454?var=6119"),
        ("https://slickdeals.net/f/9365459-laika?utm_source=rss&utm_content=fp", "https://slickdeals.net/f/9365459-laika"),
        ("https://click.linksynergy.com/deeplink?id=1&murl=https%3A%2F%2Fshop.example%2Fip%2F1%3Futm_source%3Dx", "https://shop.example/ip/1"),
        ("https://www.google.com/url?q=https://shop.example/a&sa=D", "https://shop.example/a"),
        ("https://www.google.com/search?q=https://shop.example/a", "https://www.google.com/search?q=https%3A%2F%2Fshop.example%2Fa"),
        ("https://href.li/?https://shop.example/x", "https://shop.example/x"),
        ("https://exämple.example/", "https://xn--exmple-cua.example/"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        (" mailto:a@b.example ", "mailto:a@b.example"),
    ],
)  # fmt: skip
def test_the_address_of_the_thing_itself(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical


@given(st.text(max_size=100) | st.from_regex(r"https?://[a-z.]{1,20}(:[0-9]{1,6})?/[a-z?&=%#]{0,30}", fullmatch=True))
def test_no_address_breaks_it(url: str) -> None:
    once = canonical_url(url)
    if is_web_url(url):
        assert is_web_url(once)
        assert canonical_url(once) == once
    marketplace_of(url)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://www.amazon.co.uk/dp/B0", "amazon"),
        ("https://amzn.to/3x", "amazon"),
        ("https://www.ebay.de/itm/1", "ebay"),
        ("https://www.ozbargain.com.au/node/1", "ozbargain"),
        ("https://shop.example.co.uk/x", "example.co.uk"),
        ("https://shop.example.com/x", "example.com"),
        ("http://127.0.0.1:8000/", "127.0.0.1"),
        ("https://notamazon.example/", "notamazon.example"),
        ("https://amazon.evil.example/", "evil.example"),
        ("nothing", ""),
    ],
)
def test_the_place_of_an_address(url: str, place: str) -> None:
    assert marketplace_of(url) == place


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "", "http://[bad", "ftp://x/y"])
def test_a_link_that_is_no_web_address_leads_nowhere(link: str) -> None:
    assert absolute_url(link, "") == ""


def test_a_link_is_seen_from_its_page() -> None:
    assert absolute_url("../b?x=1", "https://e.example/a/c") == "https://e.example/b?x=1"
    assert host_of("https://www.Example.com./x") == "example.com"
