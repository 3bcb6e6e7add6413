"""Which drawn sign stands for a deal that has no picture."""

from __future__ import annotations

import re

_GLYPHS: tuple[tuple[str, str], ...] = (
    ("audio", r"audio|headphone|earbud|speaker|soundbar|airpods|music"),
    ("gaming", r"gaming|playstation|\bps[45]\b|xbox|nintendo|console|video ?game|controller"),
    ("watch", r"watch|fitbit|wearable"),
    ("tablet", r"tablet|ipad|kindle|e-?reader"),
    ("phone", r"phone|galaxy s\d|pixel \d|mobile|cell"),
    ("tv", r"\btvs?\b|television|projector|monitor|oled|display"),
    ("storage", r"storage|\bssd\b|hard drive|\bnas\b|memory card|flash drive|nvme"),
    ("network", r"network|router|wi-?fi|mesh|modem"),
    ("camera", r"camera|photo|lens|gopro|drone|webcam"),
    (
        "computer",
        r"computer|laptop|notebook|macbook|chromebook|desktop|\bpc\b|electronics|keyboard|mouse|\bcpu\b|\bgpu\b",
    ),
    ("home", r"smart ?home|vacuum|robot|thermostat|doorbell|light|bulb|plug"),
    ("kitchen", r"kitchen|cook|coffee|espresso|blender|mixer|fryer|knife|pan\b|appliance"),
    ("tools", r"tool|drill|saw|hardware|diy"),
    ("toys", r"toy|lego|kids|baby|puzzle"),
    ("books", r"book|media|movie|dvd|blu-?ray|magazine"),
    ("sport", r"sport|fitness|gym|dumbbell|bike|bicycle|running"),
    ("outdoor", r"outdoor|camp|hik|garden|patio|grill|tent|travel|flight|hotel"),
    ("wear", r"fashion|cloth|apparel|shoe|sneaker|jacket|jeans|shirt|bag"),
    ("car", r"\bcars?\b|auto|vehicle|tire|tyre"),
    ("care", r"health|beauty|care|cosmetic|pharma|wellbeing"),
    ("food", r"food|grocer|drink|alcohol|dining|restaurant|beer|wine"),
    ("office", r"office|printer|stationery|software"),
    ("furniture", r"furniture|sofa|chair|mattress|desk|\bhome\b"),
)
_COMPILED = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _GLYPHS)


def glyph_of(category: str, title: str = "") -> str:
    """The name of the sign: by the title where it says what the thing is, then by its category, else a price tag."""
    for text in (title, category):
        for name, pattern in _COMPILED:
            if text and pattern.search(text):
                return name
    return "tag"
