"""The kind of source that is a search on Craigslist.

Three layouts of search pages are known: the list that is written into the page today for readers without scripts
(`cl-static-search-result`, with the same listings in JSON-LD beside it), the rows of 2013 to 2022 (`result-row`), and the
paragraphs of 2009. A page of a single posting is read as well.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

from lxml import html

from agents.scanning.sources.base import Coverage, Offer, RawEntry, Skip, SourceConfig, SourceKind
from agents.scanning.sources.craigslist.config import CraigslistConfig
from agents.scanning.sources.listing import Listing, read_listing, unique
from agents.scanning.sources.walls import first, having, nothing_listed, page_of, states, text_of
from common.money import find_amounts
from common.text import one_line, title_key
from common.urls import absolute_url

_POSTING = re.compile(r"/([0-9]{8,12})\.html(?:[?#]|$)")
_TITLE_WITH_PRICE = re.compile(r"\A(?P<title>.*?)(?:\s+-\s+(?P<price>[$£€][0-9.,]+))?(?:\s+-)?\Z", re.DOTALL)
_PICTURES = "https://images.craigslist.org/{}_600x450.jpg"


class CraigslistSource(SourceKind):
    """A search on Craigslist."""

    kind = "craigslist"
    label = "Craigslist"
    summary = "A search in one city and category, or a single posting."
    config_class = CraigslistConfig
    accept = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"

    def address(self, config: SourceConfig) -> str:
        """The address of the search that the configuration describes."""
        return config.address if isinstance(config, CraigslistConfig) else ""

    def parse(self, body: bytes, content_type: str, url: str, config: SourceConfig | None = None) -> list[RawEntry]:
        """Cut a search page, or the page of one posting, into listings."""
        tree = page_of(body, content_type, "a page of Craigslist")
        base = url or _own_address(tree)
        for read in (_static, _rows, _paragraphs, _posting):
            if listings := read(tree, base):
                return unique(listings)
        nothing_listed(tree, "Craigslist")
        return []

    def coverage(self, config: SourceConfig, body: bytes) -> Coverage:
        """A search by date shows the newest first."""
        newest = isinstance(config, CraigslistConfig) and config.address and config.sort == "date"
        return Coverage.NEWEST if newest else Coverage.NOTHING_CERTAIN

    def read(self, entry: RawEntry, config: SourceConfig) -> Offer | Skip:
        """Read one listing."""
        return read_listing(entry, config, is_classified=True)


def _own_address(tree: html.HtmlElement) -> str:
    for link in tree.xpath(".//link[@rel='canonical']/@href | .//meta[@property='og:url']/@content"):
        if "craigslist" in link:
            return str(link)
    return "https://www.craigslist.org/"


def _listing(base: str, href: str, title: str, price: str, **more: str) -> Listing | None:
    address = absolute_url(href, base)
    number = _POSTING.search(address)
    if not address or number is None or not title:
        return None
    return replace(Listing(external_id=number[1], url=address, title=title, price=price), **more)  # type: ignore[arg-type]


def _kept(listings: list[Listing | None]) -> list[Listing]:
    return [listing for listing in listings if listing is not None]


def _static(tree: html.HtmlElement, base: str) -> list[Listing]:
    """The list for readers without scripts; what JSON-LD says of the same title and price is put beside it."""
    details = _details(tree)
    found = []
    for row in having(tree, "cl-static-search-result", "li") or having(tree, "cl-search-result"):
        link = first(row.xpath(".//a[@href]"))
        if link is None:
            continue
        title = text_of(first(having(row, "title"))) or one_line(row.get("title", "")) or text_of(link)
        price = text_of(first(having(row, "price") + having(row, "priceinfo")))
        more = details.get(title_key(title), {})
        location = text_of(first(having(row, "location"))) or more.get("location", "")
        shown = {
            "location": location,
            "image_url": _image(row) or more.get("image_url", ""),
            "currency": more.get("currency", ""),
        }
        found.append(_listing(base, link.get("href", ""), title, price, **shown))
    return _kept(found)


def _details(tree: html.HtmlElement) -> dict[str, dict[str, str]]:
    """What the JSON-LD of a search page says of each title. A title that stands there twice says nothing for certain."""
    found: dict[str, dict[str, str]] = {}
    twice: set[str] = set()
    for state in states(tree):
        for element in state.get("itemListElement", []) if isinstance(state, dict) else []:
            item = element.get("item") if isinstance(element, dict) else None
            if not isinstance(item, dict) or not isinstance(item.get("name"), str):
                continue
            key = title_key(item["name"])
            twice.update({key} & found.keys())
            found[key] = _detail(item)
    return {key: detail for key, detail in found.items() if key not in twice}


def _detail(item: dict[str, Any]) -> dict[str, str]:
    offer = item.get("offers") if isinstance(item.get("offers"), dict) else {}
    assert isinstance(offer, dict)
    place = offer.get("availableAtOrFrom")
    address = place.get("address") if isinstance(place, dict) else None
    locality = address.get("addressLocality") if isinstance(address, dict) else ""
    images = item.get("image")
    image = images[0] if isinstance(images, list) and images else images
    said = {"location": locality, "currency": offer.get("priceCurrency"), "image_url": image}
    return {name: value for name, value in said.items() if isinstance(value, str)}


def _rows(tree: html.HtmlElement, base: str) -> list[Listing]:
    found = []
    for row in having(tree, "result-row") or having(tree, "row", "p"):
        link = first(having(row, "result-title") + having(row, "hdrlnk") + row.xpath(".//a[@href]"))
        if link is None:
            continue
        price = text_of(first(having(row, "result-price") + having(row, "price")))
        place = text_of(first(having(row, "result-hood") + having(row, "pnr"))).strip(" ()")
        time = row.xpath(".//time/@datetime")
        more = {"location": place, "image_url": _image(row), "published_at": _when(time[0]) if time else ""}
        found.append(_listing(base, link.get("href", ""), text_of(link), price, **more))
    return _kept(found)


def _when(text: str) -> str:
    """A time of Craigslist that names its zone; one without says only the day of a place that is not known here."""
    return text if re.search(r"(?:Z|[+-][0-9]{2}:?[0-9]{2})\Z", text) else ""


def _paragraphs(tree: html.HtmlElement, base: str) -> list[Listing]:
    """The layout of 2009: "title - $price -" in the link, the place in brackets behind it."""
    found = []
    for link in tree.xpath(".//p/a[@href]"):
        if not _POSTING.search(link.get("href", "")):
            continue
        said = _TITLE_WITH_PRICE.match(text_of(link))
        assert said is not None
        place = text_of(first(link.getparent().xpath("./font"))).strip(" ()")
        found.append(_listing(base, link.get("href", ""), one_line(said["title"]), said["price"] or "", location=place))
    return _kept(found)


def _posting(tree: html.HtmlElement, base: str) -> list[Listing]:
    """The page of one posting."""
    title = text_of(first(tree.xpath(".//*[@id='titletextonly']")))
    if not title or not _POSTING.search(base):
        return []
    heading = text_of(first(having(tree, "postingtitletext")))
    price = text_of(first(having(tree, "price"))) or next(
        (heading[s.start : s.end] for s in find_amounts(heading, "USD")), ""
    )
    image = tree.xpath(".//meta[@property='og:image']/@content")
    condition = re.search(r"condition:\s*([a-z ]+)", " ".join(text_of(group) for group in having(tree, "attrgroup")))
    body = text_of(first(tree.xpath(".//*[@id='postingbody']"))).removeprefix("QR Code Link to This Post").strip()
    place = heading.rsplit("(", 1)[1].strip(" ()") if heading.endswith(")") else ""
    times = tree.xpath(".//time/@datetime")
    more = {
        "image_url": urljoin(base, image[0]) if image else "", "condition": condition[1].strip() if condition else "", "location": place,
        "description": body, "published_at": _when(times[0]) if times else "",
    }  # fmt: skip
    gone = "SoldOut" if having(tree, "removed") else ""
    return _kept([_listing(base, base, title, price, availability=gone, **more)])


def _image(row: html.HtmlElement) -> str:
    """The picture of a row: shown, or by the number that the scripts make its address of."""
    for source in row.xpath(".//img/@src | .//img/@data-src"):
        if source.startswith("http"):
            return str(source)
    for ids in row.xpath(".//@data-ids | ./@data-ids"):
        number = ids.split(",")[0].rsplit(":", 1)[-1].strip()
        if re.fullmatch(r"[A-Za-z0-9_]{6,80}", number):
            return _PICTURES.format(number)
    return ""
