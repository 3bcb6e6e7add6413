"""Whether a title names an accessory or a spare part, and not the thing that it is for."""

from __future__ import annotations

import re

_NOUN = (
    r"(?:cases?|covers?|sleeves?|skins?|protectors?|tempered glass|screen guards?|bumpers?|folios?|straps?|bands?|wristbands?|"
    r"chargers?|charging (?:cable|dock|stand|station|pad|case)s?|cables?|cords?|adapters?|docks?|cradles?|mounts?|"
    r"holders?|stands?|brackets?|tripods?|"
    r"batter(?:y|ies)|battery packs?|replacement [a-z]+|filters?|refills?|cartridges?|toners?|ink|bags?|pouch(?:es)?|lanyards?|"
    r"ear ?tips|ear ?pads|ear ?cushions|stylus|styli|remote(?: control)?s?|keyboard covers?|lens caps?|lens hoods?|wall plates?|"
    r"decals?|stickers?|knobs?|hoses?|nozzles?|attachments?|brush heads?|blades?|grips?|thumb grips?|manuals?|parts kit)"
)
FOR = r"(?:for|fits?|fit for|compatible with|works with|designed for|made for|replacement for|replaces)"
_DEVICE = (
    r"(?:iphone|ipad|galaxy|pixel|airpods|apple watch|macbook|kindle|switch|ps5|playstation|xbox|gopro|surface|echo)"
)
_NOUN_FOR = re.compile(rf"\b{_NOUN}\b[^|.;]{{0,60}}\b{FOR}\b\s+\S")
_FOR_THEN_NOUN = re.compile(rf"^(?:[a-z0-9'&+-]+\s){{0,3}}{FOR}\s[^|.;]{{2,80}}\b{_NOUN}\b")
_COMPATIBLE = re.compile(r"\bcompatible with\b|\breplacement (?:for|part|battery|screen|band|strap|filter|remote)\b")
_DEVICE_NOUN = re.compile(
    rf"\b{_DEVICE}\b[^|.;,(]{{0,40}}"
    r"\b(?:case|cover|sleeve|skin|screen protector|protector|strap|band|charger|cable|dock|mount|holder|stand|grip|decal)s?\b"
)
_INCLUDES = re.compile(r"\b(?:with|includes?|including|plus|and|\+|&|w/)\s[^|.;]{0,40}$")


def is_accessory(title: str) -> bool:
    """Whether a lower-case title names an accessory; "with" and "and" before the noun make it a thing that brings one along."""
    if _FOR_THEN_NOUN.search(title) or _COMPATIBLE.search(title):
        return True
    for pattern in (_NOUN_FOR, _DEVICE_NOUN):
        match = pattern.search(title)
        if match and not _INCLUDES.search(title[: match.start()]) and not _INCLUDES.search(match.group(0)[:-1]):
            return True
    return False
