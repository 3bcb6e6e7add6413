"""From a parsed feed to entries. Feeds are strange: whatever is missing or of the wrong type is left out, never a crash."""

from __future__ import annotations

import calendar
import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import feedparser

from agents.scanning.sources.base import RawEntry, UnreadableSource
from agents.scanning.sources.feed.decode import MOST_ENTRIES
from common.text import one_line, plain_text, shortened
from common.urls import absolute_url, canonical_url, is_web_url, marketplace_of

_LONGEST_ID = 400
_LONGEST_HTML = 60_000
_REDIRECTORS = frozenset({"feedproxy.google.com", "feeds.feedburner.com", "feedblitz.com"})
_IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif")


def xml_entries(xml: str, url: str) -> list[RawEntry]:
    """The entries of an RSS or Atom feed. Raises `UnreadableSource` where the XML is none."""
    try:
        parsed = feedparser.parse(
            _Readable(xml.encode("utf-8")),
            response_headers={"content-type": "application/xml; charset=utf-8", "content-location": url},
        )
    except Exception as error:  # feedparser promises not to raise, but a hostile feed may know better
        raise UnreadableSource("The feed is so malformed that it cannot be read.") from error
    if not parsed.get("version") and not parsed.entries:
        raise UnreadableSource("The answer is XML, but not a feed of a kind that is known (RSS, Atom).")
    base = url or _text(parsed.feed.get("link"))
    return _unique(_xml_entry(entry, base) for entry in parsed.entries)


def json_entries(text: str, url: str) -> list[RawEntry]:
    """The entries of a JSON Feed. Raises `UnreadableSource` where the JSON is broken or no feed."""
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableSource(
            "The answer looks like JSON but breaks off or is malformed, so none of it was used."
        ) from error
    version = feed.get("version") if isinstance(feed, dict) else None
    if not isinstance(version, str) or "jsonfeed.org/version" not in version:
        raise UnreadableSource("The answer is JSON, but not a JSON Feed.")
    items = feed.get("items")
    if not isinstance(items, list):
        raise UnreadableSource("The JSON Feed has no list of items.")
    base = url or _text(feed.get("home_page_url"))
    return _unique(_json_entry(item, base) for item in items[:MOST_ENTRIES] if isinstance(item, dict))


