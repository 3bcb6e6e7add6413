"""Which kind reads something whose kind nobody said: by its address, else by how it begins and what it calls itself."""

from __future__ import annotations

import re

from common.urls import host_of, marketplace_of

_PLACES = frozenset({"craigslist", "facebook", "gumtree"})
_BEGINNING = 200_000
_FEED = re.compile(
    rb"\A[\s\x00\xef\xbb\xbf\xff\xfe]*(?:<\?xml\b(?!.{0,400}<html)|<!--.*?-->\s*<(?:rss|feed)|<(?:rss|feed|rdf|channel)\b)",
    re.IGNORECASE | re.DOTALL,
)
_HTML = re.compile(rb"<html\b|<!doctype\s+html|<head\b|<body\b", re.IGNORECASE)
_OWN = re.compile(
    rb"""<(?:link\b[^>]{0,300}\brel\s*=\s*["']?canonical|meta\b[^>]{0,300}\bproperty\s*=\s*["']?og:url)[^>]{0,3000}>""",
    re.IGNORECASE,
)
_OWN_REVERSED = re.compile(rb"""<link\b[^>]{0,3000}\brel\s*=\s*["']?canonical[^>]{0,300}>""", re.IGNORECASE)
_ADDRESS = re.compile(rb"""https?://[^\s"'<>]{3,2000}""")
_EBAY_ANSWER = re.compile(rb'"itemSummaries"\s*:')
_MARKS = (
    ("facebook", re.compile(rb"""<html[^>]{0,200}\bid=["']facebook["']""", re.IGNORECASE)),
    ("ebay", re.compile(rb"""class=["'][^"']{0,80}\b(?:s-item__wrapper|s-card__title)\b""")),
    (
        "craigslist",
        re.compile(
            rb"cl-static-search-result|//www\.craigslist\.org/styles/|<title>[^<]{0,200}\bcraigslist\b", re.IGNORECASE
        ),
    ),
    ("gumtree", re.compile(rb"<title>[^<]{0,300}\bgumtree\b[^<]{0,80}</title>|user-ad-row-new-design", re.IGNORECASE)),
)


def kind_of_address(url: str) -> str:
    """The kind that reads what an address gives, as far as the address says: a marketplace's own, else a feed."""
    place = marketplace_of(url) if host_of(url) else ""
    if place in _PLACES:
        return place
    return "ebay" if place == "ebay" and host_of(url).startswith("api.") else "feed"


def guess_kind(body: bytes, url: str = "") -> str:
    """The kind that reads this body. What looks like nothing that is known is taken for a feed, whose reader says best what it is not."""
    if _FEED.match(body[:_BEGINNING]):
        return "feed"
    if body[:100].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}:
        return "ebay" if _EBAY_ANSWER.search(body) else "feed"
    if not _HTML.search(body[:_BEGINNING]):
        return "feed"
    place = marketplace_of(url) if host_of(url) else ""
    if not place:
        place = _own_place(body)
    if place in _PLACES or place == "ebay":
        return place
    return next((name for name, mark in _MARKS if mark.search(body)), "page") if not host_of(url) else "page"


def _own_place(body: bytes) -> str:
    for tag in (*_OWN.findall(body[: 5 * _BEGINNING]), *_OWN_REVERSED.findall(body[: 5 * _BEGINNING])):
        if address := _ADDRESS.search(tag):
            return marketplace_of(address[0].decode("utf-8", "replace"))
    return ""
