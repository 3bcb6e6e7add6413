"""Numbers in a wish: digits and words, with what stands directly around them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Final

from common.money_text import read_number

SMALL: Final = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
} | {
    word: 10 * (place + 2)
    for place, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"])
}
_LARGE: Final = {
    "hundred": 100,
    "thousand": 1000,
    "grand": 1000,
    "k": 1000,
    "thou": 1000,
    "lakh": 100_000,
    "lakhs": 100_000,
}
_ONE_WORD: Final = "|".join(sorted(SMALL, key=len, reverse=True))
WORDS: Final = (
    rf"(?:(?:half )?an? (?:couple (?:of )?)?(?:hundred|thousand|grand)|(?:{_ONE_WORD})(?:[ -](?:and )?(?:{_ONE_WORD}|"
    r"hundred|thousand|grand))*)"
)
"""A number in words: "five hundred", "a grand", "one hundred and fifty"."""

_CODES: Final = "usd|eur|gbp|aud|cad|nzd|chf|sek|nok|dkk|pln|czk|huf|ron|jpy|cny|hkd|sgd|krw|inr|idr|myr|php|thb|brl|mxn|zar|ils|aed|sar"
_BEFORE: Final = (
    rf"us ?\$|usd ?\$|au? ?\$|aud ?\$|ca? ?\$|cad ?\$|nz ?\$|hk ?\$|sg? ?\$|nt ?\$|mx ?\$|r\$|\$|€|£|¥|₹|₩|₺|₱|₪|₫|₴|฿|zł|rm(?= ?\d)|"
    rf"rp\.?(?= ?\d)|rs\.?(?= ?\d)|{_CODES}"
)
_AFTER: Final = (
    r"kč|ft(?=\.? *(?:[,;!?]|\Z|or less|max))|lei|₱|₪|₫|₴|฿|₩|₺|ringgit|rupiah|forint|hryvnia|us dollars?|(?:american|australian|aussie|"
    r"canadian|singapore|hong kong|new zealand) dollars?|\$|€|£|¥|₹|zł|"
    r"(?:danish|norwegian|swedish|czech) (?:kron[aeo]r?|crowns?|koruna)|(?:british|english) pounds?|"
    r"(?:japanese|chinese|indian|mexican|turkish|polish|swiss) (?:yen|yuan|rupees?|pesos?|lira|zloty|francs?)|złot(?:y|ych|e)|"
    rf"dollars?|bucks?|quid|pounds? sterling|pounds?|sterling|euros?|{_CODES}|yen|francs?|zloty(?:ch|s)?|rupees?|rs\.?|"
    r"kronor|kroner|kr\.?|yuan|rmb|won|baht|pesos?|rand|lira|shekels?|dirhams?|reais|swiss francs?"
)
# What a number may count or measure, so that it is no money.
_UNITS: Final = (
    r"\s?-?(?:inch(?:es)?|\"|″|''|cm|mm|km|kilomet\w+|met(?:er|re)s?|gb|tb|mb|gigs?|terabytes?|ghz|mhz|hz|kg|kilos?|grams?|lbs?|ounces?|oz|"
    r"ml|cl|lit(?:er|re)s?|watts?|kwh|wh|volts?|mah|ah|mp|megapixels?|%|per ?cent|pct|years?|yrs?|y/?o|months?|weeks?|days?|hours?|hrs?|"
    r"min(?:ute)?s?|miles?|mi|people|persons?|pieces?|pcs|packs?|fps|rpm|cores?|gen(?:eration)?|seat\w*|players?|doors?|speed|mph|"
    r"matches|results|stars?|pages|bed(?:room)?s?|man|kids|x\s?\d|stone|btu|psi|dpi|cc|hp|ft|feet|"
    r"foot|threads?|count|slots?|points?|batter(?:y|ies))(?![a-z])"
    r"|(?:k(?=[ -]?(?:monitor|tv|display|screen|uhd|camera|webcam|resolution|projector|video))|"
    r"in|l|w|v|m|g|st|nd|rd|th|mth|p|mps|d)(?![a-z])|\s?[lw](?![a-z])|×"
)
_NUMBER: Final = rf"\d{{1,3}}(?:[ ](?=\d{{3}}(?!\d))\d{{3}})+(?:[.,]\d{{2}})?|\d+(?:[.,'’]\d+)*|\.\d\d|{WORDS}"
_AMOUNT: Final = re.compile(
    rf"(?<![a-z0-9.,$€£])(?<!(?<!\d)[a-z]-)(?:(?P<before>{_BEFORE})\s?)?(?P<number>{_NUMBER})(?:,-)?"
    rf"(?P<times>\s?(?:k|grand|thousand|thou|hundred|"
    rf"lakhs?)(?![^\W\d_]))?(?:\s?(?P<after>{_AFTER})(?![a-z\d])(?:\s(?P<code>{_CODES})(?![a-z\d]))?)?"
)
_RANGE: Final = re.compile(r"\s*(?:-|–|—|to|and)\s*")
_UNIT: Final = re.compile(_UNITS)
_GLUED: Final = re.compile(r"[a-z0-9]|[-/][a-z]*\d|-[a-z]|[.,]\d")
_SIGNS: Final = {
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "₩": "KRW",
    "₺": "TRY",
    "danish": "DKK",
    "norwegian": "NOK",
    "swedish": "SEK",
    "czech": "CZK",
    "british": "GBP",
    "english": "GBP",
    "złoty": "PLN",
    "złotych": "PLN",
    "złote": "PLN",
    "₱": "PHP",
    "₪": "ILS",
    "₫": "VND",
    "₴": "UAH",
    "฿": "THB",
    "rm": "MYR",
    "ringgit": "MYR",
    "rp": "IDR",
    "rupiah": "IDR",
    "kč": "CZK",
    "ft": "HUF",
    "forint": "HUF",
    "lei": "RON",
    "hryvnia": "UAH",
    "nt$": "TWD",
    "mx$": "MXN",
    "zł": "PLN",
    "rs": "INR",
    "quid": "GBP",
    "pound": "GBP",
    "sterling": "GBP",
    "pound sterling": "GBP",
    "pounds sterling": "GBP",
    "euro": "EUR",
    "yen": "JPY",
    "franc": "CHF",
    "swiss franc": "CHF",
    "zloty": "PLN",
    "zlotych": "PLN",
    "rupee": "INR",
    "kronor": "SEK",
    "kroner": "NOK",
    "yuan": "CNY",
    "rmb": "CNY",
    "won": "KRW",
    "baht": "THB",
    "peso": "MXN",
    "rand": "ZAR",
    "lira": "TRY",
    "shekel": "ILS",
    "dirham": "AED",
    "reais": "BRL",
    "us$": "USD",
    "usd$": "USD",
    "a$": "AUD",
    "au$": "AUD",
    "aud$": "AUD",
    "c$": "CAD",
    "ca$": "CAD",
    "cad$": "CAD",
    "nz$": "NZD",
    "hk$": "HKD",
    "s$": "SGD",
    "sg$": "SGD",
    "r$": "BRL",
    "us dollar": "USD",
    "american dollar": "USD",
    "australian dollar": "AUD",
    "aussie dollar": "AUD",
    "canadian dollar": "CAD",
    "singapore dollar": "SGD",
    "hong kong dollar": "HKD",
    "new zealand dollar": "NZD",
}
_DOLLARS: Final = frozenset({"USD", "AUD", "CAD", "NZD", "HKD", "SGD", "MXN", "BRL", "TWD"})
_CROWNS: Final = frozenset({"SEK", "NOK", "DKK", "ISK"})
_WEIGHED: Final = re.compile(
    r"\s?(?:of |dumb|kettle|weight|plate|bag|barbell|medicine|test|line|turkey|ham|rice|flour|cake)"
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number at `start:end` of the draft. `currency` is what it says of one, empty where it says nothing; `value` is None
    where the digits can be read in two ways."""

    start: int
    end: int
    value: Decimal | None
    currency: str
    in_words: bool
    times: bool

    @property
    def is_year(self) -> bool:
        return not self.currency and not self.times and self.value is not None and 1950 <= self.value <= 2035


