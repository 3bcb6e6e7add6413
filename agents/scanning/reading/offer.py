"""From an entry to an offer, or to the reason why it is none."""

from __future__ import annotations

import datetime

from agents.scanning.reading import facts
from agents.scanning.reading.price import NoPrice, PriceFound, read_price
from agents.scanning.sources.base import Offer, RawEntry, Skip, SourceConfig
from common.money import parse_price
from common.text import plain_text, shortened
from common.urls import canonical_url, is_web_url

_LONGEST_DESCRIPTION = 5_000


def read_offer(entry: RawEntry, config: SourceConfig, *, now: datetime.datetime) -> Offer | Skip:
    """Read one entry of a deal feed: an exact price from its title, or else what its text announces, or a `Skip`."""
    title = entry.title.strip()
    if len(title) < 3:
        return Skip(title or entry.external_id, "it has no title")
    address = canonical_url(entry.url or str(entry.extra.get("merchant_url", "")))
    if not is_web_url(address) or len(address) > 2_000:
        return Skip(title, "it has no web address that could be kept")
    found = _structured_price(entry, config) or read_price(
        title, plain_text(entry.summary_html, keep_struck=False), config.default_currency
    )
    if isinstance(found, NoPrice):
        return Skip(title, shortened(found.reason, 300))
    text = plain_text(entry.summary_html)
    published = facts.time_of(entry.published_at)
    return Offer(
        external_id=entry.external_id,
        url=address,
        canonical_url=address,
        title=title,
        description=shortened(facts.without_score(text), _LONGEST_DESCRIPTION),
        price=found.price,
        currency=found.currency,
        list_price=found.list_price,
        merchant=facts.merchant_of(entry, text),
        brand=facts.brand_of(entry),
        category=facts.category_of(entry),
        condition=facts.condition_of(entry),
        image_url=facts.image_of(entry),
        published_at=published,
        expires_at=facts.expiry_of(entry, published, now),
    )


def _structured_price(entry: RawEntry, config: SourceConfig) -> PriceFound | None:
    """The price that a shopping feed gives in a field of its own (`g:price`)."""
    stated = entry.extra.get("price")
    money = parse_price(stated, default_currency=config.default_currency) if isinstance(stated, str) else None
    return PriceFound(money.amount, money.currency) if money and money.amount > 0 else None
