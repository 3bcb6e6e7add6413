"""Feeds for tests, written as a deal site would write them."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape


def item(number: int, title: str, text: str = "", extra: str = "") -> str:
    """One item of an RSS feed; `number` gives it its identity and its address."""
    return (
        f"<item><title>{escape(title)}</title><link>https://deals.example/{number}?utm_source=rss</link>"
        f"<guid isPermaLink='false'>item-{number}</guid><description>{escape(text)}</description>{extra}</item>"
    )


def rss(items: Iterable[str]) -> bytes:
    """An RSS 2.0 feed of these items."""
    inside = "".join(items)
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Deals</title>{inside}</channel></rss>'.encode()
