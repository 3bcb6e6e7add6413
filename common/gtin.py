"""Global Trade Item Numbers: the numbers under a bar code (EAN, UPC, ISBN-13), checked and brought to one form."""

from __future__ import annotations

import re
from typing import Final

_SEPARATORS: Final = re.compile(r"[\s-]+")
_LENGTHS: Final = frozenset({8, 12, 13, 14})
# Numbers that mean another thing in every shop (GS1 prefixes 02, 04, 2), coupons (05, 980 to 984, 99), goods by weight (indicator 9).
_NOBODYS: Final = re.compile(r"0(?:0[245]|2|98[0-4]|99)|9")
_SHORT_NOBODYS: Final = ("0", "2")


def normalised_gtin(text: str) -> str:
    """The 14 digits of a GTIN-8, -12, -13 or -14, or "" for anything else: a wrong check digit, a number for use within one
    shop, a dummy of equal digits. The check digit is that of the GS1 General Specifications, section 7.9."""
    digits = _SEPARATORS.sub("", text.strip())
    if len(digits) not in _LENGTHS or not (digits.isascii() and digits.isdigit()):
        return ""
    padded = digits.zfill(14)
    if len(set(digits[:-1])) == 1 or _check_digit(padded[:-1]) != padded[-1]:
        return ""
    if digits.startswith(_SHORT_NOBODYS) if len(digits) == 8 else _NOBODYS.match(padded):
        return ""
    return padded


def _check_digit(body: str) -> str:
    """The check digit of 13 digits: weights 3 and 1 in turn from the left, up to the next ten."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(body))
    return str(-total % 10)
