"""What a careful buyer reads twice: accessories, packs, condition, monthly prices, vouchers.

Most false bargains are a true price of another thing: a case "for iPhone 15" valued as a phone, one month of a phone
valued as the phone, a used one valued as new. These readings are plain rules, so that a person can say why one applied.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from agents.pricing.quantities import pack_count

Condition = Literal["new", "refurbished", "used", "parts"]

_ACCESSORY_NOUN = (
    r"(?:cases?|covers?|sleeves?|skins?|protectors?|tempered glass|screen guards?|bumpers?|folios?|straps?|bands?|wristbands?|"
    r"chargers?|charging (?:cable|dock|stand|station|pad|case)s?|cables?|cords?|adapters?|docks?|cradles?|mounts?|"
    r"holders?|stands?|brackets?|tripods?|"
    r"batter(?:y|ies)|battery packs?|replacement [a-z]+|filters?|refills?|cartridges?|toners?|ink|bags?|pouch(?:es)?|lanyards?|"
    r"ear ?tips|ear ?pads|ear ?cushions|stylus|styli|remote(?: control)?s?|keyboard covers?|lens caps?|lens hoods?|wall plates?|"
    r"decals?|stickers?|knobs?|hoses?|nozzles?|attachments?|brush heads?|blades?|grips?|thumb grips?|manuals?|parts kit)"
)
_FOR = r"(?:for|fits?|fit for|compatible with|works with|designed for|made for|replacement for|replaces)"
_ACCESSORY = re.compile(rf"\b{_ACCESSORY_NOUN}\b[^|.;]{{0,60}}\b{_FOR}\b\s+\S")
_FOR_THEN_ACCESSORY = re.compile(rf"^(?:[a-z0-9'&+-]+\s){{0,3}}{_FOR}\s[^|.;]{{2,80}}\b{_ACCESSORY_NOUN}\b")
_COMPATIBLE = re.compile(r"\bcompatible with\b|\breplacement (?:for|part|battery|screen|band|strap|filter|remote)\b")
_ENDS_WITH_ACCESSORY = re.compile(
    r"\b(?:iphone|ipad|galaxy|pixel|airpods|apple watch|macbook|kindle|switch|ps5|playstation|xbox|gopro|surface|echo)\b"
    r"[^|.;,(]{0,40}\b(?:case|cover|sleeve|skin|screen protector|protector|strap|band|charger|cable|dock|mount|holder|stand|grip|decal)s?\b"
)
_INCLUDES = re.compile(r"\b(?:with|includes?|including|plus|and|\+|&|w/)\s[^|.;]{0,40}$")
_RECURRING = re.compile(
    r"(?:/|\bper\s?|\ba\s|\beach\s)\s?(?:mo\b|mth\b|months?\b|week\b|wk\b)|"
    r"\bmonthly (?:payments?|fee|plan|price|rate|cost|instal?lments?)\b"
    r"|\bper month\b|\bper week\b"
    r"|\b(?:rental|rent|leas(?:e|ing)|hire purchase|instal?lments?|down payment|deposit)\b"
    r"|\b\d{1,2}\s?(?:x|months? (?:plan|contract|term|of))\b(?=[^|]*(?:contract|plan|payment|financ|carrier))"
    r"|\bwith (?:a )?(?:new )?(?:contract|activation|new line|unlimited plan)\b"
)
_VOUCHER = re.compile(
    r"\bgift ?cards?\b|\be-?gift\b|\bvouchers?\b|\bcoupon book\b|\bstore credit\b"
    r"|\btrade[- ]?in\b|\bgiveaway\b|\bsweepstakes\b|\bcash ?back\b"
    r"|\b(?:subscription|membership)\b|\bup to \S{1,8} off\b"
)
_GIFT_CARD_THROWN_IN = re.compile(r"(?:\+|\bplus\b|\bwith\b|\bw/|\band\b|\bfree\b)[^|.;]{0,30}\bgift ?card")
_PARTS = re.compile(r"\b(?:for parts|not working|broken screen|as[- ]is|parts only|spares? or repairs?|cracked)\b")
_REFURBISHED = re.compile(
    r"\b(?:refurb(?:ished|s)?|renewed|reconditioned|remanufactured|open[- ]?box|recertified|factory certified)\b"
)
_USED = re.compile(
    r"\b(?:pre-?owned|second[- ]?hand|gently used|very good condition|good condition|used)\b(?! (?:for|to|in|by|with|as)\b)"
)
_STATED = re.compile(
    r"\b(?:condition|grade)\s?:?\s?(?:is\s)?(?:used|refurbished|pre-?owned|open box|for parts)\b"
    r"|\b(?:certified|seller|manufacturer|factory) refurbished\b"
    r"|\bthis (?:item|product|unit) is (?:used|refurbished|renewed|pre-?owned)\b"
)
_NEVER_USED = re.compile(r"\b(?:never|not|un)[- ]?used\b")


@dataclass(frozen=True)
class Caution:
    """What rules read in a title and text. `pack` is how many are sold together (1 unless said)."""

    condition: Condition = "new"
    accessory: bool = False
    pack: int = 1
    recurring: bool = False
    voucher: bool = False


NOTHING: Final = Caution()


def _is_accessory(title: str) -> bool:
    if _FOR_THEN_ACCESSORY.search(title) or _COMPATIBLE.search(title):
        return True
    for pattern in (_ACCESSORY, _ENDS_WITH_ACCESSORY):
        match = pattern.search(title)
        if match and not _INCLUDES.search(title[: match.start()]) and not _INCLUDES.search(match.group(0)[:-1]):
            return True
    return False


def _condition(text: str) -> Condition:
    if _PARTS.search(text):
        return "parts"
    if _REFURBISHED.search(text):
        return "refurbished"
    return "used" if _USED.search(_NEVER_USED.sub(" ", text)) else "new"


def caution_about(title: str, text: str = "") -> Caution:
    """Read a title, and its text where that states the condition outright (loose words like "used" count in titles only)."""
    head = title.lower()
    condition = _condition(head)
    stated = _STATED.search(text[:600].lower())
    if condition == "new" and stated:
        condition = _condition(stated.group(0))
    voucher = _VOUCHER.search(head) is not None and _GIFT_CARD_THROWN_IN.search(head) is None
    return Caution(
        condition=condition,
        accessory=_is_accessory(head),
        pack=pack_count(head),
        recurring=_RECURRING.search(head) is not None,
        voucher=voucher,
    )
