"""The kind of source that is what people send: a page is read by the reader of the place that its address names.

The address is somebody's claim. It is believed in one thing only, which place the page is of: whatever on the page leads
elsewhere is left out, so that a page of one place cannot speak for another.
"""

from __future__ import annotations

from agents.scanning.sources.base import Offer, RawEntry, Skip, SourceConfig, SourceKind, UnreadableSource
from common.urls import is_web_url, marketplace_of

_READERS = {"ebay": "ebay", "craigslist": "craigslist", "gumtree": "gumtree", "facebook": "facebook"}


def reader_for(url: str) -> str:
    """The name of the kind that reads pages of this address."""
    return _READERS.get(marketplace_of(url), "page")


class SubmittedSource(SourceKind):
    """What people send."""

    kind = "submitted"
    label = "Sent by people"
    summary = "Offers that people send by the bookmarklet, the API or a phone. There is one such source, and it is not fetched."
    accept = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
    is_fetched = False

    def parse(self, body: bytes, content_type: str, url: str, config: SourceConfig | None = None) -> list[RawEntry]:
        """Cut a page into entries by the reader of its place."""
        from agents.scanning.sources.registry import get_kind

        if not is_web_url(url):
            raise UnreadableSource("A page that is sent wants its address, which says how it is read.")
        name = reader_for(url)
        reader = get_kind(name)
        try:
            entries = reader.parse(body, content_type, url)
        except UnreadableSource:
            if name in {"page", "facebook"}:
                raise
            entries = get_kind("page").parse(body, content_type, url)
        place = marketplace_of(url)
        own = [entry for entry in entries if marketplace_of(entry.url) == place]
        if entries and not own:
            raise UnreadableSource("Everything on this page leads to other places than the one that it was sent for.")
        for entry in own:
            entry.extra["reader"] = name
        return own

    def read(self, entry: RawEntry, config: SourceConfig) -> Offer | Skip:
        """Read one entry by the reader that cut it out."""
        from agents.scanning.sources.registry import UnknownKind, get_kind

        try:
            reader = get_kind(str(entry.extra.get("reader") or reader_for(entry.url)))
        except UnknownKind:
            return Skip(entry.title, "the reader of its place is no longer there")
        return reader.read(entry, config)
