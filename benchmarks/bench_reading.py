"""Reading: how fast a feed becomes entries and an entry an exact price. The feed is the one of the samples."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

from agents.scanning.reading.price import read_price
from agents.scanning.sources.registry import get_kind
from benchmarks.measurement import Measurement, best_seconds
from dealfinder.starter.feed import dated_offers

URL = "https://samples.dealfinder.example/offers.xml"


def run() -> list[Measurement]:
    """Entries a second for each step, and what finding the price costs beside parsing the feed."""
    body = dated_offers(datetime.now(UTC))
    kind = get_kind("feed")
    entries = kind.parse(body, "application/rss+xml", URL)
    texts = [(entry.title, entry.summary_html) for entry in entries]
    bare = best_seconds(lambda: ET.fromstring(body))
    parsing = best_seconds(lambda: kind.parse(body, "application/rss+xml", URL))
    reading = best_seconds(lambda: [read_price(title, text, "USD") for title, text in texts])
    return [
        Measurement("entries parsed", len(entries) / parsing, "a second"),
        Measurement("prices read", len(entries) / reading, "a second"),
        Measurement("parsing the feed, against its bare XML", parsing / bare, "times"),
        Measurement("reading prices, against parsing the feed", reading / parsing, "times"),
    ]
