"""The words by which shops are understood, from `words.toml`: names of classes and ids, and texts in some twenty languages."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

_DATA: Final[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


def _names(key: str) -> frozenset[str]:
    return frozenset(_DATA["names"][key])


def _texts(key: str, before: str = "", after: str = "") -> re.Pattern[str]:
    return re.compile(f"{before}(?:{'|'.join(_DATA['texts'][key])}){after}", re.IGNORECASE)


# What an element is called: whole words of its class, id and the like.
PRICE: Final = _names("price")
NOW: Final = _names("now")
WAS: Final = _names("was")
SHIPPING: Final = _names("shipping")
UNIT: Final = _names("unit")
SAVING: Final = _names("saving")
PERIOD: Final = _names("period")
OTHER_AMOUNT: Final = _names("other_amount")
NET: Final = _names("net")
PICKUP: Final = _names("pickup")
RELATED: Final = _names("related")
LISTED: Final = _names("listed")
CHROME: Final = _names("chrome")
REVIEW: Final = _names("review")
HIDDEN: Final = _names("hidden")
CENTS: Final = _names("cents")
BUY: Final = _names("buy")

# What the parts of an address are called that a product's number stands in or behind.
URL_KEY: Final = _names("url_key")
URL_LEAD: Final = _names("url_lead")

# What texts say.
BUY_TEXT: Final = _texts("buy_text")
SOLD_OUT: Final = _texts("sold_out")
IN_STOCK: Final = _texts("in_stock")
OF_A_SHOP: Final = _texts("of_a_shop")
RELATED_HEADING: Final = _texts("related_heading")
NO_PRICE: Final = _texts("no_price")

_FREE: Final = (
    r"(?:\W*(?:free|gratis|gratuit|kostenlos|kostenfrei|darmow|zdarma|ingyen|бесплатн|incl|inkl|zzgl|excl|exkl|plus))"
)
# What stands right before an amount (to its left) or right after it.
BEFORE_WAS: Final = _texts("before_was", after=r"\s*[:.]?\s*(?:price)?\s*[:.]?\s*\Z")
NEAR_NET: Final = _texts("net")
BEFORE_NET: Final = _texts("net", after=r"\s*:?\s*\Z")
BEFORE_PRICE: Final = _texts("before_price", before=r"(?<![^\W\d_])", after=r"\s*[:：]?\s*\Z")
BEFORE_PRESENT_PRICE: Final = _texts("before_present_price", before=r"(?<![^\W\d_])", after=r"\s*[:：]?\s*\Z")
BEFORE_FROM: Final = _texts("before_from", after=r"\s*:?\s*\Z")
BEFORE_SAVING: Final = _texts("before_saving", after=r"\s*:?\s*\Z")
BEFORE_SHIPPING: Final = _texts("before_shipping", after=r"[^0-9]{0,25}\Z")
BEFORE_PERIOD: Final = _texts("before_period", after=r"\s*\Z")
AFTER_FROM: Final = re.compile(r"\A\s*(?:~|〜|～|から|부터|起|and up\b|\+\s*$|'den|'dan)")
AFTER_UNIT: Final = _texts("after_unit", before=r"\A\s*(?:/|per|pro|par|por|al|je|za)\s*(?:\d+\s*)?", after=r"\b")
AFTER_PERIOD: Final = _texts("after_period", before=r"\A\s*(?:/|per|a|pro|par|por|al|je|na|в|za|kk)?\s*\.?\s*")
AFTER_SAVING: Final = _texts("after_saving", before=r"\A\s*")
AFTER_SHIPPING: Final = _texts(
    "after_shipping", before=rf"\A\s*\+?\s*(?!{_FREE})(?:\(?\w{{0,12}}\s)?", after="(?!kostenfrei|free)"
)

# What stands before a number by which the thing is known.
SKU_LABEL: Final = _texts("sku_label", before=r"(?:\b|^)", after=r"\s*[.:#：№°]*\s*")
MODEL_LABEL: Final = _texts("model_label", before=r"(?:\b|^)", after=r"\s*[.:#：]*\s*")
GTIN_LABEL: Final = _texts("gtin_label", before=r"(?:\b|^)", after=r"\s*[.:#：]*\s*")

# What stands before other facts, and what is said of delivery.
BRAND_LABEL: Final = _texts("brand_label", before="^", after=r"\s*[:：]\s*(?P<name>[^:|]{2,40})$")
CONDITION_LABEL: Final = _texts("condition_label", before="^", after=r"\s*[:：]?\s*(?P<word>.{3,40})$")
FREE_SHIPPING: Final = _texts("free_shipping")

# Currencies: ISO codes, and what each sign can stand for.
CODES: Final = frozenset(_DATA["money"]["codes"])
SIGNS: Final[dict[str, tuple[str, ...]]] = {sign: tuple(codes) for sign, codes in _DATA["money"]["signs"].items()}
