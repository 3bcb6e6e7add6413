"""The public benchmark's product pages with what helps their reader taken away: a stand-in for pages that nobody has looked at.

Without data: no scripts, no head properties, no microdata or RDFa. Without names: no class, id or name of any element. Bare: neither,
so that the words and the places of the page are all that is left.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from lxml import html

from agents.scanning.pages.document import parse_page
from agents.scanning.pages.product_page import extract_product
from benchmarks.bench_pages import FIELDS, FOLDER, bodies_and_addresses, f1
from benchmarks.measurement import Measurement

_DATA = ("itemprop", "itemscope", "itemtype", "typeof", "property", "vocab")
_NAMES = ("class", "id", "name", "data-testid")


def run() -> list[Measurement]:
    """F1 for each field and each way of taking away; nothing where the pages are absent."""
    pages = bodies_and_addresses()
    if not pages:
        return [Measurement("pages found", 0, "pages")]
    truth = json.loads((FOLDER / "ground-truth.json").read_text("utf-8"))
    measured = []
    ways: tuple[tuple[str, tuple[Callable[[html.HtmlElement], None], ...]], ...] = (
        ("without data", (_without_data,)),
        ("without names", (_without_names,)),
        ("bare", (_without_data, _without_names)),
    )
    for label, takers in ways:
        found = {name: _read(body, url, takers) for name, (body, url) in pages.items()}
        for field in FIELDS:
            pairs = [(found[name].get(field), truth[name].get(field, [])) for name in truth]
            measured.append(Measurement(f"F1, {field}, {label}", f1(pairs), ""))
    return measured


def _read(body: bytes, url: str, takers: tuple[Callable[[html.HtmlElement], None], ...]) -> dict[str, str | None]:
    tree = parse_page(body, None)
    for take in takers:
        take(tree)
    left = html.tostring(tree, encoding="utf-8", doctype="<!doctype html>")
    return extract_product(left, url, "text/html; charset=utf-8").as_json()


def _without_data(tree: html.HtmlElement) -> None:
    for script in list(tree.iter("script")):
        script.drop_tree()
    for tag in list(tree.iter("meta")):
        if tag.get("property") or (tag.get("name") or "").startswith(("product", "twitter", "og")):
            tag.drop_tree()
    _without(tree, _DATA)


def _without_names(tree: html.HtmlElement) -> None:
    _without(tree, _NAMES)


def _without(tree: html.HtmlElement, attributes: tuple[str, ...]) -> None:
    for element in tree.iter():
        if isinstance(element.tag, str) and element.tag != "meta":
            for name in attributes:
                element.attrib.pop(name, None)
