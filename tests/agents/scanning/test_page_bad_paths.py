"""Whatever bytes come: a page is read, or refused with a sentence; never an error, and never without end."""

from __future__ import annotations

import gzip
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents.scanning.pages.document import UnreadablePage
from agents.scanning.pages.product_page import ProductPage, extract_product

PAGE = (
    '<!doctype html><html lang="de"><head><title>Lampe Größe Öl | Shop</title>'
    '<meta property="og:title" content="Lampe Größe Öl"><script type="application/ld+json">{"@type": "Product", "name": "Lampe Größe Öl", '
    '"offers": {"price": "12.50", "priceCurrency": "EUR"}}'
    "</script><script>window.state = {\"product\": {\"name\": \"Lampe Größe Öl\", \"price\": 12.5}};</script></head><body>"
    '<div itemscope itemtype="https://schema.org/Product"><h1 itemprop="name">Lampe Größe Öl</h1><p class="price">12,50 €</p>'
    "<p>Art.-Nr.: 88-123</p><button>In den Warenkorb</button></div></body></html>"
)  # fmt: skip


def read(body: bytes, url: str = "") -> ProductPage | None:
    try:
        return extract_product(body, url)
    except UnreadablePage as error:
        assert str(error).endswith(".")
        return None


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=400), st.text(max_size=60))
@example(b"<a href='http://[::1'>x", "http://[")
@example(
    b"<html><body itemscope itemtype=Product><p itemprop='offers' itemscope><p itemprop=price content='\xff'>", "//"
)
def test_any_bytes(body: bytes, url: str) -> None:
    read(body, url)
    read(b"<p>" + body, url)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(PAGE)), st.integers(0, len(PAGE)), st.text(alphabet="<>\"'={}[]&;/\\0€ \x00é", max_size=12))
def test_a_page_that_is_cut_or_damaged(start: int, end: int, inserted: str) -> None:
    read((PAGE[:start] + inserted + PAGE[end:]).encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "iso-8859-15"])
def test_the_bytes_decide_where_the_page_says_another_encoding(encoding: str) -> None:
    text = PAGE.replace("<head>", '<head><meta charset="utf-8">') if encoding.startswith("utf-8") else PAGE
    found = extract_product(text.encode(encoding), "", f"text/html; charset={encoding}" if "-1" in encoding else None)
    assert (found.name, found.price, found.currency) == ("Lampe Größe Öl", Decimal("12.50"), "EUR")


def test_a_wrong_declaration_costs_letters_and_not_the_price() -> None:
    found = extract_product(PAGE.encode("cp1252", "replace"), "", "text/html; charset=utf-8")
    assert (found.price, found.sku) == (Decimal("12.50"), "88-123")


@pytest.mark.parametrize(
    "body",
    [b"{\"price\": 12}", b"%PDF-1.7 \x00\x01", gzip.compress(PAGE.encode()), b"\x89PNG\r\n\x1a\n\x00",
     b"price,name\n12,lamp\n", b"\xef\xbb\xbf"],
)  # fmt: skip
def test_what_is_no_page_gives_nothing(body: bytes) -> None:
    found = read(body)
    assert found is None or (found.price is None and found.sku is None)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<div>" * 40_000, "</div>" * 40_000),
        ("<div class='price'><span>9" * 2_000, ""),
        ("<b>" * 5_000 + "9,99 €", "</b>" * 5_000),
        ("<table><tr><td>" * 4_000, ""),
        ('<div itemscope itemtype="https://schema.org/Product" itemprop="offers">' * 3_000, "</div>" * 3_000),
    ],
)
def test_boxes_without_end_inside_of_each_other(before: str, after: str) -> None:
    read((before + PAGE + after).encode())


def test_a_page_of_ten_megabytes() -> None:
    filler = (
        "<div class='card'><a href='/p'><img src='/i.jpg'>Another thing</a><span class='price'>19,50 €</span></div>"
    )
    body = (PAGE.replace("</body>", filler * (10_000_000 // len(filler)) + "</body>")).encode()
    assert len(body) > 9_900_000
    assert extract_product(body).price == Decimal("12.50")


def test_json_that_is_nested_without_end_is_left_aside() -> None:
    deep = '{"name": "Lampe", "price": ' * 20_000
    scripts = f'<script type="application/ld+json">{"[" * 50_000}</script><script>window.x = {deep};</script>'
    assert extract_product(PAGE.replace("<head>", f"<head>{scripts}").encode()).price == Decimal("12.50")
