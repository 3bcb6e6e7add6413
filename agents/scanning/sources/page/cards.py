"""Lists of products on pages of shops that are not known: by their JSON-LD, else by cards that repeat.

A card is the smallest element around one price that also holds a link with words. Cards of one list have the same tag and
class. A page of a list has several of them.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from lxml import html

from agents.scanning.pages import jsonld
from agents.scanning.sources.listing import Listing
from agents.scanning.sources.places import currency_of_place
from agents.scanning.sources.walls import text_of, walk
from common.money import find_amounts
from common.text import one_line
from common.urls import absolute_url, canonical_url, marketplace_of

_FEWEST = 3
_MOST = 500
_DEEPEST = 9
_SEARCH = re.compile(
    r"/(?:s|search|sch|searchpage|catalogsearch|find|browse|results?)(?:[/.?]|$)|[?&](?:q|query|k|st|search|keyword|_nkw)=",
    re.IGNORECASE,
)
_PRODUCT = re.compile(r"/(?:dp|gp/product|products?|item|itm|p|pd|sku)/[^/]", re.IGNORECASE)
_STRUCK = re.compile(r"strike|\bwas\b|old|regular|list-?price|rrp|msrp|original|before", re.IGNORECASE)
_NOT_PRICE = re.compile(
    r"\bsave\b|\boff\b|savings|/mo\b|per month|shipping|delivery|get it\b|pick ?up|arrives|\bfrom\b|cash ?back|reward|options?\b|"
    r"coupon|gift card",
    re.IGNORECASE,
)
_RATING = re.compile(
    r"^(?:rating\b|[0-9.]+ out of|\([0-9,]+\)|[0-9.,]+$)|\breviews?\b|^(?:add|compare|save|quick|view|shop|see|buy)\b",
    re.IGNORECASE,
)
_SILENT = frozenset({"script", "style", "noscript", "template", "svg", "head", "option", "button", "input", "label"})
_NUMBERED = re.compile(r"[0-9]+")


def is_listing(tree: html.HtmlElement, url: str) -> bool:
    """Whether a page lists products rather than being about one.

    One that describes a product of its own in structured data is about it, whatever else it recommends. Of the others, the address
    decides where it is that of a search or of a product; else it is a list when the first price that is shown stands in a card.
    """
    nodes = jsonld.products(tree)
    if sum(1 for node in nodes if node.get("offers")) >= _FEWEST and len(_by_jsonld(tree, url)) >= _FEWEST:
        return True
    if any(node.get("offers") for node in nodes) or tree.xpath(
        ".//meta[@property='og:type' and contains(@content, 'product')]"
    ):
        return False
    if tree.xpath(".//*[contains(@itemtype, 'schema.org/Product')]//*[@itemprop='price']"):
        return False
    parts = urlsplit(url)
    if _SEARCH.search(f"{parts.path}?{parts.query}"):
        return True
    if _PRODUCT.search(parts.path):
        return False
    spots = list(_prices(tree))
    cards = _cards(spots)
    return (
        len(cards) >= 2 * _FEWEST
        and bool(spots)
        and any(spots[0] is inside for card in cards for inside in card.iter())
    )


def listings_of(tree: html.HtmlElement, url: str) -> list[Listing]:
    """The products of a page that lists them, in its order."""
    by_jsonld = _by_jsonld(tree, url)
    if len(by_jsonld) >= _FEWEST:
        return by_jsonld
    found = [listing for card in _cards(list(_prices(tree))) if (listing := _listing(card, url))]
    return found[:_MOST] if len(found) >= _FEWEST else by_jsonld


def _by_jsonld(tree: html.HtmlElement, url: str) -> list[Listing]:
    found: list[Listing] = []
    for script in tree.iterfind(".//script[@type]"):
        if "ld+json" not in script.get("type", ""):
            continue
        try:
            state = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        products = (node for node in walk(state) if "Product" in jsonld.types_of(node))
        found += [listing for node in products if (listing := _of_node(node, url))]
    return found[:_MOST]


def _of_node(node: dict[str, Any], url: str) -> Listing | None:
    offers = node.get("offers")
    offer = offers[0] if isinstance(offers, list) and offers else offers
    if not isinstance(offer, dict) or not isinstance(node.get("name"), str):
        return None
    address = _address(_text(node.get("url")) or _text(offer.get("url")) or _text(node.get("@id")), url)
    low, high = _text(offer.get("lowPrice")), _text(offer.get("highPrice"))
    price = _text(offer.get("price")) or (low if low and low == high else f"from {low}" if low else "")
    if not address or not price:
        return None
    image = node.get("image")
    image = image[0] if isinstance(image, list) and image else image
    image = image.get("url") if isinstance(image, dict) else image
    brand = node.get("brand")
    return Listing(
        external_id=canonical_url(address)[:400],
        url=address,
        title=one_line(node["name"]),
        price=price,
        currency=_text(offer.get("priceCurrency")).upper(),
        image_url=absolute_url(_text(image), url) if image else "",
        availability=_text(offer.get("availability")),
        condition=_text(offer.get("itemCondition")),
        brand=_text(brand.get("name")) if isinstance(brand, dict) else _text(brand),
        sku=_text(node.get("sku")),
        gtin=next(
            (_text(node.get(name)) for name in ("gtin13", "gtin14", "gtin12", "gtin8", "gtin") if node.get(name)), ""
        ),
        mpn=_text(node.get("mpn")),
    )


def _address(text: str, base: str) -> str:
    """A product's address. It must be at the same shop: what a page says of other shops is hearsay."""
    address = absolute_url(text, base) if text else ""
    return address if address and (not base or marketplace_of(address) == marketplace_of(base)) else ""


