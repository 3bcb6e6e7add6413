"""What is left of a wish once all terms are taken out of it: the thing itself."""

from __future__ import annotations

import re
from typing import Final

from agents.planning.interpreting.base import Reading, quoted
from agents.planning.interpreting.draft import TAKEN, Draft
from agents.planning.interpreting.talk import OPENINGS, is_talk
from agents.planning.interpreting.vocabulary import word_set

_FILLERS: Final = word_set("fillers")
_KEEP_INSIDE: Final = frozenset({"more", "over", "under", "up", "down", "off", "out", "new", "pick"})
"""Fillers that may be a part of a name between two other words: "pick up truck", "drop in bath"."""
_TOKEN: Final = re.compile(r"[^\W_](?:[\w'’&+/.\"″-]*[\w+\"″])?(?:(?<=s)['’](?= [^\W\d_]))?(?:\s?[\"″])?|#\d+")
_NUMBERED: Final = frozenset({"xbox", "quest", "series", "formula"})
_PACKED: Final = frozenset({"set", "pack", "box", "case", "bag", "lot", "bundle", "tin", "roll"})
_LINKS: Final = frozenset({"of", "the", "to"})
_NUMBER: Final = re.compile(r"[\d.,]+")
_NUMBER_ALONE: Final = re.compile(rf"{TAKEN} ?(?P<number>\d{{2,4}})(?=\s*(?:[,;.!?{TAKEN}]|\Z))")
_BREAK: Final = re.compile(rf"[,;:!?()\[\]{{}}|{TAKEN}]+|\.(?=\s|\Z)|\s[-–—]+\s|\.\.+|[*=>~^_<$€£%@]+")
_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertz", "azerty", "1234567890")
_PLACEHOLDERS: Final = word_set("placeholders")
_LONGEST_KEYWORD: Final = 100
_MOST_KEYWORDS: Final = 30
_CATEGORIES: Final = {
    "electronics": "Electronics",
    "toys": "Toys",
    "furniture": "Furniture",
    "clothing": "Clothing",
    "clothes": "Clothing",
    "fashion": "Fashion",
    "groceries": "Groceries",
    "kitchenware": "Kitchen",
    "tools": "Tools",
    "jewellery": "Jewellery",
    "jewelry": "Jewelry",
    "appliances": "Appliances",
    "books": "Books",
    "cosmetics": "Beauty",
    "beauty products": "Beauty",
    "video games": "Gaming",
    "sporting goods": "Sport",
    "gadgets": "Electronics",
    "outdoor gear": "Outdoor",
    "camping gear": "Outdoor",
    "smart home": "Smart home",
    "home appliances": "Appliances",
    "kitchen appliances": "Kitchen",
    "baby products": "Baby",
    "pet supplies": "Pets",
    "computer parts": "Computers",
    "power tools": "Tools",
}
"""Broad words for many things, which titles of offers do not say: they ask for a category and not for words."""
_NAMED_CATEGORY: Final = re.compile(
    r"(?<![a-z])(?:(?:in|from|of) (?:the )?)?(?:(?P<a>[a-z][a-z &-]{2,30}) (?:category|section|"
    r"department)|category:?(?: is| of)? (?P<b>[a-z][a-z&-]{2,20}(?: [a-z&-]{3,20})?))(?![a-z])"
)


def read_category(draft: Draft, reading: Reading) -> None:
    """Take a category that is named as one out of the draft."""
    if match := _NAMED_CATEGORY.search(draft.low):
        name = (match["a"] or match["b"]).strip()
        name = re.sub(r"^.*\b(?:the|in|from|of|any|some|all)\s+", "", name)
        start = draft.low.rindex(name, 0, match.end())
        words = draft.take(min(start, match.start() if match["b"] else start), match.end())
        if name:
            reading.put("category", name[:100], f"{quoted(words)} names a category.")


