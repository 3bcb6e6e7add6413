"""Products that a page describes in microdata or RDFa Lite with schema.org's words, as the same nodes as JSON-LD gives."""

from __future__ import annotations

from typing import Any

from lxml import html

from agents.scanning.pages.jsonld import Node

_URL_ATTRIBUTES = {"a": "href", "link": "href", "img": "src", "object": "data", "source": "src", "iframe": "src"}
_SYNTAXES = (("itemtype", "itemprop"), ("typeof", "property"))


def products(tree: html.HtmlElement) -> list[Node]:
    """Return the product nodes of a page in its order, those inside of another item last."""
    main: list[Node] = []
    inner: list[Node] = []
    for type_attribute, property_attribute in _SYNTAXES:
        for element in tree.iterfind(f".//*[@{type_attribute}]"):
            if not _is_product(element.get(type_attribute, "")):
                continue
            target = inner if element.get(property_attribute) else main
            target.append(_node(element, type_attribute, property_attribute))
    return main + inner


def _is_product(types: str) -> bool:
    return any(
        kind.rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower() in {"product", "individualproduct"} for kind in types.split()
    )


def _node(element: html.HtmlElement, type_attribute: str, property_attribute: str) -> Node:
    node: Node = {"@type": element.get(type_attribute, "").rsplit("/", 1)[-1]}
    stack = list(reversed(element))
    while stack:
        child = stack.pop()
        if not isinstance(child.tag, str):
            continue
        is_item = child.get(type_attribute) is not None
        value: Any = _node(child, type_attribute, property_attribute) if is_item else None
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
    return " ".join(element.text_content().split())