class _Readable:
    """Bytes that feedparser reads as a file; given bytes alone, it would also try them as a file's name."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self) -> bytes:
        return self._data


def _xml_entry(entry: Mapping[str, Any], base: str) -> RawEntry:
    meta = _mapping(entry.get("ozb_meta"))
    link = _best_link(entry, base)
    identity = _text(entry.get("id"))
    if identity and is_web_url(identity):
        identity = canonical_url(identity)
    html = _longest(
        *(_text(_mapping(part).get("value")) for part in _list(entry.get("content"))), _text(entry.get("summary"))
    )
    extra: dict[str, Any] = {
        "merchant_url": _web(meta.get("url"), base),
        "expires_at": _in_sydney(_text(meta.get("expiry")))
        or _text(entry.get("dealnews_expires"))
        or _when(entry, "expired"),
        "expired": _text(_mapping(entry.get("ozb_title-msg")).get("type")) == "expired",
        "tags": _tags(entry),
        "price": _text(entry.get("g_sale_price")) or _text(entry.get("g_price")),
        "condition": _text(entry.get("g_condition")),
        "brand": _text(entry.get("g_brand")),
        "merchant": _text(entry.get("dealnews_retailer")),
        "category": _text(entry.get("dealnews_category")),
    }
    return _entry(
        identity=identity,
        link=link,
        title=_text(entry.get("title")),
        html=html,
        published=_when(entry, "published") or _when(entry, "updated"),
        categories=[tag["term"] for tag in extra["tags"] if tag["term"]],
        image=_first_web(_images(entry, meta), base),
        extra=extra,
    )


def _json_entry(item: Mapping[str, Any], base: str) -> RawEntry:
    identity = item.get("id")
    images = (item.get("image"), item.get("banner_image"))
    tags = [one_line(tag) for tag in _list(item.get("tags")) if isinstance(tag, str)]
    return _entry(
        identity=str(identity) if isinstance(identity, (str, int)) else "",
        link=_web(item.get("url"), base) or _web(item.get("external_url"), base),
        title=_text(item.get("title")),
        html=_text(item.get("content_html"))
        or _escaped(_text(item.get("content_text")))
        or _escaped(_text(item.get("summary"))),
        published=_iso(_text(item.get("date_published")) or _text(item.get("date_modified"))),
        categories=tags,
        image=_first_web(images, base),
        extra={"merchant_url": _web(item.get("external_url"), base), "tags": []},
    )


def _entry(
    *,
    identity: str,
    link: str,
    title: str,
    html: str,
    published: str,
    categories: list[str],
    image: str,
    extra: dict[str, Any],
) -> RawEntry:
    title = shortened(one_line(plain_text(title)), 500)
    identity = one_line(identity) or canonical_url(link) or f"{title}\n{html}"
    if not one_line(identity) or len(identity) > _LONGEST_ID:
        identity = "sha256:" + hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()
    return RawEntry(
        external_id=identity,
        url=link,
        title=title,
        summary_html=html[:_LONGEST_HTML].replace("\x00", "").encode("utf-8", "ignore").decode(),
        published_at=published,
        categories=[shortened(category, 100) for category in categories if category][:20],
        image_url=image,
        extra={name: value for name, value in extra.items() if value},
    )


def _best_link(entry: Mapping[str, Any], base: str) -> str:
    """The address of the entry itself: a counter of clicks in front of it is passed by where the feed names both."""
    link = _web(entry.get("link"), base)
    original = _web(entry.get("feedburner_origlink"), base)
    if original:
        return original
    identity = _text(entry.get("id"))
    if (not link or marketplace_of(link) in {"feedburner.com", "google.com"}) and is_web_url(identity):
        return identity
    return link


def _tags(entry: Mapping[str, Any]) -> list[dict[str, str]]:
    tags = (_mapping(tag) for tag in _list(entry.get("tags"))[:40])
    return [
        {
            "term": one_line(plain_text(_text(tag.get("term")))),
            "scheme": shortened(one_line(_text(tag.get("scheme"))), 200),
        }
        for tag in tags
    ]


def _images(entry: Mapping[str, Any], meta: Mapping[str, Any]) -> Iterable[Any]:
    """Where feeds put the picture, best first."""
    yield meta.get("image")
    for name in ("media_content", "media_thumbnail"):
        for media in _list(entry.get(name)):
            kind = _text(_mapping(media).get("type")) or _text(_mapping(media).get("medium"))
            if not kind or kind.startswith("image"):
                yield _mapping(media).get("url")
    for enclosure in _list(entry.get("enclosures")):
        address = _text(_mapping(enclosure).get("href"))
        if _text(_mapping(enclosure).get("type")).startswith("image") or address.lower().endswith(_IMAGE_ENDINGS):
            yield address
    yield entry.get("g_image_link")
    yield _mapping(entry.get("image")).get("href")


def _when(entry: Mapping[str, Any], name: str) -> str:
    """A time that feedparser has read, as RFC 3339 in UTC; "" where there is none or it is impossible."""
    parsed = entry.get(f"{name}_parsed")
    try:
        return datetime.datetime.fromtimestamp(calendar.timegm(parsed), datetime.UTC).isoformat() if parsed else ""
    except (ValueError, OverflowError, TypeError, OSError):
        return ""


def _in_sydney(text: str) -> str:
    """A time of OzBargain, which leaves its own zone out where it writes none."""
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError:
        return ""
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo("Australia/Sydney"))).isoformat()


def _iso(text: str) -> str:
    try:
        found = datetime.datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC).isoformat()
    except (ValueError, OverflowError):
        return ""


def _unique(entries: Iterable[RawEntry]) -> list[RawEntry]:
    """Entries with an identity of their own: of two with the same one, the first stays."""
    seen: dict[str, RawEntry] = {}
    for entry in entries:
        if entry.title or entry.summary_html:
            seen.setdefault(entry.external_id, entry)
    return list(seen.values())


def _first_web(addresses: Iterable[Any], base: str) -> str:
    return next((found for found in (_web(address, base) for address in addresses) if found), "")


def _web(address: Any, base: str) -> str:
    """An http(s) address of at most 2,000 characters, or ""."""
    found = absolute_url(_text(address).replace("&amp;", "&"), base) if address else ""
    return found if len(found) <= 2_000 else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _longest(*texts: str) -> str:
    return max(texts, key=len)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