def read_keywords(draft: Draft, reading: Reading) -> None:
    """What is left, without the words of talking about it, is what the offer has to say."""
    draft.take_all(OPENINGS)
    phrases = [phrase for phrase in map(_phrase, _pieces(draft.text)) if phrase]
    phrases += _numbers_as_names(draft, reading)
    phrases = list(dict.fromkeys(phrases))
    if phrases and is_talk(draft, reading):
        reading.drop("deadline")
        reading.drop("location")
        reading.unclear.clear()
        return
    if not phrases or ("brands" not in reading.fields and _is_gibberish(phrases)):
        return
    if len(phrases) == 1 and (category := _CATEGORIES.get(phrases[0].casefold())) and "category" not in reading.fields:
        reading.put(
            "category", category, f"{quoted(phrases[0])} is a whole category, and not a word that offers use.", 0.75
        )
        return
    kept = [phrase[:_LONGEST_KEYWORD].rstrip() for phrase in phrases[:_MOST_KEYWORDS]]
    words = ", ".join(quoted(phrase) for phrase in kept)
    reading.put("keywords", kept, f"The offer has to say {words}.", 0.9 if len(kept) == 1 else 0.8)
    if len(" ".join(kept).split()) > 1 and re.search(r"(?<![\w'])or(?![\w'])", draft.low):
        reading.ask(f"An offer has to have all of these words: {words}. Should these be two goals, one for each?")


def _numbers_as_names(draft: Draft, reading: Reading) -> list[str]:
    """Numbers that are all the name there is beside the maker's: "Bose 700", "Lagavulin 16"."""
    makers = tuple(name.casefold() for name in reading.fields.get("brands", []))
    return [
        match["number"]
        for match in _NUMBER_ALONE.finditer(draft.text)
        if makers and draft.whole[: match.start("number")].rstrip().casefold().endswith(makers)
    ]


def _pieces(text: str) -> list[str]:
    return [piece for piece in _BREAK.split(text) if piece and piece.strip()]


def _phrase(piece: str) -> str:
    """The words of a piece that name the thing, in their order."""
    tokens: list[str] = [token for token in _TOKEN.findall(piece) if token]
    words = [(token, token.casefold().replace("’", "'").strip(".'")) for token in tokens]
    telling = [place for place in range(len(words)) if _tells(words, place)]
    if not telling:
        return ""
    kept = [
        token
        for place, (token, low) in enumerate(words)
        if place in telling
        or _NUMBER.fullmatch(low)
        or (low in _KEEP_INSIDE and telling[0] < place < telling[-1])
        or _links_a_title(words, place, telling)
    ]
    return " ".join(kept).strip(" -'\"")


def _links_a_title(words: list[tuple[str, str]], place: int, telling: list[int]) -> bool:
    """Whether a small word is a part of a name: "Lord of the Rings", "box of 12", "Xbox One"."""
    last, following = words[place - 1][1] if place else "", words[place + 1][1] if place + 1 < len(words) else ""
    if words[place][1] == "one" and (last in _NUMBERED or {place - 1, place + 1} <= set(telling)):
        return True
    if words[place][1] == "of" and last in _PACKED and _NUMBER.fullmatch(following):
        return True
    if words[place][0] not in _LINKS:
        return False
    before = max((each for each in telling if each < place), default=None)
    after = min((each for each in telling if each > place), default=None)
    if before is None or after is None or any(words[each][0] not in _LINKS for each in range(before + 1, after)):
        return False
    return all(words[each][0][0].isupper() and not words[each][0].isupper() for each in (before, after))


def _tells(words: list[tuple[str, str]], place: int) -> bool:
    """Whether a word names the thing; "model" does before a number, "max" after a name."""
    low = words[place][1]
    if low == "max" and place == 0:
        return False
    if low in {"model", "type", "version"} and place + 1 < len(words):
        return any(letter.isdigit() for letter in words[place + 1][1])
    if low == "fine" and place + 1 < len(words):
        return _tells(words, place + 1)  # a "fine nib", and not "used is fine"
    if low == "us" and any(
        _NUMBER.fullmatch(word) for _, word in (words[max(0, place - 1)], words[min(place + 1, len(words) - 1)])
    ):
        return True  # a size: "10.5 US"
    if words[place][0] == "A" and place + 1 == len(words) > 1:
        return True  # no article: "energy class A"
    return bool(low) and low not in _FILLERS and not _NUMBER.fullmatch(low)


def _is_gibberish(phrases: list[str]) -> bool:
    words = [word for phrase in phrases for word in phrase.casefold().split()]
    return all(map(_is_noise, words))


def _is_noise(word: str) -> bool:
    """A run along the keyboard, one letter again and again, digits alone, or four letters and more without a vowel."""
    if word.isdigit() or len(set(word)) == 1 or word in _PLACEHOLDERS:
        return True
    if any(char.isdigit() for char in word):
        return False
    letters = re.sub(r"[^a-z]", "", word)
    along = any(letters in row or letters in row[::-1] for row in _ROWS)
    return (
        (len(letters) >= 4 and along) or (len(letters) >= 5 and not re.search(r"[aeiouyäöü]", letters)) or not letters
    )
