"""Typing errors in the words that matter: a wish is read as if they had been written right."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from agents.planning.interpreting.vocabulary import brand_key, brands, ordinary, places, things

# Of the grammar itself. Those that are mistyped in more ways than one letter stand in `_KNOWN_ERRORS`.
_RULES: Final = frozenset(
    "under below between before around about maximum minimum budget dollars dollar euros pounds refurbished second condition "
    "without except excluding anything looking cheaper percent discount christmas january february september october november december "
    "monday tuesday wednesday thursday friday saturday sunday tomorrow weekend thanksgiving craigslist facebook marketplace gumtree "
    "amazon walmart radius kilometers within near least"
    "".split()
)
_KNOWN_ERRORS: Final = {
    "nwe": "new", "atleast": "at least", "atmost": "at most", "undr": "under", "uner": "under", "udner": "under", "unde": "under", "blow": "below",
    "bellow": "below", "blew": "below", "belw": "below", "betwen": "between", "btw": "between", "btwn": "between", "aroud": "around", "arround": "around", "abt": "about",
    "aprox": "approx", "approximatly": "approximately", "maximun": "maximum", "maxium": "maximum", "minimun": "minimum", "befor": "before", "b4": "before",
    "bfore": "before", "untill": "until", "refurb'd": "refurbished", "referbished": "refurbished", "refirbished": "refurbished", "refurbed": "refurbished",
    "reconditoned": "reconditioned", "usd$": "usd", "dolars": "dollars", "dollers": "dollars", "dolla": "dollars", "dollas": "dollars", "dolar": "dollar", "uero": "euro",
    "eruo": "euro", "pouns": "pounds", "xmas": "christmas", "chrismas": "christmas", "cristmas": "christmas", "christmass": "christmas",
    "secondhand": "second hand", "seconhand": "second hand", "2ndhand": "second hand", "2nd-hand": "second hand", "seccond": "second", "exept": "except", "exccept": "except",
    "excpet": "except", "withou": "without", "witout": "without", "w/out": "without", "wihtout": "without", "anythin": "anything", "lookin": "looking", "cheeper": "cheaper", "ebey": "ebay",
    "eaby": "ebay", "e-bay": "ebay", "craiglist": "craigslist", "craigs list": "craigslist", "headfones": "headphones", "headphons": "headphones", "hedphones": "headphones",
    "earbud": "earbuds", "wireles": "wireless", "bluetoth": "bluetooth", "blutooth": "bluetooth", "coffe": "coffee", "coffie": "coffee", "expresso": "espresso", "labtop": "laptop",
    "moniter": "monitor", "telivision": "television", "matress": "mattress", "vaccum": "vacuum", "vaccuum": "vacuum", "vacume": "vacuum", "frige": "fridge", "refridgerator": "refrigerator",
    "guitare": "guitar", "cemera": "camera", "bycicle": "bicycle", "bicicle": "bicycle", "snickers": "sneakers", "beatz": "beats", "soni": "sony", "sonny": "sony", "boze": "bose", "samsumg": "samsung",
    "addidas": "adidas", "nitendo": "nintendo", "appel": "apple", "aple": "apple", "lenova": "lenovo", "delongi": "delonghi", "philps": "philips", "phillips": "philips", "panasonik": "panasonic",
    "tommorow": "tomorrow", "tommorrow": "tomorrow", "tomorow": "tomorrow", "firday": "friday", "wensday": "wednesday", "wendsday": "wednesday", "febuary": "february",
    "lees": "less", "arnd": "around", "bukcs": "bucks", "buks": "bucks", "gd": "good", "samsng": "samsung", "dysn": "dyson", "noice": "noise", "hedset": "headset", "chiar": "chair", "tabel": "table", "pheon": "phone",
    "dont": "don't", "doesnt": "doesn't", "isnt": "isn't", "wont": "won't", "shouldnt": "shouldn't", "tv's": "tvs", "runing": "running", "stoller": "stroller", "laddr": "ladder", "moer": "more", "teh": "the", "adn": "and", "wiht": "with", "becuase": "because", "lookng": "looking", "conditon": "condition", "marketplce": "marketplace", "usedd": "used", "usd.": "usd",
    "budjet": "budget", "bugdet": "budget", "persent": "percent", "prcent": "percent", "disount": "discount", "discout": "discount", "mor": "more", "tha": "than", "untli": "until", "noo": "no", "nt": "not",
    "wirless": "wireless", "cancelling": "cancelling", "nois": "noise", "keybord": "keyboard", "keybaord": "keyboard", "plystation": "playstation", "playstaion": "playstation", "ipone": "iphone", "iphne": "iphone",
}  # fmt: skip
_PHRASES: Final = (
    (re.compile(r"\b(less|more|cheaper|lower|higher|greater|fewer) then\b", re.I), r"\1 than"),
    (re.compile(r"\bup too\b(?=\s*[£$€\d])", re.I), "up to"),
    (re.compile(r"(%|\bpercent) of\b(?=\s*(?:[,.;!?]|$))", re.I), r"\1 off"),
    (re.compile(r"\b4(?= (?:an?|my|the|me|us|our)\b)", re.I), "for"),
    (re.compile(r"\bnot (?:then|more then)\b", re.I), "not more than"),
    (re.compile(r"\bno more then\b", re.I), "no more than"),
)
_WORD: Final = re.compile(r"(?<![\w@./-])[^\W\d_][^\W\d_'’]*(?:/out|'d|-bay|-hand)?(?![\w@])|\b(?:2nd-?hand|b4)\b")


def corrected(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The text with its typing errors mended, and which word was read as which."""
    changes: list[tuple[str, str]] = []

    def mend(match: re.Match[str]) -> str:
        word = match[0]
        better = _better(word.casefold())
        if better is None:
            return word
        changes.append((word, better))
        return better

    mended = _WORD.sub(mend, text)
    for pattern, better in _PHRASES:
        mended = pattern.sub(better, mended)
    return mended, changes


