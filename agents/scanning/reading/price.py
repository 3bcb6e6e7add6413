"""The one exact price of an offer, out of its title and description, or the reason why there is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from agents.scanning.reading.phrases import Role
from agents.scanning.reading.roles import Judged, brackets_of, judge
from common.money_text import find_amounts
from common.text import shortened

_LONGEST_DESCRIPTION = 20_000
_LONGEST_SENTENCE = 300
_MOST_AMOUNTS = 60
"""A text that states more amounts than this is a list or a trap, not an offer of one thing."""
# Amounts of these roles beside a price leave open what one pays; the others do not.
_DOUBTS = (
    Role.REBATE, Role.FROM, Role.RANGE, Role.PERIOD, Role.MULTI, Role.UPTO, Role.OR_LESS, Role.APPROXIMATE, Role.ADDED,
    Role.UNREADABLE,
)  # fmt: skip
_PRICELIKE = frozenset({Role.PRICE, *_DOUBTS})


@dataclass(frozen=True, slots=True)
class PriceFound:
    """An exact price, and the list price where the same text states one above it in the same currency."""

    price: Decimal
    currency: str
    list_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class NoPrice:
    """Why a text states no exact price, as a phrase. `stated` is the amount of a price "or less", else None."""

    reason: str
    stated: tuple[Decimal | None, str | None] | None = None


def _any(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_CONDITIONS: list[tuple[re.Pattern[str], str]] = [
    (_any(r"\btrade[- ]?ins?\b|\btrading in\b"), "the price depends on a trade-in"),
    (_any(r"(?<!instant )\brebates?\b|\bMIR\b"), "the price depends on a rebate"),
    (
        _any(
            r"(?:\b(?:with|w/|on|requires?|req\.?|via|when|after)|\+)\s*(?:[\w&'.$/+-]+\s+){0,5}(?:contract|activation|plans?|port[- ]?in|"
            r"new lines?|service agreement|instal?lments?)\b|\bbill credits?\b|\bport[- ]in\b|\bwith (?:a )?new line\b"
        ),
        "the price depends on a plan or contract",
    ),
    (
        _any(
            r"\bbogof?\b|\bb[1-9]g[1-9]\b|\bbuy\s+(?:[0-9]+\+?|one|two|three|any|more)\b.{0,40}\bget\b|\bbuy(?:ing)?\s+(?:[2-9]\+?|"
            r"[1-9][0-9]+\+?|two|three|multiple)\b|\bget\s+(?:one|1|another)\s+(?:free|half)|\b[2-9] for [1-9]\b(?![0-9.]*[-\s]?pack)"
        ),
        "the price is for several together",
    ),
    (
        _any(r"\b(?:with|w/|when|via)\s*(?:the\s+|an?\s+|any\s+)?purchas(?:e|ing)\b|\bredeem\b"),
        "it needs another purchase",
    ),
    (
        _any(r"\b(?:bids?|bidding|auction|raffle|sweepstakes|giveaway|contest)\b|\bwin\b(?!\s*(?:[0-9]|xp|pro|home))"),
        "it is an auction or a draw, not an offer at a price",
    ),
    (
        _any(
            r"\brefer(?:ral)?\b|\b(?:checking|savings|bank) account\b|\bcredit card (?:offer|bonus)\b|\bsign[- ]?up bonus\b"
        ),
        "it is a bonus, not an offer at a price",
    ),
]
_EACH = re.compile(r"\s*(?:/\s*)?(?:each|ea)\b", re.IGNORECASE)
_MORE = re.compile(r"(?:&|\band\b|\+|,)\s*(?:many\s+)?more\b", re.IGNORECASE)
_MANY = re.compile(
    r"\b(?:various|assorted|select(?:ed)?|several|couple(?: of)?|any|styles|choice|choose)\b", re.IGNORECASE
)
_PROMOTION = re.compile(
    r"%\s*-?\s*(?:off|discount|cash[\s-]?back|rebate|back|savings?)\b|\b(?:free|freebie|bogof?|coupons?|vouchers?|codes?|sales?|"
    r"deals|clearance|up to|from|save|off|giveaway|discounts?|sitewide|various|cash[\s-]?back|rebate|trade[- ]?in|points|bundle of)\b",
    re.IGNORECASE,
)
_ANNOUNCED = re.compile(
    r"(?:\b(?:on sale for|available for|sells? for|priced at|for|now|price(?: is| drops? to)?|only|just|drops? to|down to|pay|costs?|"
    r"is|sale price)|[=@:])\s*(?:only\s+|just\s+|now\s+)?:?\s*\Z",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?](?=\s|\Z)|\n")
_SOLD_FOR = re.compile(r"\b(?:on sale for|priced at|price(?: is)?:?|now)\s*\Z", re.IGNORECASE)
_PUBLISHED_LIST = re.compile(r"\b(?:rrp|msrp|srp|list price|retail price)\b", re.IGNORECASE)


def read_price(title: str, description: str, default_currency: str) -> PriceFound | NoPrice:
    """Read the price that `title` states; only where it states none, the one that `description` announces.

    Both are plain text; a "$" without a country means `default_currency` where that is a dollar.
    """
    found = _price_of(title, default_currency)
    description = description[:_LONGEST_DESCRIPTION]
    if isinstance(found, PriceFound):
        if reason := _small_print(found, description, default_currency):
            return NoPrice(reason)
        return _with_list_price(found, description, default_currency)
    if found.stated is not None:
        return _confirmed(found, description, default_currency)
    if find_amounts(title, default_currency) or _PROMOTION.search(title) or _condition(title, []):
        return found
    announced = _price_of(description, default_currency, announced=True)
    return announced if isinstance(announced, PriceFound) else found


def _price_of(text: str, default_currency: str, *, announced: bool = False) -> PriceFound | NoPrice:
    spans = find_amounts(text, default_currency)
    if len(spans) > _MOST_AMOUNTS:
        return NoPrice("it states very many amounts")
    judged = judge(text, spans)
    prices = [one for one in judged if one.role is Role.PRICE]
    main = [one for one in prices if not one.aside]
    if not main and len({one.span.key for one in prices}) == 1:
        main = prices
    if announced:
        # A description tells many stories: every amount that could be the price must be announced, and be the same.
        main = [one for one in prices if _ANNOUNCED.search(_before(text, one))]
        if len({one.span.key for one in prices}) != 1:
            return NoPrice("it states no single price")
    doubts = [one for one in judged if one.role in _DOUBTS and not (main and one.aside)]
    if reason := _condition(text, [one for one in judged if main and one.aside and one.role in _PRICELIKE]):
        return NoPrice(reason)
    if doubts:
        stated = doubts[0].span.key if not main and len(judged) == 1 and doubts[0].role is Role.OR_LESS else None
        return NoPrice(_because(doubts[0]), stated)
    if len({one.span.key for one in main}) > 1:
        return NoPrice(f"it states several prices: {_quoted(', '.join(one.words for one in main[:4]))}")
    if not main:
        return NoPrice(_because(judged[0]) if judged else "it states no price")
    if reason := _for_many(text, main[0]):
        return NoPrice(reason)
    amount, currency = main[0].span.key
    if amount is None or currency is None:
        return NoPrice(_because(main[0]))
    return PriceFound(amount, currency, _list_price(judged, amount, currency))


def _condition(text: str, alternatives: list[Judged]) -> str | None:
    """The condition on which the price of a text depends. What stands in brackets with a price of its own is passed over."""
    if alternatives:
        for start, end in reversed(brackets_of(text)):
            if any(start < one.span.start < end for one in alternatives):
                text = f"{text[:start]} {text[end:]}"
    return next((reason for pattern, reason in _CONDITIONS if pattern.search(text)), None)


def _for_many(text: str, price: Judged) -> str | None:
    """Whether a price is one price of many different things."""
    before, after = text[: price.span.start], text[price.span.end :]
    if _MORE.search(before) or (_EACH.match(after) and (_MANY.search(before) or before.count(",") >= 2)):
        return f"{_quoted(price.words)} is one price for several products"
    return None


def _list_price(judged: list[Judged], price: Decimal, currency: str) -> Decimal | None:
    stated = {one.span.amount for one in judged if one.role is Role.LIST and one.span.currency == currency}
    listed = stated.pop() if len(stated) == 1 else None
    return listed if listed is not None and listed > price else None


def _small_print(found: PriceFound, description: str, default_currency: str) -> str | None:
    """The condition that the description puts on the price of the title, in a sentence that repeats the price."""
    for span in find_amounts(description, default_currency)[:_MOST_AMOUNTS]:
        if span.key == (found.price, found.currency):
            start = max((end.end() for end in _SENTENCE_END.finditer(description, 0, span.start)), default=0)
            end = _SENTENCE_END.search(description, span.end)
            sentence = description[start : end.start() if end else len(description)]
            if len(sentence) <= _LONGEST_SENTENCE and (reason := _condition(sentence, [])):
                return reason
    return None


def _with_list_price(found: PriceFound, description: str, default_currency: str) -> PriceFound:
    """Add the list price of the description where the title has none: one that it names so (RRP, MSRP), or the price before
    ("was $50") where that and the price itself are all the amounts that it states."""
    if found.list_price is not None:
        return found
    judged = judge(description, find_amounts(description, default_currency)[:_MOST_AMOUNTS])
    others = [one for one in judged if one.span.key != (found.price, found.currency)]
    published = [one for one in judged if one.role is Role.LIST and _PUBLISHED_LIST.search(one.words)]
    if not published and len(others) == 1 and others[0].role is Role.LIST:
        published = others
    return PriceFound(found.price, found.currency, _list_price(published, found.price, found.currency))


def _confirmed(found: NoPrice, description: str, default_currency: str) -> PriceFound | NoPrice:
    """A price "or less" in the title holds where the description announces that very amount as the price."""
    for one in judge(description, find_amounts(description, default_currency)[:_MOST_AMOUNTS]):
        amount, currency = one.span.key
        if one.role is not Role.PRICE or one.span.key != found.stated or amount is None or currency is None:
            continue
        if _SOLD_FOR.search(_before(description, one)):
            return PriceFound(amount, currency)
    return found


def _before(text: str, one: Judged) -> str:
    """The words right before an amount."""
    return text[max(0, one.span.start - 60) : one.span.start]


def _because(one: Judged) -> str:
    return f"{_quoted(one.words)} {one.role.value}"


def _quoted(words: str) -> str:
    return f"“{shortened(words, 60)}”"
