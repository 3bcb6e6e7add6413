"""Where it is sold: marketplaces and shops by name."""

from __future__ import annotations

import re
from typing import Final

from agents.planning.interpreting.base import Reading, quoted
from agents.planning.interpreting.draft import TAKEN, Draft

# What a goal calls it, and how people do. The second pattern is what counts without "on", "at" or "from" before it.
_SHOPS: Final[dict[str, tuple[str, str]]] = {
    "ebay": (r"e-?bay(?:\.(?:com|co\.uk|de))?", r"e-?bay(?:\.(?:com|co\.uk|de))?"),
    "craigslist": (r"craigs ?list(?:\.org)?|cl", r"craigs ?list(?:\.org)?"),
    "gumtree": (r"gumtree(?:\.com)?", r"gumtree(?:\.com)?"),
    "facebook": (
        r"facebook(?: market ?place)?|fb(?: market ?place| mp)?|fbm|marketplace(?!s?:)",
        r"facebook market ?place|fb market ?place|facebook|fbm",
    ),
    "amazon": (
        r"amazon(?:\.(?:com|co\.uk|de|fr|it|es|ca))?(?: (?:uk|us|prime|warehouse))?",
        r"amazon\.(?:com|co\.uk|de|fr|it|es|ca)|amazon (?:warehouse|only)",
    ),
    "bestbuy": (r"best ?buy(?:\.com)?", r"best ?buy(?:\.com)?"),
    "walmart": (r"wal-?mart(?:\.com)?", r"wal-?mart(?:\.com)?"),
    "target": (r"target(?:\.com)?(?! (?:price|of|is))", r"target\.com"),
    "newegg": (r"new ?egg(?:\.com)?", r"newegg(?:\.com)?"),
    "etsy": (r"etsy(?:\.com)?", r"etsy(?:\.com)?"),
    "aliexpress": (r"ali ?express(?:\.com)?", r"ali ?express(?:\.com)?"),
    "costco": (r"costco(?:\.com)?", r"costco(?:\.com)?"),
    "homedepot": (r"(?:the )?home ?depot(?:\.com)?", r"home ?depot"),
    "lowes": (r"lowe'?s(?:\.com)?", r"lowe's"),
    "argos": (r"argos(?:\.co\.uk)?", r"argos"),
    "currys": (r"currys(?:\.co\.uk)?", r"currys"),
    "johnlewis": (r"john lewis", r"john lewis"),
    "mediamarkt": (r"media ?markt", r"media ?markt"),
    "kleinanzeigen": (r"(?:ebay )?kleinanzeigen", r"(?:ebay )?kleinanzeigen"),
    "vinted": (r"vinted", r"vinted"),
    "offerup": (r"offer ?up", r"offerup"),
    "mercari": (r"mercari", r"mercari"),
    "backmarket": (r"back ?market", r"back ?market"),
    "slickdeals": (r"slickdeals(?:\.net)?", r"slickdeals"),
    "microcenter": (r"micro ?center", r"micro ?center"),
    "bhphoto": (r"b&h(?: photo)?", r"b&h(?: photo)?"),
    "ozbargain": (r"ozbargain", r"ozbargain"),
    "leboncoin": (r"le ?bon ?coin", r"leboncoin"),
    "temu": (r"temu", r"temu"),
    "rei": (r"rei(?:\.com)?", r"rei\.com"),
    "zalando": (r"zalando", r"zalando"),
    "otto": (r"otto(?:\.de)?", r"otto\.de"),
}
NAMES: Final = frozenset(_SHOPS)
_ANY: Final = "|".join(f"(?:{after})" for after, _ in sorted(_SHOPS.values(), key=lambda pair: -len(pair[0])))
_BARE: Final = "|".join(f"(?:{bare})" for _, bare in sorted(_SHOPS.values(), key=lambda pair: -len(pair[1])))
_REST: Final = (
    rf"(?:(?:\s*,\s*(?:or |and )?|\s*/\s*|\s+(?:or|and|&|und)\s+)(?:on |at |from )?(?:{_ANY})(?![\w.]))*(?: only(?! "
    r"\d))?(?:,? nowhere else)?"
)
_NOT_SOLD: Final = r"(?!(?: (?:echo|fire|kindle|basics|alexa|gift|prime video|firestick|music|smart|eero))|(?:'s)? (?:echo|kindle|fire))"
_AFTER: Final = re.compile(
    r"(?<![a-z])(?:(?:only |just |sold |listed |available |found |anywhere )*(?:on|at|from|via|"
    r"through|over at|in|using|check|search(?: on)?|watch|by|marketplaces?:?|shops?:?|stores?:?|"
    rf"source:?)) (?:the )?(?:{_ANY})(?![\w]){_NOT_SOLD}{_REST}"
)
_ONLY: Final = re.compile(rf"(?<![\w@])(?:only )?(?:{_ANY})(?![\w]){_REST}(?<=only)")
_PLAIN: Final = re.compile(rf"(?<![\w@])(?:only )?(?:{_BARE})(?![\w]){_REST}")
_LEADING: Final = re.compile(rf"(?:\A|(?<=[,.;:]\s))(?:{_ANY})(?![\w]){_REST}\s*:")
_LISTED: Final = re.compile(rf"(?<![\w@])(?:{_ANY})(?:\s*(?:,|/|&)\s*|\s+(?:or|and)\s+)(?:{_BARE})(?![\w]){_REST}")
_AT_END: Final = re.compile(rf"(?:[,|;(–]|{TAKEN})\s*(?:{_ANY})(?![\w])(?=\s*(?:[,.;!?|)–{TAKEN}]|\Z))")
_NEGATED: Final = re.compile(
    r"(?:not|no|never|except|without|excluding|avoid|anything but|but|n't)(?: (?:be|sold|found))?\s*\Z"
)


def read_shops(draft: Draft, reading: Reading) -> None:
    """Take the marketplaces out of the draft, but for those that are not wanted."""
    for pattern in (_AFTER, _ONLY, _LEADING, _LISTED, _PLAIN, _AT_END):
        for match in list(pattern.finditer(draft.low)):
            if _NEGATED.search(draft.low[max(0, match.start() - 30) : match.start()]):
                continue
            names = names_in(match[0])
            if names:
                words = draft.take(*match.span())
                reading.add("marketplaces", names, f"{quoted(words)} says where to look.")


def names_in(low: str) -> list[str]:
    """The marketplaces that a text in lower case names, in its order."""
    found: list[tuple[int, str]] = []
    for name, (after, _) in _SHOPS.items():
        if (match := re.search(rf"(?<![\w@])(?:{after})(?![\w])", low)) and not (
            name == "ebay" and "kleinanzeigen" in low
        ):
            found.append((match.start(), name))
    return [name for _, name in sorted(found)]


def canonical(name: str) -> str | None:
    """What a goal calls a marketplace, None for one that is not known."""
    names = names_in(name.strip().casefold())
    return names[0] if len(names) == 1 else None
