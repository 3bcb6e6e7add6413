"""Amounts of money as shops write them, in any of their languages: "1.106,18 €", "12€99", "44 890 тг.", "Rs 23,450", "5,-".

Reading a page is not reading a sentence: what stands beside an amount is judged elsewhere (`prices.py`). Here an amount is found and
read exactly. A number that can be read in two ways gives both readings, the likelier first; another place on the page decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from agents.scanning.pages.words import CODES, SIGNS

THREE_DECIMALS = frozenset({"KWD", "BHD", "OMR", "JOD", "TND", "IQD", "LYD"})
_MOST = Decimal(10) ** 12
_SPACES = "\u00a0\u202f\u2009 "
_NUMBER = rf"[0-9]{{1,3}}(?:[.,'’{_SPACES}][0-9]{{3}})+(?:[.,][0-9]{{1,2}})?(?![0-9])|[0-9]+(?:[.,][0-9]+)?(?:[.,][0-9]{{1,3}})?"
_BY_LENGTH = sorted([*SIGNS, *(code.lower() for code in CODES)], key=len, reverse=True)
_ALL = "|".join(re.escape(sign) for sign in _BY_LENGTH)
# Single letters and short words are signs of money only where they cannot be the end of another word.
_BEFORE = rf"(?<![^\W\d_])(?P<before>{_ALL})(?![^\W\d_])\.?[\s\u2063]{{0,3}}"
# A sign after a number is that number's, unless it touches the number behind it ("1 €20.50"), stands before its number in every
# country ("12 $ 34.50"), or stands in another box before a number.
_GLUED = rf"(?P<glued>{_ALL})(?![^\W\d_])(?!(?<=[$£¥₹])\s{{0,3}}[0-9])"
_APART = rf"\s{{1,3}}(?P<apart>{_ALL})(?![^\W\d_]|[0-9])(?!(?<=[$£¥₹])[\s\u2063]{{0,3}}[0-9])"
_BOXED = rf"\s?\u2063\s?(?P<boxed>{_ALL})(?![^\W\d_]|[\s\u2063]{{0,3}}[0-9])"
_AMOUNT = re.compile(
    rf"(?:{_BEFORE}|(?<![0-9A-Za-z])(?<![0-9][.,'’]))(?P<number>{_NUMBER})(?![0-9])"
    rf"(?P<none>[.,]?[-–—]{{1,2}}(?![0-9]))?(?(before)|(?:{_GLUED}|{_APART}|{_BOXED})?)",
    re.IGNORECASE,
)
_SIGN_INSIDE = re.compile(
    r"(?<![0-9.,€£$])(?<![€£$]\s)(?P<whole>[0-9]{1,6})\s?(?P<sign>€|£|\$)\s?(?P<part>[0-9]{2})(?![0-9.,]|\s?[€£$])"
)
_TO = re.compile(r"\s*[-–—~]\s*")
_NO_MONEY_AFTER = re.compile(
    r"\s?(?:%|x\b|×|°|(?:cm|mm|ml|kg|gb|tb|mb|ghz|hz|mah|wh|inch|in|oz|lb|lbs|g|l|m|w|v|h|hrs?|min)\b)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class PageAmount:
    """An amount at `text[start:end]`. `readings` are what its number can mean, the likelier first; `sign` is in lower case.

    `is_money` says that it is written as only money is: with a sign, or with a dash for the decimals ("499,-").
    """

    start: int
    end: int
    readings: tuple[Decimal, ...]
    sign: str | None
    is_dashed: bool = False

    @property
    def amount(self) -> Decimal:
        """The likelier reading."""
        return self.readings[0]

    @property
    def is_money(self) -> bool:
        """Whether its spelling alone says that it is money."""
        return self.sign is not None or self.is_dashed


@lru_cache(maxsize=2048)  # boxes inside of boxes have the same text
def find(text: str) -> tuple[PageAmount, ...]:
    """Every number that may be money, in the order of the text, those without a sign too; percentages and sizes are left out."""
    joined = _SIGN_INSIDE.sub(lambda match: f"{match['whole']}.{match['part']}{match['sign']}", text)
    found = list(_found(joined))
    for place in range(len(found) - 2, -1, -1):  # "502,20 – 558,00 €": the sign is that of both
        one, following = found[place], found[place + 1]
        if one.sign is None and following.sign and _TO.fullmatch(joined[one.end : following.start]):
            found[place] = replace(one, sign=following.sign)
    return tuple(found)


def _found(text: str) -> Iterator[PageAmount]:
    for match in _AMOUNT.finditer(text):
        sign = (match["before"] or match["glued"] or match["apart"] or match["boxed"] or "").lower() or None
        if sign is None and (_NO_MONEY_AFTER.match(text, match.end()) or match["number"].startswith("00")):
            continue
        if text[match.end() : match.end() + 1] == "%" or text[match.end() : match.end() + 2] == " %":
            continue
        readings = read(match["number"], decimals=3 if _has_three_decimals(sign) else 2)
        if readings:
            dashed = (match["none"] or "")[:1] in {",", "."}
            yield PageAmount(match.start(), match.end(), readings, sign, dashed)


def _has_three_decimals(sign: str | None) -> bool:
    return sign is not None and THREE_DECIMALS.issuperset(SIGNS.get(sign) or (sign.upper(),))


def read(digits: str, *, decimals: int | None = None) -> tuple[Decimal, ...]:
    """What a written number can mean: "1.299" is 1299 or 1.299, "1.106,18" is only 1106.18. Empty where it is no number.

    `decimals` of 3 says that the currency has three of them, and turns the order of the two readings.
    """
    digits = re.sub(rf"(?<=[0-9])['’{_SPACES}](?=[0-9])", "", digits.strip())
    if not re.fullmatch(r"[0-9]*(?:[.,][0-9]+)*", digits) or not digits:
        return ()
    marks = re.findall(r"[.,]", digits)
    if not marks:
        return _within(Decimal(digits))
    last = marks[-1]
    head, tail = digits.rsplit(last, 1)
    whole = re.sub(r"[.,]", "", head) or "0"
    if marks.count(last) > 1:  # the same mark twice stands between groups
        return _within(Decimal(whole + tail)) if _grouped(digits, last) else ()
    if len(set(marks)) == 2:
        return (
            _within(Decimal(f"{whole}.{tail}")) if _grouped(head, next(mark for mark in marks if mark != last)) else ()
        )
    fraction = Decimal(f"{whole}.{tail}")
    if len(tail) != 3 or len(whole) > 3 or head in {"", "0"} or head.startswith("0"):
        return _within(fraction)
    both = (Decimal(whole + tail), fraction)
    return _within(*(both[::-1] if decimals == 3 else both))


def _grouped(digits: str, mark: str) -> bool:
    first, *others = digits.split(mark)
    thousands = all(len(group) == 3 for group in others)
    lakhs = len(others) > 1 and all(len(group) == 2 for group in others[:-1]) and len(others[-1]) == 3
    return 1 <= len(first) <= 3 and (thousands or lakhs)


def _within(*amounts: Decimal) -> tuple[Decimal, ...]:
    return tuple(amount for amount in amounts if amount < _MOST)
