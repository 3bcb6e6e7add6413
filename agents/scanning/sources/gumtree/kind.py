"""The kind of source that is a search on Gumtree, or one of its ads.

Layouts differ by country, and `_LAYOUTS` says in data where each keeps what. The Polish ones were checked against saved pages; the British
and the Australian ones are made from what is publicly known of them (docs/sources.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import html

from agents.scanning.sources.base import Coverage, Offer, RawEntry, Skip, SourceConfig, SourceKind
from agents.scanning.sources.gumtree.config import GumtreeConfig
from agents.scanning.sources.listing import Listing, is_at, read_listing, unique
from agents.scanning.sources.places import currency_of_place
from agents.scanning.sources.walls import first, nothing_listed, page_of, text_of
from common.text import one_line
from common.urls import absolute_url

_NUMBER = re.compile(r"/([0-9]{6,40})(?:[/?#]|$)")
_SITES = {
    "gumtree.pl": "https://www.gumtree.pl/",
    "gumtree.com.au": "https://www.gumtree.com.au/",
    "gumtree.com": "https://www.gumtree.com/",
}


def _class(name: str) -> str:
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a layout of search pages keeps a listing's parts, as XPath below the row; the first that gives something counts."""

    rows: str
    link: tuple[str, ...]
    title: tuple[str, ...]
    price: tuple[str, ...]
    location: tuple[str, ...]
    description: tuple[str, ...]


_LAYOUTS = (
    Layout(  # Poland, 2020
        rows=f".//div[{_class('tileV1')}]",
        link=(f".//a[{_class('href-link')}]",),
        title=(f".//a[{_class('href-link')}]",),
        price=(f".//*[{_class('ad-price')}]", f".//*[{_class('price-text')}]"),
        location=(f".//*[{_class('category-location')}]",),
        description=(f".//div[{_class('description')}]",),
    ),
    Layout(  # United Kingdom, since 2023
        rows=".//*[@data-q='search-result']",
        link=(".//a[@data-q='search-result-anchor']", ".//a[@href]"),
        title=(".//*[@data-q='tile-title']", ".//h2", ".//h3"),
        price=(".//*[@data-q='tile-price']", ".//*[@data-testid='price']", ".//*[@itemprop='price']"),
        location=(".//*[@data-q='tile-location']",),
        description=(".//*[@data-q='tile-description']",),
    ),
    Layout(  # United Kingdom, before 2023
        rows=f".//article[{_class('listing-maxi')}]",
        link=(f".//a[{_class('listing-link')}]",),
        title=(f".//*[{_class('listing-title')}]",),
        price=(f".//*[{_class('listing-price')}]", ".//*[@itemprop='price']"),
        location=(f".//*[{_class('listing-location')}]",),
        description=(f".//*[{_class('listing-description')}]",),
    ),
    Layout(  # Australia, since 2018
        rows=f".//a[{_class('user-ad-row-new-design')}] | .//a[{_class('user-ad-row')}]",
        link=(".",),
        title=(f".//*[{_class('user-ad-row-new-design__title-span')}]", f".//*[{_class('user-ad-row__title')}]"),
        price=(f".//*[{_class('user-ad-price-new-design__price')}]", f".//*[{_class('user-ad-price__price')}]"),
        location=(f".//*[{_class('user-ad-row-new-design__location')}]", f".//*[{_class('user-ad-row__location')}]"),
        description=(f".//*[{_class('user-ad-row-new-design__description-text')}]",),
    ),
)  # fmt: skip
_AD = {
    "title": (f".//*[{_class('myAdTitle')}]", ".//h1[@data-q='vip-title']", f".//h1[{_class('vip-ad-title__header')}]", ".//h1"),
    "price": (f".//*[{_class('vip-title')}]//*[{_class('amount')}]", ".//*[@data-q='ad-price']", f".//*[{_class('user-ad-price__price')}]",
              f".//*[{_class('vip-ad-price')}]"),
    "location": (f".//*[{_class('attribute')}]//*[{_class('location')}]", ".//*[@data-q='ad-location']",
                 f".//*[{_class('vip-ad__location')}]"),
    "description": (f".//div[{_class('vip-details')}]//*[{_class('description')}]", ".//*[@itemprop='description']",
                    f".//*[{_class('vip-ad-description__content')}]"),
}  # fmt: skip


