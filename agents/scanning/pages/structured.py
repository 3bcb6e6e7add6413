"""What one description of a product in schema.org's words states, whichever way the page carries it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urljoin, urlsplit

from agents.scanning.pages import amounts, availability, identifiers
from agents.scanning.pages.jsonld import Node
from common.text import plain_text, title_key

_MOST_OFFERS = 200
_CONDITIONS = {
    "new": "new", "newcondition": "new", "used": "used", "usedcondition": "used", "refurbished": "refurbished",
    "refurbishedcondition": "refurbished", "damagedcondition": "used",
}  # fmt: skip
_LIST_PRICES = ("ListPrice", "MSRP", "SRP", "StrikethroughPrice", "SuggestedRetailPrice")


@dataclass(frozen=True, slots=True)
class StatedPrice:
    """A stated price: what its number can mean, its currency, and how it is offered: "exact", "from" (a lowest price), "list"."""

    readings: tuple[Decimal, ...]
    currency: str | None
    kind: str


@dataclass(slots=True)
class Stated:
    """What one kind of structured data says of the product; what it does not say is None or empty."""

    method: str
    name: str | None = None
    brand: str | None = None
    sku: str | None = None
    product_id: str | None = None
    mpn: str | None = None
    gtin: str | None = None
    image: str | None = None
    condition: str | None = None
    shipping: Decimal | None = None
    high_price: Decimal | None = None
    prices: list[StatedPrice] = field(default_factory=list)
    details: list[str] = field(default_factory=list)


def best(nodes: list[Node], title: str, address: str) -> Node:
    """The node that the page is about: the one whose name is in the title or whose address is the page's, else the first."""
    key = title_key(title)
    path = urlsplit(address).path.rstrip("/")

    def rank(node: Node) -> tuple[bool, bool]:
        name = title_key(text_of(node.get("name")) or "")
        own = _path(text_of(node.get("url")) or text_of(node.get("@id")) or "")
        return (bool(name) and name in key) or (bool(path) and own == path), bool(node.get("offers"))

    return max(nodes, key=rank, default={})


def alike(nodes: list[Node], chosen: Node) -> list[Node]:
    """The nodes of the same name as the chosen one, it first: a page may describe each size of a thing as a product."""
    name = text_of(chosen.get("name"))
    return [chosen, *(node for node in nodes if node is not chosen and name and text_of(node.get("name")) == name)]


def _path(address: str) -> str:
    try:
        return urlsplit(address).path.rstrip("/")
    except ValueError:
        return ""


def read_nodes(method: str, nodes: list[Node], title: str, address: str) -> Stated:
    """Read the node that the page is about; of others of its name, only whether they can be ordered."""
    node, *others = alike(nodes, best(nodes, title, address))
    stated = read_node(method, node, address)
    for other in others[:40]:
        stated.details.extend(read_node(method, other, address).details)
    return stated


def read_node(method: str, node: Node, address: str) -> Stated:
    """Read a product's node. Nothing in it is trusted to have the type that schema.org wants."""
    offers = list(_offers(node))[:_MOST_OFFERS]
    name = text_of(node.get("name"))
    stated = Stated(method, name=name)
    brand = first(node.get("brand")) or first(node.get("manufacturer"))
    stated.brand = text_of(brand.get("name")) if isinstance(brand, dict) else text_of(brand)
    sku = text_of(node.get("sku")) or next((found for offer in offers if (found := text_of(offer.get("sku")))), None)
    stated.sku = identifiers.cleaned(sku, name or "") if sku else None
    product_id = text_of(node.get("productID")) or text_of(node.get("productId"))
    stated.product_id = identifiers.cleaned(product_id, name or "") if product_id else None
    stated.mpn = text_of(node.get("mpn")) or next(
        (found for offer in offers if (found := text_of(offer.get("mpn")))), None
    )
    stated.gtin = next(
        (
            found
            for source in (node, *offers)
            for key in _GTINS
            if (found := identifiers.gtin(text_of(source.get(key))))
        ),
        None,
    )
    stated.image = _image(node.get("image"), address)
    stated.condition = next(
        (found for source in (node, *offers) if (found := _condition(source.get("itemCondition")))), None
    )
    for offer in offers:
        _read_offer(stated, offer)
    return stated


_GTINS = ("gtin13", "gtin", "gtin12", "gtin14", "gtin8", "isbn", "ean", "upc", "productID")


