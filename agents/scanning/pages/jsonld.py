"""Products that a page describes in JSON-LD with schema.org's words (https://schema.org/Product)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml import html

Node = dict[str, Any]

_PRODUCT_TYPES = {"Product", "ProductGroup", "IndividualProduct", "ProductModel", "Vehicle", "Book", "SomeProducts"}
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f]+")
_MAX_DEPTH = 12


def products(tree: html.HtmlElement) -> list[Node]:
    """Return the product nodes of a page in its order, those inside of lists and related products last."""
    main: list[Node] = []
    listed: list[Node] = []
    for script in tree.iterfind(".//script[@type]"):
        if script.get("type", "").split(";")[0].strip().lower() != "application/ld+json":
            continue
        for node, nested in _walk(_loaded(script.text or ""), 0, nested=False):
            (listed if nested else main).append(node)
    return main + listed


def _loaded(text: str) -> Any:
    text = text.strip().removeprefix("<!--").removesuffix("-->").strip().rstrip(";")
    text = text.removeprefix("//<![CDATA[").removeprefix("<![CDATA[").removesuffix("//]]>").removesuffix("]]>")
    for candidate in (text, _CONTROL_CHARACTERS.sub(" ", text)):
        try:
            return json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _walk(value: Any, depth: int, *, nested: bool) -> Iterator[tuple[Node, bool]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, depth + 1, nested=nested)
    elif isinstance(value, dict):
        if types_of(value) & _PRODUCT_TYPES:
            yield value, nested
        for key, inner in value.items():
            if key in {"offers", "review", "aggregateRating"}:
                continue
            yield from _walk(inner, depth + 1, nested=nested or key not in {"@graph", "mainEntity", "mainEntityOfPage"})


def types_of(node: Node) -> set[str]:
    """Return a node's types without their namespace."""
    found = node.get("@type")
    types = found if isinstance(found, list) else [found]
    return {str(kind).rsplit("/", 1)[-1].removeprefix("schema:") for kind in types if kind}
