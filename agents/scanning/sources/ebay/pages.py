"""From a saved page of eBay to listings: a search in the layout until 2024 (`s-item`) or since then (`s-card`), or one item's page."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import html

from agents.scanning.sources.listing import Listing
from agents.scanning.sources.places import currency_of_place
from agents.scanning.sources.walls import first, having, text_of
from common.urls import absolute_url

_ITEM = re.compile(r"/itm/(?:[^/?#]+/)?([0-9]{6,15})")
_EXAMPLE = "123456"
"""The number of the card that stands first on every search page and sells nothing."""
_AROUND_TITLE = re.compile(r"\A(?:new listing|sponsored)\s*|\s*opens in a new window or tab\Z", re.IGNORECASE)
_BIDS = re.compile(r"\b[0-9]+ bids?\b", re.IGNORECASE)
_SOLD = re.compile(r"\bsold\s+(?:item|[a-z]{3} \d|\d{1,2} [a-z]{3})", re.IGNORECASE)
_FROM = re.compile(r"\A(?:from|located in)\s+", re.IGNORECASE)


def listings_of_page(tree: html.HtmlElement, url: str) -> list[Listing]:
    """The listings of a search page, in its order."""
    base = url or "https://www.ebay.com/"
    layouts: list[tuple[str, Callable[[html.HtmlElement, str], Listing | None]]] = [
        ("s-item", _item),
        ("s-card", _card),
    ]
    for name, read in layouts:
        if found := [listing for row in having(tree, name) if (listing := read(row, base))]:
            return found
    return []


def _item(row: html.HtmlElement, base: str) -> Listing | None:
    return _listing(
        row,
        base,
        title=text_of(first(having(row, "s-item__title"))),
        price=text_of(first(having(row, "s-item__price"))),
        condition=text_of(first(having(row, "SECONDARY_INFO"))),
        location=text_of(first(having(row, "s-item__itemLocation"))),
        shipping=text_of(first(having(row, "s-item__logisticsCost"))),
    )


def _card(row: html.HtmlElement, base: str) -> Listing | None:
    rows = [text_of(part) for part in having(row, "s-card__attribute-row")]
    return _listing(
        row,
        base,
        title=text_of(first(having(row, "s-card__title"))),
        price=text_of(first(having(row, "s-card__price"))),
        condition=text_of(first(having(row, "s-card__subtitle"))).split("·")[0],
        location=next((text for text in rows if _FROM.match(text)), ""),
        shipping=next((text for text in rows if re.search(r"shipping|delivery|postage", text, re.IGNORECASE)), ""),
    )


def _listing(
    row: html.HtmlElement, base: str, *, title: str, price: str, condition: str, location: str, shipping: str
) -> Listing | None:
    address = next((found for link in row.xpath(".//a/@href") if _ITEM.search(found := absolute_url(link, base))), "")
    number = _ITEM.search(address)
    if number is None or number[1] == _EXAMPLE:
        return None
    title = _AROUND_TITLE.sub("", _AROUND_TITLE.sub("", title)).strip()
    said = text_of(row)
    is_sold = _SOLD.search(said) is not None
    struck = text_of(first(having(row, "STRIKETHROUGH") + having(row, "strikethrough")))
    return Listing(
        external_id=number[1],
        url=address,
        title=title,
        price=price,
        currency=currency_of_place(address),
        list_price=re.sub(r"\A\D*:\s*", "", struck),
        image_url=_image(row, base),
        condition=condition,
        location=_FROM.sub("", location),
        shipping=shipping,
        availability="SoldOut" if is_sold else "InStock",
        # What an auction was sold for is a price; what is bid so far is none.
        is_auction=bool(_BIDS.search(said)) and not is_sold,
    )


def _image(row: html.HtmlElement, base: str) -> str:
    for source in row.xpath(".//img/@data-defer-load | .//img/@data-src | .//img/@src"):
        if "ebaystatic" not in source and (address := absolute_url(source, base)):
            return address
    return ""
