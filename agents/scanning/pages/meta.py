"""What a page says of its product in its head: Open Graph, product tags, title and canonical address."""

from __future__ import annotations

from lxml import html

from agents.scanning.pages.jsonld import Node

_PRICES = ("product:sale_price:amount", "product:price:amount", "og:price:amount")
_CURRENCIES = ("product:sale_price:currency", "product:price:currency", "og:price:currency")


def properties(tree: html.HtmlElement) -> dict[str, str]:
    """Return the page's meta tags, the first of each name, names in lower case."""
    found: dict[str, str] = {}
    for tag in tree.iterfind(".//meta[@content]"):
        name = (tag.get("property") or tag.get("name") or "").strip().lower()
        if name and tag.get("content", "").strip():
            found.setdefault(name, " ".join(tag.get("content", "").split()))
    return found


def product(tree: html.HtmlElement) -> Node:
    """Return the product that the head describes, as the same kind of node as JSON-LD gives; empty where it says nothing."""
    tags = properties(tree)
    offer = {
        "price": next((tags[name] for name in _PRICES if name in tags), None),
        "priceCurrency": next((tags[name] for name in _CURRENCIES if name in tags), None),
        "availability": tags.get("product:availability") or tags.get("og:availability"),
    }
    node = {
        "name": tags.get("og:title") or tags.get("twitter:title") or page_title(tree),
        "brand": tags.get("product:brand") or tags.get("og:brand"),
        "sku": tags.get("product:retailer_item_id") or tags.get("product:sku"),
        "image": tags.get("og:image") or tags.get("twitter:image"),
        "offers": {key: value for key, value in offer.items() if value},
    }
    return {key: value for key, value in node.items() if value}


def page_title(tree: html.HtmlElement) -> str:
    """Return the page's title on one line, or nothing."""
    return " ".join((tree.findtext(".//title") or "").split())


def canonical(tree: html.HtmlElement) -> str:
    """Return the address that the page calls its own, or nothing."""
    for link in tree.iterfind(".//link[@rel]"):
        if "canonical" in link.get("rel", "").lower().split():
            return str(link.get("href", "")).strip()
    return properties(tree).get("og:url", "")