def numbers_in(low: str, default: str) -> list[Number]:
    """Every number of a text in lower case that may be money: not one with a unit, nor one that is a part of a name."""
    found = []
    matches = list(_AMOUNT.finditer(low))
    for match, following in zip_longest(matches, matches[1:]):
        number = _number(match, low, _range_currency(match, following, low) or default)
        if number is not None:
            found.append(number)
    return found


def _range_currency(match: re.Match[str], following: re.Match[str] | None, low: str) -> str:
    """The currency that is said at the end of a range, by which its beginning is written too: "1.299-1.499 €"."""
    if (
        following is None
        or match["before"]
        or match["after"]
        or not _RANGE.fullmatch(low[match.end() : following.start()])
    ):
        return ""
    sign = following["before"] or following["after"]
    return currency_of(sign, "") if sign else ""


def currency_of(sign: str, default: str) -> str:
    """The currency of a sign or word; "$" and "kr" mean the default's where that is one of theirs."""
    sign = re.sub(r"\s+(?=\$)", "", sign.strip()).rstrip(".")
    if sign in {"$", "dollar", "dollars", "buck", "bucks"}:
        return default if default in _DOLLARS else "USD"
    if sign == "kr":
        return default if default in _CROWNS else "SEK"
    if sign == "¥":
        return "CNY" if default == "CNY" else "JPY"
    if " " in sign and (nation := _SIGNS.get(sign.split()[0])):
        return nation
    sign = re.sub(r"^(?:japanese|chinese|indian|mexican|turkish|polish|swiss) ", "", sign)
    return _SIGNS.get(sign) or _SIGNS.get(sign.rstrip("s")) or sign.upper()


