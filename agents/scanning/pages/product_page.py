"""What a saved product page offers: the structured data that it carries, best kind first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin, urlsplit

from agents.scanning.pages import jsonld, meta, microdata
from agents.scanning.pages.document import parse_page
from agents.scanning.pages.jsonld import Node
from common.money import amount_text, parse_price
from common.text import plain_text, title_key

_AVAILABILITY = {
    "instock": "InStock", "in stock": "InStock", "instoreonly": "InStock", "onlineonly": "InStock", "limitedavailability": "InStock",
    "available": "InStock", "in_stock": "InStock", "outofstock": "OutOfStock", "out of stock": "OutOfStock", "oos": "OutOfStock",
    "soldout": "OutOfStock", "discontinued": "OutOfStock", "out_of_stock": "OutOfStock", "unavailable": "OutOfStock",
    "preorder": "PreOrder", "presale": "PreOrder", "backorder": "BackOrder",
}  # fmt: skip
_FIELDS = ("name", "price", "currency", "availability", "sku", "brand", "image")


@dataclass(frozen=True, slots=True)
class ProductPage:
    """A product as its page states it; what the page does not state is `None`. `method` names the first kind that said something."""

    name: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    availability: str | None = None
    sku: str | None = None
    brand: str | None = None
    image: str | None = None
    method: str | None = None

    def as_json(self) -> dict[str, str | None]:
        """The shape of `manage.py extract`; the price is a decimal string."""
        price = None if self.price is None else amount_text(self.price, self.currency or "USD")
        return {**asdict(self), "price": price}


def extract_product(body: bytes, url: str = "", content_type: str | None = None) -> ProductPage:
    """Read one page: JSON-LD, then microdata and RDFa, then the head. A field comes from the first that states it.

    Raises `UnreadablePage` when it is no page at all.
    """
    tree = parse_page(body, content_type)
    address = url or meta.canonical(tree)
    title = meta.properties(tree).get("og:title") or meta.page_title(tree)
    readings = [
        ("json-ld", _best(jsonld.products(tree), title, address)),
        ("microdata", _best(microdata.products(tree), title, address)),
        ("meta", meta.product(tree)),
    ]
    fields: dict[str, Any] = {}
    method = None
    for name, node in readings:
        for key, value in _facts(node, address).items():
            if value is not None and key not in fields:
                fields[key] = value
                method = method or name
    if "price" not in fields:
        fields.pop("currency", None)
    return ProductPage(**{key: fields.get(key) for key in _FIELDS}, method=method)


def _best(nodes: list[Node], title: str, address: str) -> Node:
    """The node that the page is about: the one whose name is in the title or whose address is the page's, else the first."""
    key = title_key(title)
    path = urlsplit(address).path.rstrip("/")

    def rank(node: Node) -> tuple[bool, bool]:
        name = title_key(_text(node.get("name")) or "")
        own = urlsplit(_text(node.get("url")) or _text(node.get("@id")) or "").path.rstrip("/")
        return (bool(name) and name in key) or (bool(path) and own == path), bool(node.get("offers"))

    return max(nodes, key=rank, default={})


def _facts(node: Node, address: str) -> dict[str, Any]:
    offers = list(_offers(node.get("offers")))
    price, currency = _price(offers)
    image = _first(node.get("image"))
    if isinstance(image, dict):
        image = image.get("url") or image.get("contentUrl")
    brand = _first(node.get("brand")) or _first(node.get("manufacturer"))
    sku = _text(node.get("sku")) or next((found for offer in offers if (found := _text(offer.get("sku")))), None)
    sku = sku or _text(node.get("productID")) or _text(node.get("mpn"))
    return {
        "name": _text(node.get("name")),
        "price": price,
        "currency": currency,
        "availability": next((known for offer in offers if (known := _availability(offer.get("availability")))), None),
        "sku": sku.split(":", 1)[-1].strip() if sku else None,
        "brand": _text(brand.get("name")) if isinstance(brand, dict) else _text(brand),
        "image": urljoin(address, image) if isinstance(image, str) and image else None,
    }


def _offers(value: Any) -> Iterator[Node]:
    for offer in value if isinstance(value, list) else [value]:
        if isinstance(offer, dict):
            yield offer
            yield from _offers(offer.get("offers"))


def _price(offers: list[Node]) -> tuple[Decimal | None, str | None]:
    for offer in offers:
        specification = _first(offer.get("priceSpecification"))
        sources = [offer, specification] if isinstance(specification, dict) else [offer]
        for source in sources:
            stated = _text(source.get("price")) or _text(source.get("lowPrice"))
            currency = _text(source.get("priceCurrency")) or _text(offer.get("priceCurrency"))
            found = _amount(stated, currency)
            if found is not None:
                return found, currency.upper() if currency and len(currency) == 3 else None
    return None, None


def _amount(stated: str | None, currency: str | None) -> Decimal | None:
    if not stated:
        return None
    code = currency.upper() if currency and len(currency) == 3 and currency.isascii() else "USD"
    bare = all(character.isdigit() or character in ".,\u00a0 " for character in stated)
    # A bare number is read beside a currency that every reader of money knows: only the amount is taken from it.
    money = parse_price(f"{stated} USD" if bare else stated, default_currency=code)
    return money.amount if money and money.amount > 0 else None


def _availability(value: Any) -> str | None:
    text = _text(_first(value))
    return _AVAILABILITY.get(text.rsplit("/", 1)[-1].strip().lower()) if text else None


def _first(value: Any) -> Any:
    return (value[0] if value else None) if isinstance(value, list) else value


def _text(value: Any) -> str | None:
    value = _first(value)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        value = str(value)
    return plain_text(value) or None if isinstance(value, str) else None
