"""Reading saved product pages: F1 by field on the public benchmark pages, where they lie beside the project, ours beside extruct's.

The definition is that of the benchmark (scrapinghub/product-extraction-benchmark): a price is right when it is the same decimal number,
availability and SKU when they are the same text; a wrong value counts as both a false positive and a miss. What extruct finds
is read as the benchmark's own baseline reads it: of the head,
JSON-LD and microdata the later one counts, of each its first product and that product's first offer.
"""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from agents.scanning.pages.amounts import find
from agents.scanning.pages.availability import detail_of
from agents.scanning.pages.product_page import extract_product
from benchmarks.measurement import Measurement

FOLDER = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "pages" / "products"
FIELDS = ("price", "availability", "sku")
Found = dict[str, str | None]


def run() -> list[Measurement]:
    """F1 for each field and reader, and pages a second; nothing where the pages are absent."""
    pages = bodies_and_addresses()
    if not pages:
        return [Measurement("pages found", 0, "pages")]
    truth = json.loads((FOLDER / "ground-truth.json").read_text("utf-8"))
    ours = _timed(lambda body, url: extract_product(body, url).as_json(), pages)
    scores = _scores("ours", truth, ours[0])
    try:
        theirs = _timed(_extruct, pages)
    except ImportError:
        return [*scores, Measurement("pages read, ours", ours[1], "a second")]
    return [
        *scores,
        *_scores("extruct", truth, theirs[0]),
        Measurement("pages read, ours", ours[1], "a second"),
        Measurement("pages read, extruct", theirs[1], "a second"),
    ]


def bodies_and_addresses() -> dict[str, tuple[bytes, str]]:
    """The saved pages and their addresses by name; empty where they are absent."""
    if not FOLDER.is_dir():
        return {}
    truth = json.loads((FOLDER / "ground-truth.json").read_text("utf-8"))
    return {
        name: (gzip.decompress((FOLDER / "html" / f"{name}.html.gz").read_bytes()), fields["url"])
        for name, fields in truth.items()
    }


def _timed(
    reader: Callable[[bytes, str], dict[str, Any]], pages: dict[str, tuple[bytes, str]]
) -> tuple[dict[str, dict[str, Any]], float]:
    began = time.perf_counter()
    found = {name: reader(*page) for name, page in pages.items()}
    return found, len(pages) / (time.perf_counter() - began)


def _scores(reader: str, truth: dict[str, Any], found: dict[str, dict[str, Any]]) -> list[Measurement]:
    return [
        Measurement(
            f"F1, {field}, {reader}", f1([(found[name].get(field), truth[name].get(field, [])) for name in truth]), ""
        )
        for field in FIELDS
    ]


def _extruct(body: bytes, url: str) -> Found:
    """What extruct finds. It is a dependency of development alone."""
    import extruct

    syntaxes = ["opengraph", "json-ld", "microdata"]
    data = extruct.extract(body.decode("utf-8", "replace"), base_url=url, uniform=True, syntaxes=syntaxes, errors="log")
    found: Found = {}
    head = next(iter(data["opengraph"]), {})
    found |= _said(_lower(head), "product:sku", "product:price:amount", "product:availability")
    for syntax in ("json-ld", "microdata"):
        nodes = [node for node in data[syntax] if "Product" in str(node.get("@type"))]
        if not nodes:
            nodes = [n["mainEntity"] for n in data[syntax] if n.get("@type") == "ItemPage" and n.get("mainEntity")]
        if nodes and isinstance(nodes[0], dict):
            node = _lower(nodes[0])
            offers = node.get("offers")
            offer = offers[0] if isinstance(offers, list) and offers else offers
            merged = node | (offer if isinstance(offer, dict) else {})
            price = "price" if merged.get("price") else "highPrice" if merged.get("highPrice") else "lowPrice"
            found |= _said(merged | {"sku": node.get("sku") or node.get("productid")}, "sku", price, "availability")
    return found


def _lower(node: dict[str, Any]) -> dict[str, Any]:
    return {str(key).lower(): value for key, value in node.items()}


def _said(node: dict[str, Any], sku: str, price: str, availability: str) -> Found:
    amounts = [one.readings[-1] for one in find(str(node.get(price) or ""))]
    detail = detail_of(node.get(availability))
    said = {
        "sku": str(node[sku]) if node.get(sku) else None,
        "price": str(amounts[0]) if amounts else None,
        "availability": None if detail is None else "OutOfStock" if detail in _OUT else "InStock",
    }
    return {field: value for field, value in said.items() if value is not None}


_OUT = frozenset({"OutOfStock", "SoldOut", "Discontinued"})


def f1(answers: list[tuple[str | None, list[str]]]) -> float:
    """F1 over pairs of an answer and the accepted values, of which there may be none."""
    right = sum(_is_right(answer, accepted) for answer, accepted in answers)
    given = sum(answer is not None for answer, _ in answers)
    wanted = sum(bool(accepted) for _, accepted in answers)
    return 2 * right / (given + wanted)


def _is_right(answer: str | None, accepted: list[str]) -> bool:
    if answer is None:
        return False
    return answer in accepted or any(_number(answer) == _number(value) is not None for value in accepted)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        return None
