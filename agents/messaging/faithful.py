"""Whether a text of a language model says what ours says: the same numbers in the same order, the same names, the same doubts, no address.

Ours is made from the record by templates, so what it states is the record. A number may be written in another way ("$1,106.00" and
"$1,106", "44 %" and "44 per cent"), and an amount need not repeat its currency, but none may be missing, added, changed or moved:
a price and a worth that changed places are two right numbers and a lie. In doubt the answer is no, and ours goes out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from common.money import find_amounts
from common.speech import Language
from notifications.facts import Facts

_ADDRESS: Final = re.compile(
    r"://|www\.|@|\b[\w-]+\.(?:com|net|org|io|info|shop|de|co|uk|eu|app|me|ly|gl|biz|ru|cn|xyz|top|link)\b",
    re.IGNORECASE,
)
_GROUPS: Final = {Language.ENGLISH.value: ",", Language.GERMAN.value: "."}
_TOKEN: Final = re.compile(r"\d+(?:[.,'’\u00a0\u202f]\d+)*")
_PERCENT: Final = re.compile(r"[\s\u00a0\u202f]{0,2}(?:%|per ?cent\b|prozent\b)", re.IGNORECASE)
_SIGN_BEFORE: Final = re.compile(r"[^\s\w.,;:()“”„\"'’–—/+-]\s?$")
_MINUS: Final = re.compile(r"(?<!\w)[-−]\s?[^\s\w()]?\s?$")
# Numbers in words and what multiplies them: the record has none, so a text that has one says something of its own.
_NUMBER_WORDS: Final = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty|thirty|forty"
    r"|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|million|half|halves|third|quarter|double|twice|triple|dozen"
    r"|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|\w+zehn|\w+zig|dreißig|hundert|tausend|million\w*|halb\w*|hälfte|drittel"
    r"|viertel|doppelt\w*|dreifach\w*|dutzend|zweimal)\b",
    re.IGNORECASE,
)
# A shop that is named where another sells it.
_SHOPS: Final = re.compile(
    r"\b(?:amazon|walmart|best ?buy|ebay|costco|newegg|aliexpress|temu|etsy|craigslist|gumtree|b&h|micro center|otto|media ?markt|saturn"
    r"|zalando|kaufland|galaxus|cyberport|argos|currys|wayfair|home depot|lowe['’]s|ikea|facebook|target(?= (?:store|sells|has)))\b",
    re.IGNORECASE,
)
_PRESSURE: Final = re.compile(
    r"!|\b(?:hurry|last chance|act now|only today|limited time|don['’]t miss|while (?:it|stocks?) lasts?|beeil\w*|letzte chance|nur heute"
    r"|nur noch|zugreifen|solange der vorrat|nicht verpassen)\b",
    re.IGNORECASE,
)
_DOUBT: Final = re.compile(
    r"\b(?:not (?:so |quite |very |at all )?sure|unsure|uncertain|nicht (?:ganz |so )?sicher|unsicher)\b", re.IGNORECASE
)
_INFLATED: Final = re.compile(r"\b(?:inflated|überhöht\w*|aufgebläht\w*)\b", re.IGNORECASE)
_LESS: Final = re.compile(
    r"\b(?:sav\w*|less|below|under|cheaper|lower|weniger|unter|sparst|sparen|günstiger|billiger)\b", re.IGNORECASE
)
_MORE: Final = re.compile(r"\b(?:more|above|over|dearer|higher|expensive|mehr|über|teurer|höher)\b", re.IGNORECASE)


def is_faithful(ours: str, theirs: str, facts: Facts, language: str, names: Iterable[str]) -> bool:
    """Whether `theirs` may go out instead of `ours`. `names` are those that stand in ours: what they are made of counts as one word."""
    if _ADDRESS.search(theirs) or _PRESSURE.search(theirs):
        return False
    kept = [name for name in names if name and name in ours]
    if any(ours.count(name) > theirs.count(name) for name in kept):
        return False
    bare_ours, bare_theirs = _without(ours, kept), _without(theirs, kept)
    if _SHOPS.search(bare_theirs) or _NUMBER_WORDS.search(bare_theirs):
        return False
    if not _keeps_meaning(bare_ours, bare_theirs, facts):
        return False
    said = numbers_of(bare_theirs, language)
    return (
        said is not None and said == numbers_of(bare_ours, language) and _currencies_fit(bare_ours, bare_theirs, facts)
    )


def numbers_of(text: str, language: str) -> list[tuple[Decimal, bool]] | None:
    """The numbers of a text in their order, each with whether it is a per cent; None where one cannot be read for certain."""
    found = []
    for token in _TOKEN.finditer(text):
        value = _value(token[0], _GROUPS.get(language, ","))
        following, before = text[token.end() :], text[: token.start()]
        # "1k", "3x", "20er": a number that something is glued to says more than it shows.
        if (
            value is None
            or re.match(r"[^\W\d_]", following)
            or re.search(r"[^\W\d_]$", before)
            or _MINUS.search(before)
        ):
            return None
        found.append((value, _PERCENT.match(following) is not None))
    # Digits of other scripts, and those above and below the line.
    if any(letter.isnumeric() and not letter.isascii() for letter in text):
        return None
    return found


def _value(token: str, group: str) -> Decimal | None:
    """A number as it is written in a language: marks between thousands, one mark before decimals."""
    mark = "." if group == "," else ","
    whole, _, decimals = token.partition(mark)
    apart = rf"[{re.escape(group)}'’\u00a0\u202f]"
    if not re.fullmatch(rf"\d+|\d{{1,3}}(?:{apart}\d{{3}})+", whole) or not re.fullmatch(r"\d{0,2}", decimals):
        return None
    return Decimal(f"{re.sub(apart, '', whole)}.{decimals or 0}").normalize()


def _currencies_fit(ours: str, theirs: str, facts: Facts) -> bool:
    """Whether no amount has got another currency: the signs that theirs has are signs that ours has."""
    usual = facts.price.currency

    def signs(text: str) -> set[str]:
        spans = find_amounts(text, usual)
        signs = {text[span.start : span.end].strip("0123456789.,'’ \u00a0\u202f–-") for span in spans}
        loose = {
            match[0].strip() for token in _TOKEN.finditer(text) if (match := _SIGN_BEFORE.search(text[: token.start()]))
        }
        return {sign for sign in signs | loose if sign and sign != "%"}

    return signs(theirs) <= signs(ours)


def _keeps_meaning(ours: str, theirs: str, facts: Facts) -> bool:
    """Whether doubts stay, and what is less does not become more."""
    for sign in (_DOUBT, _INFLATED):
        if sign.search(ours) and not sign.search(theirs):
            return False
    for one, other in ((_LESS, _MORE), (_MORE, _LESS)):
        if one.search(ours) and not other.search(ours) and other.search(theirs):
            return False
    return facts.is_valued or not re.search(r"\b(?:worth about|wert etwa|save|sparst)\b", theirs, re.IGNORECASE)


def _without(text: str, names: Iterable[str]) -> str:
    """The text with names taken out, the longest first."""
    for name in sorted(set(names), key=len, reverse=True):
        text = text.replace(name, " ¤ ")
    return text