@lru_cache(maxsize=4096)
def _better(word: str) -> str | None:
    """What a word was meant to be; None where it is right, or where nobody can tell."""
    if word in _KNOWN_ERRORS:
        better = _KNOWN_ERRORS[word]
        return None if better == word else better
    if len(word) < 5 or not word.isascii() or word in ordinary() or word in _RULES or brand_key(word) in _brand_words() or word in _place_words():
        return None
    if _inflected(word):
        return None
    for known in (_RULES, things(), _brand_words()) if len(word) > 5 else (_RULES,):
        near = [other for other in known if _is_near(word, other)]
        if near:
            return min(near, key=lambda other: (_distance(word, other), abs(len(word) - len(other)), other))
    return None


def _inflected(word: str) -> bool:
    """A plural or another form of a word that is known."""
    stems = {word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ed"), word.removesuffix("ing"), word.removesuffix("er"), word.removesuffix("y"), word + "s", word.removesuffix("ly")}
    return any(stem in ordinary() or stem in _RULES for stem in stems - {word} | {word + "s"})


def _is_near(word: str, other: str) -> bool:
    if word[0] != other[0] or len(other) < 5 or other in {word + "s", word.removesuffix("s")}:
        return False
    allowed = 2 if min(len(word), len(other)) >= 9 else 1
    return abs(len(word) - len(other)) <= allowed and _distance(word, other) <= allowed


def _distance(one: str, two: str) -> int:
    """Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours."""
    before: list[int] = []
    last = list(range(len(two) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, other in enumerate(two, 1):
            cost = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == two[column - 2] and one[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            now.append(cost)
        before, last = last, now
    return last[-1]


@lru_cache(maxsize=1)
def _brand_words() -> frozenset[str]:
    return frozenset(key for key in brands().names if " " not in key)


@lru_cache(maxsize=1)
def _place_words() -> frozenset[str]:
    return frozenset(word for place in places() for word in place.split())
