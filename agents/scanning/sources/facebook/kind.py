"""The kind of source that is Facebook Marketplace.

The site offers no interface for this and forbids robots, so nothing is ever fetched from it: pages come from the browsers
of people who look at them. They carry their listings as JSON, in the order in which they are shown.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import html

from agents.scanning.sources.base import Offer, RawEntry, Skip, SourceConfig, SourceKind
from agents.scanning.sources.listing import Listing, read_listing, unique, when
from agents.scanning.sources.walls import nothing_listed, page_of, states, walk

_ITEM = "https://www.facebook.com/marketplace/item/{}/"
_NUMBER = re.compile(r"/marketplace/item/([0-9]{5,25})")


class FacebookSource(SourceKind):
    """Pages of Facebook Marketplace that people sent."""

    kind = "facebook"
    label = "Facebook Marketplace"
    summary = (
        "Search and listing pages that people send from their browsers. Nothing is fetched: the site forbids robots."
    )
    accept = "text/html"
    is_fetched = False

    def parse(self, body: bytes, content_type: str, url: str, config: SourceConfig | None = None) -> list[RawEntry]:
        """Cut a search page into listings, or find the one listing of an item's page."""
        tree = page_of(body, content_type, "a page of Facebook Marketplace")
        known = _listings(tree)
        number = _item_of(tree, url)
        if number in known:
            known = {number: known[number]}
        if listings := [found for item in known.values() if (found := _listing(item))]:
            return unique(listings)
        nothing_listed(tree, "Facebook Marketplace")
        return []

    def read(self, entry: RawEntry, config: SourceConfig) -> Offer | Skip:
        """Read one listing."""
        return read_listing(entry, config, is_classified=True)


def _listings(tree: html.HtmlElement) -> dict[str, dict[str, Any]]:
    """What the page's state says of each listing, by its number: a page describes one in several places, each with a part."""
    found: dict[str, dict[str, Any]] = {}
    for state in states(tree, at_least=100):
        for node in walk(state):
            number = node.get("id")
            if not isinstance(number, str) or not number.isdigit():
                continue
            if "listing_price" in node or "marketplace_listing_title" in node or number in found:
                known = found.setdefault(number, {})
                for name, value in node.items():
                    if known.get(name) in (None, "", [], {}):
                        known[name] = value
    return {
        number: item
        for number, item in found.items()
        if item.get("marketplace_listing_title") and item.get("listing_price")
    }


def _item_of(tree: html.HtmlElement, url: str) -> str:
    """The number of the item whose own page this is, "" on a page of several."""
    if number := _NUMBER.search(url):
        return number[1]
    for state in states(tree, at_least=100):
        for node in walk(state):
            page = node.get("marketplace_product_details_page")
            target = page.get("target") if isinstance(page, dict) else None
            if isinstance(target, dict) and isinstance(target.get("id"), str):
                return str(target["id"])
    return ""


def _listing(item: dict[str, Any]) -> Listing | None:
    price = _mapping(item["listing_price"])
    currency = _text(price.get("currency"))
    shown = _text(price.get("formatted_amount")) or _text(price.get("formatted_amount_zeros_stripped"))
    struck = _mapping(item.get("strikethrough_price"))
    attributes = {
        _text(_mapping(one).get("attribute_name")): _text(_mapping(one).get("value"))
        for one in _list(item.get("attribute_data"))
    }
    # The amount beside its code says more than the one that is shown: "$" alone could be any dollar.
    amount = _text(price.get("amount")) if currency and price.get("amount") else shown
    return Listing(
        external_id=item["id"],
        url=_ITEM.format(item["id"]),
        title=item["marketplace_listing_title"] if isinstance(item["marketplace_listing_title"], str) else "",
        price=amount,
        currency=currency,
        list_price=_text(struck.get("formatted_amount")) or _text(struck.get("amount")),
        image_url=_image(item),
        condition=attributes.get("Condition", ""),
        location=_place(item),
        availability=_availability(item),
        merchant=_text(_mapping(item.get("marketplace_listing_seller")).get("name")) if _is_shop(item) else "",
        description=_text(_mapping(item.get("redacted_description")).get("text")),
        published_at=when(item.get("creation_time")) if item.get("creation_time") else "",
    )


def _is_shop(item: dict[str, Any]) -> bool:
    """Whether a business sells it. The names of private sellers are none of our business."""
    return (
        _text(_mapping(item.get("marketplace_listing_seller")).get("__typename")) == "Page"
        or item.get("is_seller_business_onboarded") is True
    )


def _availability(item: dict[str, Any]) -> str:
    if item.get("is_sold") is True or item.get("is_live") is False:
        return "SoldOut"
    if item.get("is_pending") is True:
        return "Reserved"
    return "InStock" if item.get("is_live") is True else ""


def _place(item: dict[str, Any]) -> str:
    code = _mapping(_mapping(item.get("location")).get("reverse_geocode"))
    page = _text(_mapping(code.get("city_page")).get("display_name"))
    city = ", ".join(part for part in (_text(code.get("city")), _text(code.get("state"))) if part)
    return page or city or _text(_mapping(item.get("location_text")).get("text"))


def _image(item: dict[str, Any]) -> str:
    photo = _mapping(item.get("primary_listing_photo"))
    image = _mapping(photo.get("image")) or _mapping(photo.get("listing_image"))
    for candidate in (*(_mapping(one) for one in _list(item.get("listing_photos"))), {"image": image}):
        address = _text(_mapping(candidate.get("image")).get("uri"))
        if address.startswith("https://"):
            return address
    return ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