class GumtreeSource(SourceKind):
    """A search on Gumtree."""

    kind = "gumtree"
    label = "Gumtree"
    summary = "A search or an ad of gumtree.com, gumtree.com.au or the former gumtree.pl."
    config_class = GumtreeConfig
    accept = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"

    def address(self, config: SourceConfig) -> str:
        """The address of the search that the configuration describes."""
        return config.address if isinstance(config, GumtreeConfig) else ""

    def parse(self, body: bytes, content_type: str, url: str, config: SourceConfig | None = None) -> list[RawEntry]:
        """Cut a search page, or the page of one ad, into listings."""
        tree = page_of(body, content_type, "a page of Gumtree")
        base = url or _own_address(tree)
        for layout in _LAYOUTS:
            if listings := [found for row in tree.xpath(layout.rows) if (found := _listing(row, layout, base))]:
                return unique(listings)
        if ad := _ad(tree, base):
            return unique([ad])
        nothing_listed(tree, "Gumtree")
        return []

    def coverage(self, config: SourceConfig, body: bytes) -> Coverage:
        """The search that is made of the words shows the newest first."""
        newest = isinstance(config, GumtreeConfig) and config.address
        return Coverage.NEWEST if newest else Coverage.NOTHING_CERTAIN

    def read(self, entry: RawEntry, config: SourceConfig) -> Offer | Skip:
        """Read one listing."""
        return read_listing(entry, config, is_classified=True)


def _own_address(tree: html.HtmlElement) -> str:
    """The address that a saved page calls its own, else the front page of the country that it is written for."""
    for link in tree.xpath(".//meta[@property='og:url']/@content | .//link[@rel='canonical']/@href"):
        if is_at(link, *_SITES):
            return str(link)
    locale = (tree.get("data-locale") or tree.get("lang") or "").lower()
    return _SITES["gumtree.pl" if "pl" in locale else "gumtree.com.au" if "au" in locale else "gumtree.com"]


def _part(row: html.HtmlElement, paths: tuple[str, ...]) -> str:
    return next((text for path in paths if (text := text_of(first(row.xpath(path))))), "")


def _listing(row: html.HtmlElement, layout: Layout, base: str) -> Listing | None:
    link = next((found for path in layout.link for found in row.xpath(path) if found.get("href")), None)
    address = absolute_url(link.get("href", ""), base) if link is not None else ""
    title = _part(row, layout.title)
    if not address or not title:
        return None
    number = _NUMBER.search(address)
    return Listing(
        external_id=number[1] if number else address[:400],
        url=address,
        title=title,
        price=_part(row, layout.price),
        currency=currency_of_place(address),
        image_url=_image(row, base),
        location=_part(row, layout.location).rsplit(",\u00a0", 1)[-1].rsplit(", ", 1)[-1]
        if layout is _LAYOUTS[0]
        else _part(row, layout.location),
        description=_part(row, layout.description),
    )


def _image(row: html.HtmlElement, base: str) -> str:
    """The picture, which most layouts load late: the address is then beside the one that is shown first."""
    places = ".//img/@data-src | .//source/@data-srcset | .//img/@src | .//source/@srcset"
    for source in row.xpath(places):
        address = absolute_url(source.split()[0], base) if source.strip() else ""
        if address and not source.startswith("data:"):
            return address
    return ""


def _ad(tree: html.HtmlElement, base: str) -> Listing | None:
    """The page of one ad."""
    number = _NUMBER.search(base)
    said = {name: _part(tree, paths) for name, paths in _AD.items()}
    if number is None or not said["title"] or not said["price"]:
        return None
    image = tree.xpath(".//meta[@property='og:image']/@content")
    place = one_line(said["location"]).replace(" ,", ",")
    return Listing(
        external_id=number[1],
        url=base,
        title=said["title"],
        price=said["price"],
        currency=currency_of_place(base),
        image_url=absolute_url(image[0], base) if image else "",
        location=place,
        description=said["description"],
    )
