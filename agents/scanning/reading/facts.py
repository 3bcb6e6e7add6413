"""What else an entry says: the merchant, the picture, the brand, the category, the condition and the times."""

from __future__ import annotations

import datetime
import re

from agents.scanning.sources.base import RawEntry
from common.money_text import find_amounts
from common.text import attributes_of, one_line, shortened
from common.urls import absolute_url, host_of, marketplace_of

_LONGEST_NAME = 120
_DEAL_SITES = frozenset({"slickdeals", "dealnews", "ozbargain", "hotukdeals", "feedburner.com"})
_SCORE_LINE = re.compile(r"\AThumb Score:\s*[+-]?[0-9]+\s*")
_AT = re.compile(r"(?:\A|\s)@\s*(?=[A-Za-z0-9])(?![0-9]+(?:\.[0-9]+)?(?:\s|\Z))(.+)\Z")
_AT_ENDS = re.compile(
    r"\s+(?:with|w/|using|after|for|when|if|free|\+|-|–|—|\||/|\$|£|€|US\$|A\$)(?=\s|[0-9]|\Z|\()|\s*[(\[,;$£€]|\s@",
    re.IGNORECASE,
)
_HAS = re.compile(
    r"(?P<name>[A-Z0-9][\w.&'’+-]*(?:\s+[\w.&'’+-]+){0,5}?)(?:\s+[(\[][^)\]]{1,60}[)\]],?)?\s+(?:also\s+)?"
    r"(?:has|have|offers|is\s+offering|is\s+having|are\s+offering|is\s+selling)\b"
)
_AT_SHOP = re.compile(
    r"\b(?:Buy|Shop|Get it)(?: It)?(?: Now)? at ([A-Z0-9][\w&'’. -]{1,40}?)(?=[.!]?\s*(?:\n|\Z))", re.MULTILINE
)
_REFURBISHED = re.compile(r"\b(?:refurb\w*|renewed|reconditioned|remanufactured|recertified)\b", re.IGNORECASE)
_USED = re.compile(
    r"\b(?:pre-?owned|second[- ]hand|open[- ]box|used(?!\s+(?:with|for|as|by|in|to)\b))\b", re.IGNORECASE
)
_NO_CATEGORY = re.compile(
    r"\b(?:deals?|front\s?page|all|other|uncategori[sz]ed|offers?|news|coupons?)\b", re.IGNORECASE
)
_PIXEL = re.compile(r"feedburner|/~r/|pixel|/track|doubleclick|spacer|1x1", re.IGNORECASE)
_LEADING = re.compile(r"\A(?:\s*(?:save|only|now|get|just|from)\b)?[\s:;,.*!|–—-]+", re.IGNORECASE)
_DANGLING = re.compile(
    r"(?:[\s,;:(\[|+&@–—-]|(?<![\w-])(?:for|only|now|just|at|from|was|is|with|w/|on sale|sale|starting|"
    r"as low as|up to|save|price|US|AU))+\Z",
    re.IGNORECASE,
)


def without_score(text: str) -> str:
    """The text of a Slickdeals entry without the line of its votes."""
    return _SCORE_LINE.sub("", text)


def merchant_of(entry: RawEntry, text: str) -> str:
    """Who sells it: by the conventions of the deal sites ("… @ eBay", "Amazon.com has …"), else by the shop's address."""
    if stated := one_line(_text(entry.extra.get("merchant"))):
        return shortened(stated, _LONGEST_NAME)
    at = _AT.search(entry.title)
    named = _merchant_at(at[1]) if at else ""
    if not named or _SCORE_LINE.match(text):
        first = without_score(text).split("\n", 1)[0]
        named = _merchant_that_has(first) or _merchant_that_has(entry.title) or named
    if not named and (shop := _AT_SHOP.search(text)):
        named = shop[1]
    return shortened(_tidy(named) or _merchant_by_address(entry), _LONGEST_NAME)


def product_name(title: str, currency: str) -> str:
    """The name of the thing: the title up to its first amount of money, or the title without its amounts."""
    spans = find_amounts(title, currency)
    if not spans:
        return title
    head = _DANGLING.sub("", title[: spans[0].start])
    if len(head) >= 8:
        return head
    kept, end = [], 0
    for span in spans:
        kept.append(title[end : span.start])
        end = span.end
    return one_line(_LEADING.sub("", " ".join([*kept, title[end:]]))) or title


def image_of(entry: RawEntry) -> str:
    """The picture: the one that the feed names, else the first in the text that is no counting pixel."""
    if entry.image_url:
        return entry.image_url
    for image in attributes_of(entry.summary_html, "img"):
        address = absolute_url(image.get("src", ""), entry.url)
        sizes = (image.get("width", ""), image.get("height", ""))
        if (
            address
            and len(address) <= 2_000
            and not _PIXEL.search(address)
            and not any(size in {"0", "1", "2"} for size in sizes)
        ):
            return address
    return ""


def brand_of(entry: RawEntry) -> str:
    """The brand, where the feed names it as one."""
    return shortened(_text(entry.extra.get("brand")) or _tag(entry, "/brand/"), 100)


def category_of(entry: RawEntry) -> str:
    """The category, where the feed names one that says something."""
    named = (
        _text(entry.extra.get("category"))
        or _tag(entry, "/cat/")
        or next((one for one in entry.categories if not _NO_CATEGORY.search(one)), "")
    )
    return shortened(named, 100)


def condition_of(entry: RawEntry) -> str:
    """new, refurbished, used or unknown: only what is said."""
    stated = _text(entry.extra.get("condition")).lower()
    if stated in {"new", "refurbished", "used"}:
        return stated
    if _REFURBISHED.search(entry.title):
        return "refurbished"
    return "used" if _USED.search(entry.title) else "unknown"


def time_of(text: str) -> datetime.datetime | None:
    """An aware time from RFC 3339; None where it is none."""
    try:
        found = datetime.datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        return None


def expiry_of(entry: RawEntry, published: datetime.datetime | None, now: datetime.datetime) -> datetime.datetime | None:
    """When the offer ends or ended. One that is marked as expired without a time ended when it is first seen so."""
    stated = time_of(_text(entry.extra.get("expires_at")))
    if entry.extra.get("expired") and (stated is None or stated > now):
        return max(published, now - datetime.timedelta(seconds=1)) if published and published < now else now
    return stated


def _merchant_at(text: str) -> str:
    ending = _AT_ENDS.search(text)
    return text[: ending.start()] if ending else text


def _merchant_that_has(text: str) -> str:
    match = _HAS.match(text)
    return match["name"] if match else ""


def _merchant_by_address(entry: RawEntry) -> str:
    for address in (_text(entry.extra.get("merchant_url")), entry.url):
        place = marketplace_of(address)
        if place and place not in _DEAL_SITES:
            return place if "." in place else place.capitalize()
    return ""


def _tidy(name: str) -> str:
    name = one_line(name).strip(" .,:;!-")
    return re.sub(r"\.com\b", "", name) if len(name) <= _LONGEST_NAME and not host_of(name) else ""


def _tag(entry: RawEntry, scheme: str) -> str:
    for tag in entry.extra.get("tags", []):
        if isinstance(tag, dict) and scheme in _text(tag.get("scheme")):
            return _text(tag.get("term"))
    return ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