def value_of_words(text: str) -> Decimal | None:
    """The value of a number in words."""
    total, part = Decimal(0), Decimal(0)
    halved = text.startswith("half ")
    for word in re.split(r"[\s-]+", text.removeprefix("half ")):
        if word in SMALL:
            part += SMALL[word]
        elif word in {"a", "an"}:
            part = Decimal(1)
        elif word == "couple":
            part = Decimal(2)
        elif word in _LARGE:
            part = (part or Decimal(1)) * _LARGE[word]
            if word != "hundred":
                total, part = total + part, Decimal(0)
        elif word not in {"and", "of"}:
            return None
    value = total + part
    return value / 2 if halved else value


def _number(match: re.Match[str], low: str, default: str) -> Number | None:
    sign, after, start, end = match["before"], match["after"], *match.span()
    if sign and sign[0].isalpha() and start and low[start - 1].isalnum():
        return None
    if after in {"pound", "pounds"} and not sign and _WEIGHED.match(low, end):
        return None
    currency = currency_of(sign or after, default) if sign or after else ""
    if match["code"]:
        currency = match["code"].upper()
    if after and sign and after.strip() in _CODES.split("|"):
        currency = after.strip().upper()  # "$300 CAD"
    if not currency and _UNIT.match(low, match.end("number")):
        return None
    times = (match["times"] or "").strip()
    if not currency and not times and _GLUED.match(low, end) and not re.match(r"-\d|ish", low[end:]):
        return None
    if not currency and times and _UNIT.match(low, end):
        return None
    in_words = match["number"][0].isalpha()
    number_text = match["number"].replace(" ", "") if not in_words else match["number"]
    value = value_of_words(number_text) if in_words else read_number(number_text, currency or default)
    if value is not None and times:
        value *= _LARGE[times]
    if value is not None and currency and in_words and not after:
        return None
    return Number(start, end, value, currency, in_words, bool(times) or (in_words and "grand" in number_text))
