"""The kind of source that is a search on eBay: asked through the Browse API, or read from a saved page."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from agents.scanning.sources.base import (
    Coverage,
    Get,
    Offer,
    RawEntry,
    Skip,
    SourceConfig,
    SourceKind,
    UnreadableSource,
)
from agents.scanning.sources.ebay.config import LARGEST_PAGE, EbayConfig
from agents.scanning.sources.ebay.items import listing_of_item
from agents.scanning.sources.ebay.pages import listings_of_page
from agents.scanning.sources.ebay.token import application_token
from agents.scanning.sources.listing import read_listing, unique
from agents.scanning.sources.walls import nothing_listed, page_of
from common.egress import EgressError, Page


class EbaySource(SourceKind):
    """A search on eBay."""

    kind = "ebay"
    label = "eBay"
    unasked = (
        "It is not asked, because it has no client ID. Enter one with Change; until then only saved pages are read."
    )
    summary = (
        "A search through eBay's own interface (a free key of developer.ebay.com is needed), or saved search pages."
    )
    config_class = EbayConfig
    accept = "application/json"
    is_interface = True

    def address(self, config: SourceConfig) -> str:
        """The address of the search that the configuration describes."""
        return config.address if isinstance(config, EbayConfig) else ""

    def collect(self, url: str, config: SourceConfig, get: Get) -> Page:
        """All pages of the search, up to the configured number of listings, as one body. A token that is refused is renewed once."""
        if not isinstance(config, EbayConfig) or not config.client_id:
            raise UnreadableSource(
                "Without a client ID eBay is not asked. Enter one of developer.ebay.com, or send saved pages."
            )
        items: list[Any] = []
        while True:
            page = _ask(url, config, get, offset=len(items))
            answer = _answer(page.body)
            new = answer.get("itemSummaries")
            items += new if isinstance(new, list) else []
            if page.not_modified or not new or not answer.get("next") or len(items) >= config.most_items:
                break
        if page.not_modified:
            return page
        body = json.dumps(
            {"total": answer.get("total", len(items)), "itemSummaries": items[: config.most_items]}
        ).encode()
        return Page(url, page.status, page.headers, body)

    def parse(self, body: bytes, content_type: str, url: str, config: SourceConfig | None = None) -> list[RawEntry]:
        """Cut an answer of the Browse API, or a saved page, into listings."""
        if body[:1_000].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}:
            answer = _answer(body)
            items = answer.get("itemSummaries", [])
            return unique([found for item in items if isinstance(item, dict) and (found := listing_of_item(item))])
        tree = page_of(body, content_type, "a search on eBay")
        if listings := listings_of_page(tree, url):
            return unique(listings)
        nothing_listed(tree, "eBay")
        return []

    def coverage(self, config: SourceConfig, body: bytes) -> Coverage:
        """An answer that holds as many items as there are in all holds everything."""
        answer = _answer(body)
        if isinstance(total := answer.get("total"), int) and total <= len(answer.get("itemSummaries", [])):
            return Coverage.EVERYTHING
        newest = isinstance(config, EbayConfig) and config.sort == "newlyListed"
        return Coverage.NEWEST if newest else Coverage.NOTHING_CERTAIN

    def read(self, entry: RawEntry, config: SourceConfig) -> Offer | Skip:
        """Read one listing."""
        return read_listing(entry, config)


def _ask(url: str, config: EbayConfig, get: Get, *, offset: int) -> Page:
    """One page of the search."""
    address = _at(url, offset) if offset else url
    headers = {"X-EBAY-C-MARKETPLACE-ID": config.site}
    try:
        return get(address, headers={**headers, "Authorization": f"Bearer {application_token(config)}"})
    except EgressError as error:
        if error.status != HTTPStatus.UNAUTHORIZED:
            raise
    try:
        return get(address, headers={**headers, "Authorization": f"Bearer {application_token(config, renew=True)}"})
    except EgressError as error:
        if error.status != HTTPStatus.UNAUTHORIZED:
            raise
        raise UnreadableSource(
            "eBay refuses a token that it has just given. Check at developer.ebay.com whether the key may use the Browse API."
        ) from error


def _at(url: str, offset: int) -> str:
    """The address of a later page. It is made here, so that an answer cannot send the token elsewhere."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | {
        "offset": str(offset),
        "limit": str(LARGEST_PAGE),
    }
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))


def _answer(body: bytes) -> dict[str, Any]:
    """An answer of the API. Raises `UnreadableSource` for what is none, in eBay's own words where it states an error."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableSource("eBay's answer breaks off or is no JSON, so none of it was used.") from error
    if not isinstance(answer, dict):
        raise UnreadableSource("eBay's answer is JSON, but not a search's.")
    errors = answer.get("errors")
    if isinstance(errors, list) and errors:
        said = errors[0].get("message") if isinstance(errors[0], dict) else ""
        raise UnreadableSource(f"eBay answered with an error: {str(said or 'it says nothing more')[:200].rstrip('.')}.")
    if not isinstance(answer.get("itemSummaries", []), list) or (
        "itemSummaries" not in answer and answer.get("total") != 0
    ):
        raise UnreadableSource("eBay's answer names neither listings nor that there are none.")
    return answer
