from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agents.scanning.pages.document import MAX_PAGE_BYTES, UnreadablePage
from agents.scanning.pages.product_page import extract_product
from benchmarks.bench_pages import f1
from tests.commands import run_manage


def page(head: str = "", body: str = "") -> bytes:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode()


def json_ld(node: Any) -> str:
    return f'<script type="application/ld+json">{node if isinstance(node, str) else json.dumps(node)}</script>'


CONTRACT = ("name", "price", "currency", "availability", "sku", "brand", "image", "method")
OFFER = {"@type": "Offer", "price": "129.90", "priceCurrency": "EUR", "availability": "https://schema.org/InStock"}
LAMP = {
    "@type": "Product",
    "name": "Lamp",
    "sku": "L-1",
    "brand": {"name": "Lux"},
    "image": ["/lamp.jpg"],
    "offers": OFFER,
}


def test_json_ld_gives_every_field() -> None:
    found = extract_product(page(json_ld({"@graph": [{"@type": "WebPage"}, LAMP]})), "https://shop.example/lamp")
    said = found.as_json()
    assert {key: said[key] for key in CONTRACT} == {
        "name": "Lamp",
        "price": "129.90",
        "currency": "EUR",
        "availability": "InStock",
        "sku": "L-1",
        "brand": "Lux",
        "image": "https://shop.example/lamp.jpg",
        "method": "json-ld",
    }


def test_microdata_gives_the_same() -> None:
    found = extract_product(
        page(
            body="""<div itemscope itemtype="https://schema.org/Product"><h1 itemprop="name">Lamp</h1>
            <span itemprop="brand" itemscope itemtype="https://schema.org/Brand"><b itemprop="name">Lux</b></span>
            <i itemprop="sku">L-1</i><img itemprop="image" src="lamp.jpg">
            <div itemprop="offers" itemscope itemtype="https://schema.org/Offer"><span itemprop="price">1.106,18 €</span>
            <meta itemprop="priceCurrency" content="EUR"><link itemprop="availability" href="http://schema.org/OutOfStock"></div></div>"""
        ),
        "https://shop.example/a/",
    )
    assert (found.price, found.currency, found.availability) == (Decimal("1106.18"), "EUR", "OutOfStock")
    assert (found.name, found.brand, found.sku, found.image) == (
        "Lamp",
        "Lux",
        "L-1",
        "https://shop.example/a/lamp.jpg",
    )
    assert found.method == "microdata"


def test_the_head_fills_what_the_body_leaves_out() -> None:
    head = '<meta property="og:title" content="Lamp"><meta property="product:price:amount" content="19.99">'
    found = extract_product(page(head + '<meta property="product:price:currency" content="GBP">'))
    assert (found.name, found.price, found.currency, found.sku, found.method) == (
        "Lamp",
        Decimal("19.99"),
        "GBP",
        None,
        "meta",
    )


def test_the_product_that_the_page_is_about_wins_over_related_ones() -> None:
    shade = {**LAMP, "name": "Shade", "sku": "S-9", "offers": {**OFFER, "price": "9.99"}}
    found = extract_product(page("<title>Lamp - Shop</title>" + json_ld([shade, {**LAMP, "isRelatedTo": [shade]}])))
    assert (found.name, found.price) == ("Lamp", Decimal("129.90"))


@pytest.mark.parametrize(
    ("stated", "code"), [("23450", "PKR"), (23450.0, "ARS"), ("23450.00", "KZT"), ("23,450.00", "BYN")]
)
def test_a_bare_number_is_read_whatever_its_currency(stated: Any, code: str) -> None:
    found = extract_product(page(json_ld({**LAMP, "offers": {"price": stated, "priceCurrency": code}})))
    assert (found.price, found.currency) == (Decimal(23450), code)


@pytest.mark.parametrize(
    "node",
    [
        "{not json",
        "[" * 5000,
        '{"@type": "Product", "name": "a\nb", "offers": "none"}',
        {"@type": "Product", "offers": {"price": "call us", "priceCurrency": "EUR"}},
        {"@type": "Product", "offers": {"price": 0, "priceCurrency": "EUR"}},
        {"@type": ["Product"], "offers": [{"price": None}, 7, []]},
        {"@type": "Product", "brand": {"name": {"a": 1}}, "image": {"url": 5}, "sku": True},
    ],
)
def test_damaged_data_gives_no_price_and_no_error(node: Any) -> None:
    found = extract_product(page(json_ld(node)))
    assert (found.price, found.currency) == (None, None)


@pytest.mark.parametrize("body", [b"", b"  \n", b"just words", b"\x00\xff\x00"])
def test_what_is_no_page_is_refused_with_a_sentence(body: bytes) -> None:
    with pytest.raises(UnreadablePage, match="page"):
        extract_product(body)


def test_a_page_without_end_is_refused() -> None:
    with pytest.raises(UnreadablePage, match="larger"):
        extract_product(b"<p>" + b"a" * MAX_PAGE_BYTES)


def test_the_command_names_each_file_and_fails_for_those_that_it_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "lamp.html.gz").write_bytes(gzip.compress(page(json_ld(LAMP))))
    (tmp_path / "cut.html.gz").write_bytes(gzip.compress(page(json_ld(LAMP)))[:40])
    (tmp_path / "map.json").write_text('{"lamp": "https://shop.example/x/"}')
    ran = run_manage("extract", str(tmp_path), "--json", "--url-map", str(tmp_path / "map.json"), home=tmp_path / "var")
    assert ran.returncode == 1
    assert [json.loads(line)["file"] for line in ran.stdout.splitlines()] == ["lamp.html.gz"]
    assert json.loads(ran.stdout)["image"] == "https://shop.example/lamp.jpg"
    assert "cut.html.gz: The gzip file is damaged" in ran.stderr
    assert not list((tmp_path / "var").rglob("PG_VERSION")), "no server was needed"


def test_saved_pages_are_read_as_well_as_was_measured(shared_data: Path) -> None:
    """A third of the public pages (all of them: `python -m benchmarks pages`), and a floor below what was measured for all."""
    folder = shared_data / "pages" / "products"
    truth = json.loads((folder / "ground-truth.json").read_text())
    names = sorted(truth)[::3]
    found = {
        name: extract_product(gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes()), truth[name]["url"])
        for name in names
    }
    scores = {
        field: f1([(found[name].as_json()[field], truth[name].get(field, [])) for name in names])
        for field in ("price", "availability", "sku")
    }
    assert scores["price"] > 0.88
    assert scores["availability"] > 0.88
    assert scores["sku"] > 0.85
