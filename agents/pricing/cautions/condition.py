"""In which condition a thing is sold, by the words of its title, or of its description where that says so outright."""

from __future__ import annotations

import re
from typing import Literal

Condition = Literal["new", "refurbished", "used", "parts"]

_PARTS = re.compile(
    r"\b(?:for parts|not working|broken screen|as[- ]is|parts only|spares? or repairs?|cracked"
    r"|(?:does not|doesn'?t|won'?t|will not) (?:work|turn on|power on|charge|boot)"
    r"|faulty|defective|smashed|shattered|untested|incomplete|spares|^no power"
    r"|dead (?:motor|battery|screen|pixels?|board)|motor dead|damaged"
    r"|(?:icloud|activation|account|mdm)[- ]?locked|blacklisted|bad (?:esn|imei))\b"
)
_REFURBISHED = re.compile(
    r"\b(?:refurb(?:ished|s)?|renewed|reconditioned|remanufactured|open[- ]?box|recertified|factory certified"
    r"|(?:display|floor|demo|showroom|ex-?display|ex-?demo) (?:model|unit|item)|ex-?display|ex-?demo|b-?stock"
    r"|scratch (?:and|&) dent|factory seconds?)\b"
)
_USED = re.compile(
    r"\b(?:pre-?owned|second[- ]?hand|gently used|very good condition|good condition|used)\b(?! (?:for|to|in|by|with|as)\b)"
    r"|\b(?:grade [bcd]|(?:heavy|light|visible|some) (?:wear|scratches)|scratched|ex-?rental|customer returns?|returned item|worn once)\b"
)
_NEVER_USED = re.compile(r"\b(?:never|not|un)[- ]?used\b")
# Loose words such as "used" stand in many a description; these do not stand there by chance.
_STATED = re.compile(
    r"\b(?:condition|grade)\s?:?\s?(?:is\s)?(?:used|refurbished|pre-?owned|open box|for parts)\b"
    r"|\b(?:certified|seller|manufacturer|factory) refurbished\b"
    r"|\bthis (?:item|product|unit) is (?:used|refurbished|renewed|pre-?owned)\b"
    r"|\b(?:sold|selling|being sold) (?:as[- ]is|for parts)\b|\bfor parts (?:or|and) repairs?\b"
    r"|\b(?:it|item|unit|device|console|phone) (?:is not working|(?:does not|doesn'?t|won'?t) (?:turn on|power on|charge|boot))\b"
)


def condition_of(text: str) -> Condition:
    """The worst condition that a lower-case text names."""
    if _PARTS.search(text):
        return "parts"
    if _USED.search(_NEVER_USED.sub(" ", text)):
        return "used"
    return "refurbished" if _REFURBISHED.search(text) else "new"


def stated_condition(text: str) -> Condition:
    """The condition that a lower-case description states outright."""
    stated = _STATED.search(text)
    return condition_of(stated.group(0)) if stated else "new"
