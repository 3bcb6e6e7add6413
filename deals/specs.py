"""What the words of an offer say of the thing in numbers: storage, size, power and the like, for setting things side by side."""

from __future__ import annotations

import re
from typing import Final

_NUMBER: Final = r"(?<![\w.,])(\d{1,5}(?:[.,]\d{1,3})?)\s?-?\s?"
_PATTERNS: Final = {
    "Storage and memory": rf"{_NUMBER}(gb|tb)\b",
    "Screen or size": rf"{_NUMBER}(?:inch(?:es)?\b|in\b\.?|[\"”″])",
    "Resolution": r"\b(8k|4k|5k|uhd|qhd|wqhd|full hd|fhd|1080p|1440p|2160p|720p)\b",
    "Refresh rate": rf"{_NUMBER}(hz)\b",
    "Battery": rf"{_NUMBER}(mah|wh)\b",
    "Power": rf"{_NUMBER}(kw|w|watts?)\b",
    "Voltage": rf"{_NUMBER}(v|volts?)\b",
    "Weight": rf"{_NUMBER}(kg|lbs?|pounds?|g|oz|ounces?)\b",
    "Volume": rf"{_NUMBER}(ml|cl|l|liters?|litres?|fl\.? ?oz|gal(?:lons?)?|quarts?|qt)\b",
    "Length": rf"{_NUMBER}(mm|cm|m|ft|feet)\b",
    "Pieces": r"\b(?:pack|set|box) of (\d{1,4})\b|\b(\d{1,4})[- ]?(?:pack|count|ct|pcs|pieces?)\b",
    "Colour": r"\b(black|white|silver|gr[ae]y|blue|navy|red|green|gold|pink|purple|orange|yellow|brown|beige|graphite|midnight)\b",
}
_COMPILED: Final = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _PATTERNS.items()}
_UNITS: Final = {
    "gb": "GB", "tb": "TB", "hz": "Hz", "mah": "mAh", "wh": "Wh", "w": "W", "kw": "kW", "watt": "W", "watts": "W", "v": "V", "volt": "V",
    "volts": "V", "l": "L", "liter": "L", "liters": "L", "litre": "L", "litres": "L", "lbs": "lb", "pound": "lb", "pounds": "lb",
    "ounce": "oz", "ounces": "oz", "feet": "ft", "gallon": "gal", "gallons": "gal", "quart": "qt", "quarts": "qt",
}  # fmt: skip
_LONGEST: Final = 1_000  # characters
_MOST: Final = 4


def specs_of(title: str, description: str = "") -> dict[str, str]:
    """What the words say, by its name: `{"Storage and memory": "16 GB, 512 GB"}`. What the title says of something counts, and the
    description only for what the title leaves out. Amounts are as written, not converted."""
    found = _read(description[:_LONGEST]) | _read(title)
    return {name: found[name] for name in _COMPILED if name in found}


def _read(text: str) -> dict[str, str]:
    found = {}
    for name, pattern in _COMPILED.items():
        values = dict.fromkeys(_value(name, match) for match in pattern.finditer(text))
        if values:
            found[name] = ", ".join(list(values)[:_MOST])
    return found


def _value(name: str, match: re.Match[str]) -> str:
    groups = [group for group in match.groups() if group]
    if name == "Screen or size":
        return f"{groups[0]} in"
    if name == "Pieces":
        return groups[0]
    if len(groups) == 1:
        word = groups[0].lower().replace("gray", "grey")
        return (
            word.capitalize()
            if name == "Colour"
            else word.upper()
            if name == "Resolution" and "p" not in word
            else word
        )
    number, unit = groups
    return f"{number} {_UNITS.get(unit.lower(), unit.lower())}"
