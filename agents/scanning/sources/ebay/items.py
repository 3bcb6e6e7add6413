"""From an item of the Browse API to a listing.

Names of fields: https://developer.ebay.com/api-docs/buy/browse/types/gct:ItemSummary.
"""

from __future__ import annotations

import re
from typing import Any

from agents.scanning.sources.listing import Listing

_ID = re.compile(r"v1\|([0-9]+)\|([0-9]+)")


def listing_of_item(item: dict[str, Any]) -> Listing | None:
    """What one item says; None where it has no number, title or address. A bid is marked as one, a group of variants as a beginning."""
    number = _ID.fullmatch(_text(item.get("itemId")))
    legacy = _text(item.get("legacyItemId")) or (number[1] if number else "")
    variant = number[2] if number and number[2] != "0" else ""
    title, url = _text(item.get("title")), _text(item.get("itemWebUrl"))
    if not legacy or not title or not url:
        return None
    options = [option for option in _list(item.get("buyingOptions")) if isinstance(option, str)]
    price = _mapping(item.get("price"))
    is_auction = bool(options) and not {"FIXED_PRICE", "CLASSIFIED_AD"} & set(options)
    value = _text(price.get("value"))
    category = _mapping(next(iter(_list(item.get("categories"))), None))
    original = _mapping(_mapping(item.get("marketingPrice")).get("originalPrice"))
    return Listing(
        external_id=f"{legacy}-{variant}" if variant else legacy,
        url=f"{url.split('?')[0]}?var={variant}" if variant else url.split("?")[0],
        title=title,
        price=f"from {value}" if item.get("itemGroupType") and not variant and value else value,
        currency=_text(price.get("currency")),
        list_price=_text(original.get("value")) if original.get("currency") == price.get("currency") else "",
        image_url=_text(_mapping(item.get("image")).get("imageUrl")),
        condition=_condition(item),
        location=_place(_mapping(item.get("itemLocation"))),
        shipping=_shipping(item, _text(price.get("currency"))),
        availability="InStock",
        merchant="",
        category=_text(category.get("categoryName")),
        description=_text(item.get("shortDescription")).replace("<", "&lt;"),
        published_at=_text(item.get("itemCreationDate")),
        expires_at=_text(item.get("itemEndDate")),
        is_auction=is_auction,
    )


def _condition(item: dict[str, Any]) -> str:
    """By the number where there is one: names are translated, numbers are not."""
    number = _text(item.get("conditionId"))
    if number.isdigit():
        value = int(number)
        return "new" if value < 2000 else "refurbished" if value < 2750 else "used"
    return _text(item.get("condition"))


def _place(place: dict[str, Any]) -> str:
    return ", ".join(text for name in ("city", "stateOrProvince", "country") if (text := _text(place.get(name))))


def _shipping(item: dict[str, Any], currency: str) -> str:
    for option in _list(item.get("shippingOptions")):
        cost = _mapping(_mapping(option).get("shippingCost"))
        if cost.get("currency") == currency and _text(cost.get("value")):
            return _text(cost.get("value"))
    return ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
