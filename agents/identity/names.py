"""What a product's name says: its words, the numbers that tell one model from another, and in which quantity or part it is sold.

Everything here is plain rules over one name at a time. Two names are compared in `agents.identity.likeness`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from agents.pricing.caution import caution_about
from agents.pricing.quantities import pack_count

_TOKEN: Final = re.compile(r"[^\W_]+(?:[-./'’&+][^\W_]+)*\+?")
_INSIDE: Final = re.compile(r"[^a-z0-9]+")
_RUNS: Final = re.compile(r"[a-z]+|\d+")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_QUANTITY: Final = re.compile(
    r"\d+(?:[.x/]\d+)*(?:gb|tb|mb|kb|in|inch|cm|mm|m|ft|w|kw|v|hz|khz|ghz|mhz|mah|ah|wh|ml|l|oz|lb|lbs|kg|g|mp|k|p|x|qt|quart|pack|pk|pc|pcs|"
    r"piece|ct|count|st|nd|rd|th|gen|d|bit|port|speed|way|year|yr|month|day|hour|min|pin|user|users|disc|btu|cu|ppm|dpi|u)?"
)
_CONDITION: Final = re.compile(
    r"\b(?:certified |manufacturer |factory |seller )?(?:refurb(?:ished|s)?|renewed|reconditioned|remanufactured|recertified|"
    r"open[- ]box|pre-?owned|second[- ]hand|gently used|brand new|new in box|factory sealed)\b|\((?:used|new)\)|^(?:used|new)\s",
    re.IGNORECASE,
)
_VERSIONS: Final = frozenset(
    re.findall(
        r"\S+",
        "pro max ultra plus mini lite slim air se xl xxl junior premium deluxe elite standard professional home basic express studio "
        "enterprise upgrade upg academic student teacher education full trial spanish french german english mac macintosh windows win "
        "linux pc ps2 ps3 ps4 ps5 xbox wii psp ds left right male female ii iii iv digital",
    )
)
_COLOURS: Final = frozenset(
    re.findall(
        r"\S+",
        "black white silver red blue green pink grey gray gold orange yellow purple brown beige bronze copper ivory navy teal titanium "
        "graphite stainless chrome charcoal platinum bisque almond cherry espresso mocha burgundy violet",
    )
)
_SAID_OTHERWISE: Final = {
    "upg": "upgrade", "macintosh": "mac", "win": "windows", "gray": "grey", "pro": "professional", "std": "standard",
    "vol": "volume", "ed": "edition", "dlx": "deluxe", "prem": "premium", "blk": "black", "wht": "white", "edu": "education",
    "academic": "education", "lic": "license", "licence": "license", "lcd": "lcd", "tv": "television", "ii": "2", "iii": "3", "iv": "4",
    "one": "1", "two": "2", "three": "3", "&": "and",
}  # fmt: skip
_LEAST_MODEL: Final = 4


@dataclass(frozen=True)
class Name:
    """A name as it is compared. `words` are its distinct words, hyphens closed up and in one spelling; `models` those that look like a
    model or part number; `numbers` the other numbers; `versions` and `colours` words that tell one variant from another;
    `variant` says that it is no single whole thing: "x3" for a pack of three, "accessory", or a kind such as an empty box."""

    text: str
    brand: str
    words: tuple[str, ...]
    models: frozenset[str]
    numbers: frozenset[str]
    versions: frozenset[str]
    colours: frozenset[str]
    variant: str


@lru_cache(maxsize=20_000)
def read_name(title: str, brand: str = "") -> Name:
    """Read a title; `brand` is the maker where it is stated beside it. In which condition a thing is sold does not name it."""
    plain = unicodedata.normalize("NFKC", _CONDITION.sub(" ", title)).lower()
    words: dict[str, None] = {}
    models, numbers = set(), set()
    for token in _TOKEN.findall(plain):
        compact = _INSIDE.sub("", token)
        if is_model(token, compact):
            models.add(compact)
            words[compact] = None
            continue
        for part in _TOKEN.findall(token.replace("-", " ").replace("/", " ").replace("'", "").replace("’", "")):
            word = _SAID_OTHERWISE.get(part, part)
            words[word] = None
            if word[0].isdigit() and (found := _NUMBER.match(word)):
                numbers.add(found[0].removesuffix(".0"))
    return Name(
        text=" ".join(words),
        brand=_INSIDE.sub("", brand.lower()),
        words=tuple(words),
        models=frozenset(models),
        numbers=frozenset(numbers),
        versions=frozenset(_SAID_OTHERWISE.get(word, word) for word in words if word in _VERSIONS),
        colours=frozenset(words) & _COLOURS,
        variant=variant_of(title),
    )


def is_model(token: str, compact: str) -> bool:
    """Whether a word looks like a model or part number: letters and digits that are no quantity, or a long number."""
    if compact.isdigit():
        return len(compact) >= 5 and "," not in token
    if len(compact) < _LEAST_MODEL or not any(map(str.isdigit, compact)) or not any(map(str.isalpha, compact)):
        return False
    runs = _RUNS.findall(compact)
    if len(runs) > 6 or (len(runs) == 2 and len(runs[0]) > 6 and runs[0].isalpha()):
        return False
    return not _QUANTITY.fullmatch(compact)


def variant_of(title: str) -> str:
    """What keeps a title from naming one whole thing: "x3" for a pack of three, "accessory", or a kind; "" for the thing itself."""
    head = title.lower()
    caution = caution_about(head)
    if caution.kind is not None:
        return caution.kind.name.lower()
    if caution.condition == "parts":
        return "parts"
    if caution.accessory:
        return "accessory"
    return f"x{caution.pack}" if caution.pack > 1 else ""


__all__ = ["Name", "is_model", "pack_count", "read_name", "variant_of"]
