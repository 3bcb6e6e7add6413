"""Products that a page describes in microdata or RDFa Lite with schema.org's words, as the same nodes as JSON-LD gives."""

from __future__ import annotations

from itertools import islice
from typing import Any

from lxml import html

from agents.scanning.pages.jsonld import Node

_URL_ATTRIBUTES = {"a": "href", "link": "href", "img": "src", "object": "data", "source": "src", "iframe": "src"}
_MAX_DEPTH = 12
_MOST_VISITS = 60_000
_LONGEST_TEXT = 5_000
_SYNTAXES = (("itemtype", "itemprop"), ("typeof", "property"))


def products(tree: html.HtmlElement) -> list[Node]:
    """Return the product nodes of a page in its order, those inside of another item last."""
    main: list[Node] = []
    inner: list[Node] = []
    left = [_MOST_VISITS]
    for type_attribute, property_attribute in _SYNTAXES:
        for element in tree.iterfind(f".//*[@{type_attribute}]"):
            if not _is_product(element.get(type_attribute, "")):
                continue
            if left[0] <= 0:
                return main + inner
            target = inner if element.get(property_attribute) else main
            target.append(_node(element, type_attribute, property_attribute, left))
    return main + inner


def _is_product(types: str) -> bool:
    return any(
        kind.rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower() in {"product", "individualproduct"} for kind in types.split()
    )


def _node(
    element: html.HtmlElement, type_attribute: str, property_attribute: str, left: list[int], depth: int = 0
) -> Node:
    """One item. `left` counts down the elements that may still be looked at: pages can nest items without end."""
    node: Node = {"@type": element.get(type_attribute, "").rsplit("/", 1)[-1]}
    stack = list(reversed(element))
    while stack and left[0] > 0:
        child = stack.pop()
        left[0] -= 1
        if not isinstance(child.tag, str):
            continue
        is_item = child.get(type_attribute) is not None
        if is_item and depth >= _MAX_DEPTH:
            continue
        value: Any = _node(child, type_attribute, property_attribute, left, depth + 1) if is_item else None
        for name in (child.get(property_attribute) or "").split():
            _add(node, name.rsplit(":", 1)[-1], value if is_item else _value(child))
        if not is_item:
            stack.extend(reversed(child))
    return node


def _add(node: Node, name: str, value: Any) -> None:
    if name not in node:
        node[name] = value
    elif isinstance(node[name], list):
        node[name].append(value)
    else:
        node[name] = [node[name], value]


def _value(element: html.HtmlElement) -> str:
    content: str | None = element.get("content")
    if content is not None:
        return content.strip()
    attribute = _URL_ATTRIBUTES.get(element.tag)
    if attribute and element.get(attribute):
        return str(element.get(attribute)).strip()
    if element.tag in {"meter", "data"} and element.get("value"):
        return str(element.get("value")).strip()
    pieces: list[str] = []
    length = 0
    for text in islice(element.itertext(), 500):
        pieces.append(text)
        length += len(text)
        if length > _LONGEST_TEXT:
            break
    return " ".join("".join(pieces).split())
