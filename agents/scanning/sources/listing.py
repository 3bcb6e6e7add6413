"""From a listing of a marketplace to an offer: what all marketplaces write in the same few ways.

A listing keeps what its page says, word for word, in the entry; `read_listing` makes sense of it. So a listing that was stored
can be read again by a better reader.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from agents.scanning.reading.facts import time_of
from agents.scanning.sources.base import Offer, RawEntry, Skip, SourceConfig
from agents.scanning.sources.places import currency_of_place
from common.money import Money, find_amounts, parse_price
from common.text import one_line, plain_text, shortened
from common.urls import canonical_url, host_of, is_web_url

_FREE = re.compile(r"\b(?:free|gratis|kostenlos|zu verschenken|za darmo|oddam)\b", re.IGNORECASE)
_ON_REQUEST = re.compile(
    r"\b(?:p\.?o\.?a|on (?:request|application)|contact|call|ask|enquire|negotiable|do uzgodnienia|zapytaj|skontaktuj|kontakt|auf anfrage|"
    r"verhandlungsbasis)\b",
    re.IGNORECASE,
)
_OFFERS = re.compile(
    r"\b(?:offers?|o\.?n\.?o|swap|trade|wymian\w+|zamieni\w+|tausch\w*|make an offer)\b", re.IGNORECASE
)
_FROM = re.compile(
    r"(?:\A|\s)(?:from|starting at|as low as|od|ab|à partir de|desde|vanaf|a partire da)\s", re.IGNORECASE
)
_PER_TIME = re.compile(
    r"/\s?(?:mo|month|week|wk|day|hour|hr)\b|\b(?:per|a)\s(?:month|week|day|hour|night)\b|\b(?:pw|pcm|pppw)\b",
    re.IGNORECASE,
)
_LETTER_APART = re.compile(r"\A([ACS]|AU|CA|HK|NZ|SG|US) \$(?=\s?[0-9])")
_PLACEHOLDER = re.compile(r"1|12345(?:6(?:7(?:89?)?)?)?|([1-9])\1{4,}")
_CONDITIONS = (
    ("refurbished", re.compile(r"refurb|renewed|reconditioned|recertified|remanufactured", re.IGNORECASE)),
    ("used", re.compile(r"used|pre-?owned|second.?hand|open.?box|\blike new\b|for parts|good|fair|acceptable|używan", re.IGNORECASE)),
    ("new", re.compile(r"\bnew\b|\bnowy\b|\bnowe\b|\bneu\b", re.IGNORECASE)),
)  # fmt: skip
_SCHEMA_ORG = {
    "instock": "InStock", "limitedavailability": "InStock", "onlineonly": "InStock", "instoreonly": "InStock", "outofstock": "OutOfStock",
    "soldout": "SoldOut", "discontinued": "SoldOut", "preorder": "PreOrder", "presale": "PreOrder", "backorder": "BackOrder",
    "reserved": "Reserved",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listing:
    """One listing as a page shows it: texts as they are written there, addresses absolute, "" for what is not shown.

    `currency` is a code where the page states one beside the amount; `is_auction` where `price` is a bid that may still rise.
    """

    external_id: str
    url: str
    title: str
    price: str
    currency: str = ""
    list_price: str = ""
    image_url: str = ""
    condition: str = ""
    location: str = ""
    shipping: str = ""
    availability: str = ""
    merchant: str = ""
    brand: str = ""
    category: str = ""
    description: str = ""
    published_at: str = ""
    expires_at: str = ""
    sku: str = ""
    gtin: str = ""
    mpn: str = ""
    is_auction: bool = False

    def as_entry(self) -> RawEntry:
        """The entry that is stored."""
        own = ("external_id", "url", "title", "image_url", "published_at", "description")
        said = {name: value for name, value in asdict(self).items() if name not in own and value}
        return RawEntry(
            external_id=self.external_id[:400],
            url=self.url,
            title=shortened(one_line(self.title), 500),
            summary_html=self.description[:20_000],
            published_at=self.published_at,
            image_url=self.image_url if len(self.image_url) <= 2_000 else "",
            extra=said,
        )


def unique(listings: list[Listing]) -> list[RawEntry]:
    """The entries of listings, each once: promoted ones stand twice on a page."""
    seen: dict[str, Listing] = {}
    for listing in listings:
        seen.setdefault(listing.external_id, listing)
    return [listing.as_entry() for listing in seen.values()]


def read_listing(entry: RawEntry, config: SourceConfig, *, is_classified: bool = False) -> Offer | Skip:
    """Read one listing: exactly one price that stands, or a `Skip` with its reason.

    `is_classified` says that people sell to people there, where an amount such as $1 stands for "make an offer".
    """
    title = entry.title.strip()
    if len(title) < 2:
        return Skip(title or entry.external_id, "it has no title")
    address = canonical_url(entry.url)
    if not is_web_url(address) or len(address) > 2_000:
        return Skip(title, "it has no web address that could be kept")
    said = {name: value for name, value in entry.extra.items() if isinstance(value, str)}
    if entry.extra.get("is_auction"):
        return Skip(title, "it is an auction: a bid is not a price")
    currency = said.get("currency") or config.default_currency or currency_of_place(entry.url)
    money = price_of(said.get("price", ""), currency)
    if isinstance(money, str):
        return Skip(title, money)
    if (
        is_classified
        and money.amount == money.amount.to_integral()
        and _PLACEHOLDER.fullmatch(f"{money.amount:f}".split(".")[0])
    ):
        return Skip(title, f"its price of {money} stands for “make an offer”")
    listed = parse_price(said.get("list_price", ""), default_currency=money.currency)
    return Offer(
        external_id=entry.external_id,
        url=entry.url if len(entry.url) <= 2_000 else address,
        canonical_url=address,
        title=title,
        description=shortened(plain_text(entry.summary_html), 5_000),
        price=money.amount,
        currency=money.currency,
        list_price=listed.amount
        if listed and listed.currency == money.currency and listed.amount > money.amount
        else None,
        merchant=shortened(one_line(said.get("merchant", "")), 120),
        brand=shortened(one_line(said.get("brand", "")), 100),
        category=shortened(one_line(said.get("category", "")), 100),
        condition=condition_of(said.get("condition", "")) or "unknown",
        image_url=entry.image_url,
        published_at=time_of(entry.published_at),
        expires_at=time_of(said.get("expires_at", "")),
        gtin=_digits(said.get("gtin", "")),
        mpn=shortened(said.get("mpn", ""), 100),
        sku=shortened(said.get("sku", ""), 100),
        availability=availability_of(said.get("availability", "")),
        shipping=shipping_of(said.get("shipping", ""), money.currency),
        location=shortened(one_line(said.get("location", "")), 200),
    )


def price_of(text: str, currency: str) -> Money | str:
    """The one price that a listing states, or in a few words why there is none. A bare number is in `currency`."""
    text = _LETTER_APART.sub(r"\1$", one_line(text))
    if not text:
        return "it states no price"
    if _FROM.search(text):
        return f"“{shortened(text, 60)}” is where prices begin, not a price"
    if _PER_TIME.search(text):
        return f"“{shortened(text, 60)}” is paid again and again, not a price"
    money = parse_price(text, default_currency=currency)
    if money is not None and money.amount > 0:
        return money
    amounts = {span.key for span in find_amounts(text, currency)}
    if len(amounts) > 1:
        return f"“{shortened(text, 60)}” is a range or several prices, not one price"
    if money is not None or _FREE.search(text):
        return "it is given away, so there is no price to judge"
    if _OFFERS.search(text):
        return "it asks for offers and states no price"
    if _ON_REQUEST.search(text):
        return "its price is told on request"
    return f"“{shortened(text, 60)}” is no price that can be read exactly"


def condition_of(text: str) -> str:
    """new, refurbished or used, by the words that marketplaces use; "" where nothing is said."""
    text = text.replace("_", " ").rsplit("/", 1)[-1].replace("Condition", "")
    return next((name for name, words in _CONDITIONS if text and words.search(text)), "")


def availability_of(text: str) -> str:
    """A word of schema.org for whether it can be had; "" where nothing is said."""
    return _SCHEMA_ORG.get(re.sub(r"[\W_]", "", text.rsplit("/", 1)[-1]).lower(), "")


def shipping_of(text: str, currency: str) -> Decimal | None:
    """What sending it costs, 0 where that is free, None where nothing exact is said or it is in another currency."""
    if not text:
        return None
    money = parse_price(
        re.sub(r"[+]|\b(?:shipping|postage|delivery)\b", " ", text, flags=re.IGNORECASE).strip(),
        default_currency=currency,
    )
    if money is not None:
        return money.amount if money.currency == currency else None
    spans = [span for span in find_amounts(text, currency) if span.amount is not None]
    if len(spans) == 1 and spans[0].currency == currency:
        return spans[0].amount
    return Decimal(0) if _FREE.search(text) and not spans else None


def when(seconds: Any) -> str:
    """Seconds since 1970 as RFC 3339, "" where they are none."""
    try:
        return datetime.datetime.fromtimestamp(float(seconds), datetime.UTC).isoformat()
    except (TypeError, ValueError, OverflowError, OSError):
        return ""


def is_at(url: str, *sites: str) -> bool:
    """Whether an address is at one of these sites or below it: `www.ebay.com` is at `ebay.com`."""
    host = host_of(url)
    return any(host == site or host.endswith(f".{site}") for site in sites)


def _digits(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    return digits if len(digits) in {8, 12, 13, 14} else ""
