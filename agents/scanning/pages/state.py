"""The product in a page's embedded state: JSON that its scripts carry (`__NEXT_DATA__`, `window.… = {…}`, `dataLayer.push({…})`).

No script is run. Whatever part of a script is JSON is read, and of all its objects the one that has a price and the name of
the page's product is taken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from lxml import html

from agents.scanning.pages import availability, identifiers
from agents.scanning.pages.structured import Stated, StatedPrice, code_of, stated_amount, text_of
from common.text import title_key

_MOST_BYTES = 3_000_000  # of all scripts of a page
_MOST_TRIES = 120
_MOST_OBJECTS = 60_000
_START = re.compile(r"(?:=|\(|:|,|^|\breturn\b)\s*(?=[\[{]\s*[\"\[{])|JSON\.parse\(\s*(?=\")", re.MULTILINE)
_NAMES = ("name", "productName", "title", "displayName", "item_name", "product_name", "productTitle", "label")
_PRICES = (
    "salePrice", "sale_price", "specialPrice", "special_price", "currentPrice", "current_price", "offerPrice", "finalPrice", "final_price",
    "sellingPrice", "discountedPrice", "price", "Price", "priceValue", "product_price", "productPrice", "prices", "priceInfo", "pricing",
)  # fmt: skip
_INNER = (
    "current",
    "sale",
    "now",
    "final",
    "value",
    "amount",
    "price",
    "salePrice",
    "sellingPrice",
    "currentPrice",
    "min",
    "centAmount",
)
_SKUS = (
    "sku",
    "SKU",
    "skuId",
    "sku_id",
    "productSku",
    "articleNumber",
    "itemNumber",
    "productCode",
    "code",
    "partNumber",
    "item_id",
    "itemId",
)
_IDS = ("productId", "product_id", "productID", "id", "pid", "usItemId", "tcin", "ecomm_prodid")
_CURRENCIES = ("currency", "currencyCode", "priceCurrency", "currency_code", "currencyIso", "currencyUnit")
_BRANDS = ("brand", "brandName", "brand_name", "manufacturer", "vendor", "item_brand")
_STOCK = (
    "availability", "availabilityStatus", "stockStatus", "stock_status", "inventoryStatus", "inStock", "in_stock", "isInStock",
    "available", "isAvailable",
)  # fmt: skip
_NO_STOCK = ("outOfStock", "isOutOfStock", "soldOut", "isSoldOut", "out_of_stock", "sold_out")
_DECODER = json.JSONDecoder(strict=False)


def product(tree: html.HtmlElement, names: list[str]) -> Stated:
    """What the state says of the product that the page calls by one of `names`; empty where it carries none."""
    keys = [set(title_key(name).split()) for name in names if name]
    found: tuple[float, dict[str, Any]] | None = None
    for value in _values(tree):
        for node in _objects(value):
            likeness = _likeness(node, keys)
            if likeness >= 0.6 and (found is None or likeness > found[0] + 0.01) and _prices(node):
                found = likeness, node
    return _read(found[1]) if found else Stated("state")


def _values(tree: html.HtmlElement) -> Iterator[Any]:
    left, tries = _MOST_BYTES, 0
    for script in tree.iter("script"):
        text = script.text or ""
        if len(text) < 40 or "rice" not in text or "ld+json" in (script.get("type") or ""):
            continue
        left -= len(text)
        if left < 0:
            return
        position = 0
        while tries < _MOST_TRIES and (match := _START.search(text, position)):
            tries += 1
            try:
                value, position = _DECODER.raw_decode(text, match.end())
                if isinstance(value, str):
                    value = json.loads(value)
            except (ValueError, RecursionError):
                position = match.end() + 1
                continue
            if isinstance(value, dict | list) and value:
                yield value


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    stack, seen = [value], 0
    while stack and seen < _MOST_OBJECTS:
        current = stack.pop()
        seen += 1
        if isinstance(current, dict):
            yield current
            stack.extend(inner for inner in reversed(list(current.values())) if isinstance(inner, dict | list))
        else:
            stack.extend(inner for inner in reversed(current) if isinstance(inner, dict | list))


def _likeness(node: dict[str, Any], keys: list[set[str]]) -> float:
    best = 0.0
    for name in _NAMES:
        value = node.get(name)
        if not isinstance(value, str) or not 3 <= len(value) <= 300:
            continue
        own = set(title_key(value).split())
        if own:
            best = max([best, *(2 * len(own & key) / (len(own) + len(key)) for key in keys if key)])
            if len(own) >= 2 and any(own <= key for key in keys):
                best = max(best, 0.8)
    return best


def _prices(node: dict[str, Any]) -> list[StatedPrice]:
    currency = _currency(node)
    for name in _PRICES:
        readings = _amount(node.get(name), currency, depth=0)
        if readings:
            inner = node.get(name)
            code = currency or (_currency(inner) if isinstance(inner, dict) else None)
            return [StatedPrice(readings, code, "exact")]
    return []


def _amount(value: Any, currency: str | None, *, depth: int) -> tuple[Decimal, ...]:
    if isinstance(value, dict) and depth < 2:
        for name in _INNER:
            readings = _amount(value.get(name), currency, depth=depth + 1)
            if readings:
                return (readings[0] / 100,) if name == "centAmount" else readings
        return ()
    if not isinstance(value, str | int | float):
        return ()
    readings = stated_amount(value, currency)
    if isinstance(value, int) and len(readings) == 1 and value >= 100:
        return (readings[0], readings[0] / 100)  # Shopify and others count in cents; the page decides
    return readings


def _currency(node: dict[str, Any]) -> str | None:
    for name in _CURRENCIES:
        value = node.get(name)
        code = code_of(value.get("code") if isinstance(value, dict) else value)
        if code:
            return code
    return None


def _read(node: dict[str, Any]) -> Stated:
    stated = Stated("state", prices=_prices(node))
    stated.name = next((found for name in _NAMES if (found := text_of(node.get(name)))), None)
    stated.sku = next((found for name in _SKUS if (found := _number(node.get(name)))), None)
    stated.product_id = next((found for name in _IDS if (found := _number(node.get(name)))), None)
    brand = next((node[name] for name in _BRANDS if node.get(name)), None)
    stated.brand = text_of(brand.get("name") or brand.get("label")) if isinstance(brand, dict) else text_of(brand)
    stated.gtin = next(
        (
            found
            for name in ("gtin", "gtin13", "ean", "upc", "barcode")
            if (found := identifiers.gtin(text_of(node.get(name))))
        ),
        None,
    )
    stated.mpn = next(
        (found for name in ("mpn", "modelNumber", "manufacturerPartNumber") if (found := text_of(node.get(name)))), None
    )
    detail = _detail(node)
    stated.details = [detail] if detail else []
    return stated


def _number(value: Any) -> str | None:
    text = text_of(value)
    return text if text and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9./_-]{2,34}", text) else None


def _detail(node: dict[str, Any]) -> str | None:
    for name in _STOCK:
        value = node.get(name)
        if isinstance(value, bool):
            return "InStock" if value else "OutOfStock"
        if isinstance(value, dict):
            value = value.get("status") or value.get("value")
        if detail := availability.detail_of(value):
            return detail
    return next(
        ("OutOfStock" if node[name] else "InStock" for name in _NO_STOCK if isinstance(node.get(name), bool)), None
    )
