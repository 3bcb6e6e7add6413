"""Texts of offers in plain words, as models of what they mean see them, and as what somebody searches for is compared with them."""

from __future__ import annotations

import html
import re
import unicodedata

LONGEST = 600  # characters; what comes later in a description says little about a price
_TAG = re.compile(r"<[a-zA-Z/!][^>]{0,400}>")
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_CURRENCY = r"(?:us|au|ca|nz|c|a)?\s?[$€£¥]|\b(?:usd|eur|gbp|aud|cad|rs\.?)"
_AMOUNT = r"\d[\d.,]*(?:\s?k\b)?"
_MONEY = re.compile(
    rf"(?:{_CURRENCY})\s?{_AMOUNT}(?:\s?[-–]\s?(?:{_CURRENCY})?\s?{_AMOUNT})?"
    r"|\b\d[\d.,]*\s?(?:usd|eur|gbp|aud|cad|dollars?|euros?|bucks|cents|€|£)(?![a-z])",
    re.IGNORECASE,
)
_SHARE = re.compile(r"\b\d{1,3}\s?(?:%|percent)\s?(?:off|discount|savings?|coupon|back|cash\s?back)", re.IGNORECASE)
_CHATTER = re.compile(
    r"\b(?:free (?:shipping|returns?|delivery|s/h|s&h)|ships free|(?:was|msrp|list price|retail|reg(?:ular)? price|rrp)\b:?"
    r"|w/ (?:code|coupon)|coupon code|promo code|with (?:code|coupon)|lightning deal|deal of the day|today only|"
    r"limited time|lowest price ever|all[- ]time low|in[- ]store only|ymmv|prime members?|slickdeals?|best price)",
    re.IGNORECASE,
)
_SHOP = re.compile(r"\s@\s?[\w .&'’-]{2,30}$")
_EMPTY_FIELD = re.compile(r"\b(?:value|unit|color|colour|size)\s*:\s*(?:nan|none|null|n/?a)\b|\bnan\b", re.IGNORECASE)
_FIELD_NAME = re.compile(r"\b(?:item name|bullet point \d+|product description)\s*:", re.IGNORECASE)
_BREAK = re.compile(r"[|\r\n\t•·]+|\s[-–—]\s")
_LEFT_OVER = re.compile(r"[(\[]\s*[)\]]|(?<=\s)[+&,.:;/-](?=\s|$)|\b(?:now|only|just|from|for|at)\s*$")
_SPACE = re.compile(r"\s+")


def clean(text: str) -> str:
    """Lower-case text of one line without mark-up, addresses, money, percentages off and deal chatter."""
    text = unicodedata.normalize("NFKC", html.unescape(text[: LONGEST * 3]))
    for pattern in (_TAG, _URL, _MONEY, _SHARE, _CHATTER, _EMPTY_FIELD, _FIELD_NAME, _BREAK, _LEFT_OVER):
        text = pattern.sub(" ", text)
    return _SPACE.sub(" ", text).strip().lower()[:LONGEST]


def without_shop(title: str) -> str:
    """A title without the shop that deal forums put behind it: `Kettle $20 @ Walmart`."""
    return _SHOP.sub("", title)