def _prices(tree: html.HtmlElement) -> Iterator[html.HtmlElement]:
    """The elements whose own few words are an amount of money, in the page's order."""
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in _SILENT:
            continue
        if len(element) > 6:
            continue
        own = _amount_text(element)
        if 1 < len(own) <= 30 and any(letter.isdigit() for letter in own):
            spans = find_amounts(own, "USD")
            if spans and spans[0].end - spans[0].start >= len(own) - 6:
                yield element


def _cards(prices: list[html.HtmlElement]) -> list[html.HtmlElement]:
    """The cards around these prices: those that have one of the same look beside them, on a page where a few look alike."""
    groups: dict[tuple[str, str], dict[html.HtmlElement, None]] = defaultdict(dict)
    for price in prices:
        card = price.getparent()
        for _ in range(_DEEPEST * 3):
            if card is None or card.tag == "body":
                break
            if _link(card) is not None:
                groups[(card.tag, _look(card))].setdefault(card)
                break
            card = card.getparent()
    if max((len(cards) for cards in groups.values()), default=0) < _FEWEST:
        return []
    return _whole([card for cards in groups.values() if len(cards) > 1 for card in cards])


def _whole(cores: list[html.HtmlElement]) -> list[html.HtmlElement]:
    """Each card with all that belongs to it, such as its picture: the largest element around it that holds no other card."""
    holds: Counter[html.HtmlElement] = Counter(around for core in cores for around in core.iterancestors())
    whole: dict[html.HtmlElement, None] = {}
    for core in cores:
        card = core
        for around in core.iterancestors():
            if holds[around] > 1 or around.tag in {"body", "main"}:
                break
            card = around
        whole.setdefault(card)
    return list(whole)


def _look(element: html.HtmlElement) -> str:
    """The classes of an element without the numbers in them."""
    return _NUMBERED.sub("", " ".join(sorted((element.get("class") or "").split())))


def _link(card: html.HtmlElement) -> html.HtmlElement | None:
    """The link of a card that has the most words of a title, None where no link has any."""
    best, most = None, 0
    for link in card.iterfind(".//a[@href]"):
        words = text_of(link) or one_line(link.get("title", "") or link.get("aria-label", ""))
        href = link.get("href", "")
        if href.startswith(("#", "javascript:")) or _RATING.search(words) or find_amounts(words[:20], "USD"):
            continue
        if len(words) > max(most, 9):
            best, most = link, len(words)
    return best


def _listing(card: html.HtmlElement, url: str) -> Listing | None:
    link = _link(card)
    if link is None:
        return None
    address = _address(link.get("href", ""), url or link.get("href", ""))
    heading = next(iter(link.xpath(".//h1 | .//h2 | .//h3 | .//h4")), link)
    title = text_of(heading) or one_line(link.get("title", "") or link.get("aria-label", ""))
    if not address or not title:
        return None
    currency = currency_of_place(address)
    price, listed = _price(card, currency)
    if not price:
        return None
    sources = [
        source
        for source in card.xpath(".//img/@data-src | .//img/@src")
        if source.strip() and not source.startswith("data:")
    ]
    image = next((found for source in sources if (found := absolute_url(source, address))), "")
    return Listing(
        external_id=canonical_url(address)[:400],
        url=address,
        title=title,
        price=price,
        currency=currency,
        list_price=listed,
        image_url=image,
        condition=_condition(title),
        availability="OutOfStock" if re.search(r"\b(?:sold out|out of stock)\b", text_of(card), re.IGNORECASE) else "",
    )


def _price(card: html.HtmlElement, currency: str) -> tuple[str, str]:
    """The price of a card and the one that is crossed out. Two that differ, with nothing that says which holds, are both given."""
    prices: dict[str, None] = {}
    struck = ""
    for element in _prices(card):
        words = _amount_text(element)
        around = _around(element)
        marks = " ".join(
            f"{one.get('class', '')} {one.get('data-testid', '')} {one.get('aria-label', '')}"
            for one in [element, *list(element.iterancestors())[:2]]
        )
        if (
            element.tag in {"s", "strike", "del"}
            or _STRUCK.search(marks)
            or re.match(r"(?:was|reg|list|rrp|msrp|comp)\b", around, re.IGNORECASE)
        ):
            struck = struck or words
        elif not _NOT_PRICE.search(around):
            prices.setdefault(words)
    distinct = {span.key: span for text in prices for span in find_amounts(text, currency)}
    if len(distinct) > 1:
        return " – ".join(prices), struck
    return next(iter(prices), ""), struck


def _amount_text(element: html.HtmlElement) -> str:
    """An amount as it is seen. One that is cut into pieces is put together where the point is a piece of its own: in "19" and a small
    "99" nothing says that they are one number."""
    pieces = [one_line(piece) for piece in element.itertext() if piece.strip()]
    return ("" if {".", ","} & set(pieces) else " ").join(pieces)


def _around(element: html.HtmlElement) -> str:
    """The widest text around an amount that is still short enough to be about it."""
    widest = ""
    for parent in list(element.iterancestors())[:4]:
        words = text_of(parent)
        if len(words) > 60:
            break
        widest = words
    return widest


def _condition(title: str) -> str:
    return title if re.search(r"\b(?:refurbished|renewed|open[- ]box|pre-?owned)\b", title, re.IGNORECASE) else ""


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return ""
    return one_line(str(value)) if isinstance(value, (str, int, float)) else ""