def _read_offer(stated: Stated, offer: Node) -> None:
    currency = code_of(offer.get("priceCurrency"))
    detail = availability.detail_of(text_of(first(offer.get("availability"))))
    if detail:
        stated.details.append(detail)
    if stated.shipping is None:
        stated.shipping = _shipping(offer)
    specifications = offer.get("priceSpecification")
    for source in [offer, *(specifications if isinstance(specifications, list) else [specifications])]:
        if not isinstance(source, dict):
            continue
        code = code_of(source.get("priceCurrency")) or currency
        kind = str(text_of(source.get("priceType")) or "")
        if readings := stated_amount(source.get("price"), code):
            stated.prices.append(
                StatedPrice(readings, code, "list" if kind.rsplit("/", 1)[-1] in _LIST_PRICES else "exact")
            )
        elif readings := stated_amount(source.get("lowPrice"), code):
            high = stated_amount(source.get("highPrice"), code)
            is_range = bool(high) and high[0] != readings[0]
            stated.prices.append(StatedPrice(readings, code, "from" if is_range else "exact"))
            stated.high_price = high[0] if is_range else stated.high_price


def stated_amount(value: Any, currency: str | None) -> tuple[Decimal, ...]:
    """The positive amounts that a stated price can mean; none for what is no number ("call us") or is nothing (0)."""
    if isinstance(value, bool):
        return ()
    if isinstance(value, int | float):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            return ()
        return (number,) if number.is_finite() and 0 < number < 10**12 else ()
    stated = text_of(first(value))
    if not stated or len(stated) > 60:
        return ()
    decimals = 3 if currency in amounts.THREE_DECIMALS else 2
    readings = amounts.read(stated, decimals=decimals)
    if not readings:
        found = amounts.find(stated)
        readings = found[0].readings if len(found) == 1 else ()
    return tuple(reading for reading in readings if reading > 0)


def _offers(node: Node) -> Iterator[Node]:
    stack = [node.get("offers")]
    variants = node.get("hasVariant") or node.get("model")
    stack.extend(
        variant.get("offers")
        for variant in reversed(variants if isinstance(variants, list) else [variants])
        if isinstance(variant, dict)
    )
    stack = [stack[0], *stack[1:][::-1]][::-1]
    seen = 0
    while stack and seen < 4 * _MOST_OFFERS:
        value = stack.pop()
        seen += 1
        if isinstance(value, list):
            stack.extend(reversed(value[:_MOST_OFFERS]))
        elif isinstance(value, dict):
            yield value
            if value.get("offers"):
                stack.append(value["offers"])


def _shipping(offer: Node) -> Decimal | None:
    details = first(offer.get("shippingDetails"))
    rate = first(details.get("shippingRate")) if isinstance(details, dict) else None
    value = text_of(first(rate.get("value"))) if isinstance(rate, dict) else None
    readings = amounts.read(value) if value else ()
    return readings[0] if readings else None


def _condition(value: Any) -> str | None:
    word = text_of(first(value))
    return _CONDITIONS.get(word.rstrip("/").rsplit("/", 1)[-1].lower()) if word else None


def _image(value: Any, address: str) -> str | None:
    found = first(value)
    if isinstance(found, dict):
        found = first(found.get("url") or found.get("contentUrl") or found.get("@id"))
    return absolute(found, address) if isinstance(found, str) and found.strip() else None


def absolute(link: str, address: str) -> str | None:
    """A link of the page at `address` as a whole address, or None where it is none."""
    try:
        return urljoin(address, link.strip())
    except ValueError:
        return None


def code_of(value: Any) -> str | None:
    """An ISO 4217 code as it is stated, in capitals, or None."""
    text = text_of(first(value))
    return text.upper() if text and len(text) == 3 and text.isascii() and text.isalpha() else None


def first(value: Any) -> Any:
    """The first of a list, or the value itself."""
    return value[0] if isinstance(value, list) and value else value


def text_of(value: Any) -> str | None:
    """A value as text on one line without markup; None where it is no text or number."""
    value = first(value)
    if isinstance(value, bool) or value is None or not isinstance(value, str | int | float):
        return None
    text = str(value)
    text = " ".join(plain_text(text).split()) if "<" in text or "&" in text else " ".join(text.split())
    return text or None
