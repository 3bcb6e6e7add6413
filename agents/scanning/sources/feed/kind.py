"""The kind of source that is a feed."""

from __future__ import annotations

import datetime

from agents.scanning.reading.offer import read_offer
from agents.scanning.sources.base import Offer, RawEntry, Skip, SourceConfig, SourceKind, UnreadableSource
from agents.scanning.sources.feed.decode import text_of, xml_of
from agents.scanning.sources.feed.entries import json_entries, xml_entries


class FeedSource(SourceKind):
    """RSS, Atom and JSON Feed."""

    kind = "feed"
    label = "Feed"
    summary = "RSS, Atom or JSON Feed: most deal sites have one."
    accept = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1"

    def parse(self, body: bytes, content_type: str, url: str, config: SourceConfig | None = None) -> list[RawEntry]:
        """Cut a feed into entries. Raises `UnreadableSource` with a sentence for anything else."""
        if len(body) > self.max_bytes:
            raise UnreadableSource(
                f"The feed is larger than {self.max_bytes // 1_000_000} MB, which is more than is read, so none of it was used."
            )
        text = text_of(body, content_type).lstrip("\ufeff \t\r\n")
        if text[:1] in {"{", "["}:
            return json_entries(text, url)
        if text[:1] != "<":
            raise UnreadableSource("The answer is not a feed: it does not begin like RSS, Atom or JSON Feed.")
        return xml_entries(xml_of(text), url)

    def read(self, entry: RawEntry, config: SourceConfig) -> Offer | Skip:
        """Read one entry of a feed."""
        return read_offer(entry, config, now=datetime.datetime.now(datetime.UTC))
