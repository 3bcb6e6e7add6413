"""What a title names in place of the thing whose name it carries: a poster of it, its empty box, a book about it, a toy of it.

A kind alone is no flaw: a poster is worth what posters are. It becomes one beside comparables that are mostly not of that kind.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """Each value finishes the sentence "It looks like …"."""

    TOY = "a toy or a small model"
    PICTURE = "a picture"
    BOOK = "a book or a manual"
    CODE = "a code or something to download"
    BOX = "a box without what belongs in it"
    PART = "one part of it"
    DUMMY = "a dummy that does not work"
    REPLICA = "a replica"
    SAMPLE = "a sample or a travel size"


_WHOLE: Final = (
    r"(?:console|phone|handset|tools?|device|camera|laptop|computer|tablet|watch|drone|vacuum|machine|tv|monitor|headphones|earbuds|"
    r"speaker|printer|headset|bike|mixer|chair)"
)
_PIECE: Final = (
    r"(?:case|bag|lid|base|dock|stand|cover|shell|housing|charger|cable|remote|controllers?|manual|frame|battery|strap|band|"
    r"ear ?buds?|ear ?cups?|left|right|top|bottom|cushions?|pads?|door|panel|board|lens cap|bowl|jar|head|wand|hose|filter|pouch)"
)
_NOT_A_PART: Final = (
    r"(?:today|now|online|app|store|prime|members?|new|adults?|men|women|cash|pickup|collection|us|usa|uk|eu|students?|body|tool|bare|display|"
    r"for|at|the|this|while|is|in|weekend|week|read|write|wi-?fi|cellular|gps|digital|black|white)\b"
)
_PATTERNS: Final[tuple[tuple[Kind, str], ...]] = (
    (Kind.BOX, r"\bempty (?:box|packaging|case|bottle|can|tin)\b|\b(?:box|packaging) only\b"),
    (
        Kind.DUMMY,
        r"\b(?:dummy|mock-?up|non-?working|fake|prop) (?:phone|display|tablet|watch|unit|model|laptop|tv|camera)\b",
    ),
    (
        Kind.PART,
        rf"\b{_PIECE} only\b|\b(?!{_NOT_A_PART})[a-z]+ only\b|\b(?:no|without(?: the)?) {_WHOLE}\b"
        rf"|[,(–-]\s*no [a-z]+\s*(?:[,)$€£]|$)|\b{_WHOLE} (?:is )?not included\b"
        r"|\b(?:left|right|single|one) (?:ear ?bud|ear ?cup|earpiece|joy-?con|speaker only)\b",
    ),
    (Kind.REPLICA, r"\b(?:replica|imitation|knock-?off|dupe|look-?alike)s?\b|\binspired\b"),
    (
        Kind.PICTURE,
        r"\b(?:poster|wall art|blueprint|postcard|wallpaper|sticker|decal|art ?work)s?\b"
        r"|\b(?:art|canvas|framed|gicl[eé]e|photo|patent) prints?\b",
    ),
    (
        Kind.BOOK,
        r"\b(?:(?:user|service|owner'?s|repair|instruction|workshop) manual|(?:complete|unofficial|user|visual) guide|guide ?book|"
        r"for dummies|"
        r"cook ?book|paperback|hardcover|magazine|e-?book)\b",
    ),
    (
        Kind.CODE,
        r"\b(?:(?:digital|download|game|redeem|steam|activation|licen[sc]e) (?:code|key|download)|dlc|season pass|v-?bucks|in-?game|"
        r"(?:vinyl|legendary|console|controller) skins?|game skins?|expansion pass|themes? for)\b",
    ),
    (
        Kind.TOY,
        r"\blego\b|\bdie-?cast\b|\b1:\d{1,3}\b|\b(?:scale model|miniature|doll ?house|plush|figurine|funko|key ?chain|ornament|playset|"
        r"toy|model kit|building (?:set|kit|blocks))\b",
    ),
    (Kind.SAMPLE, r"\b(?:sample|sampler|(?:travel|trial|sample|mini)[- ](?:size|spray|set)d?|decant|vial)\b"),
)
_READ: Final = tuple((kind, re.compile(pattern)) for kind, pattern in _PATTERNS)
_STATED: Final = re.compile(
    r"\bthis (?:listing |item |offer )?is (?:for )?(?:only |just )?(?:the |an? )?(?:[\w-]+ )?"
    r"(?:empty box|box only|poster|print|replica|dummy|scale model|miniature|digital code|download code|sticker)\b"
    rf"|\b(?:{_WHOLE}|item itself) (?:is )?not included\b|\bno {_WHOLE} (?:is )?included\b|\bbox only\b|\bempty box\b"
)


def kind_of(title: str) -> Kind | None:
    """What a lower-case title names in place of the thing; None where it names the thing itself."""
    return next((kind for kind, pattern in _READ if pattern.search(title)), None)


def stated_kind(text: str) -> Kind | None:
    """The same for a lower-case description, which has to say so outright."""
    stated = _STATED.search(text)
    if stated is None:
        return None
    return kind_of(stated.group(0)) or Kind.PART
