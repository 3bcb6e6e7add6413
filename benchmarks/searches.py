"""Searches as people type them, made from the titles that there are, and the filters that they set beside them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from deals.search.query import bare, words_of

SENTENCES = (
    "something to keep coffee hot", "gift for a gardener", "quiet fan for the bedroom", "healthy snack for kids", "light jacket for rain",
    "listen to music on the train", "fruity red wine for a barbecue", "cheap laptop for school", "tool to hang pictures",
    "comfortable shoes for standing all day", "camera for wildlife", "soft blanket for a baby", "clean the floor by itself",
    "food for an old cat", "spicy sauce from mexico", "small table for the balcony", "game for rainy afternoons", "shampoo for dry hair",
    "protect my phone from falls", "play games on the sofa",
)  # fmt: skip
_PLACES = ("amazon", "walmart", "bestbuy", "ebay", "newegg", "gearshop", "corner store")
_COMMON = 0.4  # of all searches: two or three words of a title, in any order


@dataclass(frozen=True)
class Search:
    """What is typed, of which kind that is, and the filters beside it, as the API takes them."""

    kind: str
    text: str
    filters: dict[str, str] = field(default_factory=dict)


def searches(titles: Sequence[str], count: int, seed: int = 11) -> list[Search]:
    """So many searches: of each kind some, half of them with one filter or two, some with an order or the second page."""
    chance = random.Random(seed)
    made = []
    while len(made) < count:
        words = [word for word in words_of(chance.choice(titles)) if len(word) > 2 and not word.isdigit()]
        if len(words) < 4:
            continue
        kind, text = _text(words, chance)
        if text:
            made.append(Search(kind, text, _filters(chance)))
    return made


def _text(words: list[str], chance: random.Random) -> tuple[str, str]:
    roll = chance.random()
    start = chance.randrange(len(words) - 2)
    if roll < _COMMON:
        return "words", " ".join(chance.sample(words[:8], chance.choice((2, 2, 3))))
    if roll < 0.52:
        return "one word", max(words[:4], key=len)
    if roll < 0.68:
        return "slip", _with_a_slip(chance.sample(words[:8], 2), chance)
    if roll < 0.76:
        return "phrase", f'"{words[start]} {words[start + 1]}"'
    if roll < 0.84:
        return "excluded", f"{words[0]} {words[1]} -{words[-1]}"
    if roll < 0.92:
        numbers = [word for word in words if bare(word) != word and any(map(str.isdigit, word))]
        return "model number", bare(chance.choice(numbers)) if numbers else ""
    return "sentence", chance.choice(SENTENCES)


def _with_a_slip(words: list[str], chance: random.Random) -> str:
    """One letter of the longest word left out, doubled, or swapped with its neighbour."""
    word = max(words, key=len)
    place = chance.randrange(1, len(word) - 1)
    slipped = chance.choice(
        (
            word[:place] + word[place + 1 :],
            word[:place] + word[place] + word[place:],
            word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :],
        )
    )
    return " ".join(slipped if each == word else each for each in words)


def _filters(chance: random.Random) -> dict[str, str]:
    filters: dict[str, str] = {}
    if chance.random() < 0.5:
        for _ in range(chance.choice((1, 1, 2))):
            filters |= chance.choice(
                (
                    {"max_price": str(chance.choice((10, 25, 50, 100)))},
                    {"min_price": "20", "max_price": "80"},
                    {"marketplace": chance.choice(_PLACES)},
                    {"condition": chance.choice(("new", "used", "refurbished"))},
                    {"min_discount_percent": str(chance.choice((10, 25, 40)))},
                    {"min_score": str(chance.choice((50, 90)))},
                )
            )
    if int(filters.get("min_price", "0")) > int(filters.get("max_price", "100")):
        del filters["min_price"]  # nothing costs that, and the API says so instead of searching
    roll = chance.random()
    if roll < 0.1:
        filters["ordering"] = chance.choice(("price", "-discount", "-first_seen_at"))
    elif roll < 0.2:
        filters["page"] = "2"
    return filters
