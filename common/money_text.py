"""Amounts of money inside a text: where they are, and exactly how much they say.

Exactness wins over reading much: an amount that could be read in two ways is reported, but without a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_DOLLARS = {
    "US": "USD", "USD": "USD", "A": "AUD", "AU": "AUD", "AUD": "AUD", "C": "CAD", "CA": "CAD", "CAD": "CAD",
    "CDN": "CAD", "NZ": "NZD", "NZD": "NZD", "HK": "HKD", "HKD": "HKD", "S": "SGD", "SG": "SGD", "SGD": "SGD",
    "NT": "TWD", "TWD": "TWD", "MX": "MXN", "MXN": "MXN", "R": "BRL", "BRL": "BRL",
}  # fmt: skip
_DOLLAR_CURRENCIES = frozenset({*_DOLLARS.values(), "ARS", "CLP", "COP", "FJD", "JMD", "TTD", "BBD", "BSD", "BZD"})
_CROWNS = frozenset({"SEK", "NOK", "DKK", "ISK"})
_SIGNS = {
    "€": "EUR", "£": "GBP", "￡": "GBP", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₴": "UAH", "₪": "ILS",
    "฿": "THB", "₫": "VND", "₱": "PHP", "₦": "NGN", "₸": "KZT", "CN¥": "CNY", "JP¥": "JPY", "元": "CNY", "円": "JPY",
    "zł": "PLN", "zl": "PLN", "Kč": "CZK", "лв": "BGN", "руб": "RUB", "Rs.": "INR",
    "Rs": "INR", "RMB": "CNY", "Euro": "EUR", "euro": "EUR", "Euros": "EUR",
    "euros": "EUR", "dollars": "$", "bucks": "$", "¥": "¥", "￥": "¥", "kr": "kr", "kr.": "kr", "Kr": "kr",
    "$": "$", "＄": "$", "¢": "¢", "cents": "¢",
}  # fmt: skip
_CODES = [
    "USD", "EUR", "GBP", "AUD", "CAD", "NZD", "CHF", "SEK", "NOK", "DKK", "ISK", "PLN", "CZK", "HUF", "RON", "BGN",
    "JPY", "CNY", "HKD", "SGD", "TWD", "KRW", "INR", "IDR", "MYR", "PHP", "THB", "VND", "BRL", "MXN", "ZAR", "ILS",
    "TRY", "RUB", "UAH", "AED", "SAR", "KWD", "BHD", "OMR", "JOD", "TND",
]  # fmt: skip
# Beside a bare number these codes are also words or names ("CAD 2024", "PHP 8.3"), so they count only with a sign.
_WORDS_TOO = frozenset(
    {"AED", "BRL", "CAD", "ILS", "ISK", "JOD", "OMR", "PHP", "RON", "SAR", "TND", "TRY", "VND", "ZAR"}
)
_CODES_ALONE = [code for code in _CODES if code not in _WORDS_TOO]
# "RRP$269": capitals in front of a "$" that are no country.
_CAPITALS = frozenset(
    {"RRP", "MSRP", "SRP", "WAS", "NOW", "FOR", "ONLY", "FROM", "SAVE", "OFF", "GET", "TO", "UP", "AT", "JUST", "PRICE"}
)
_THREE_DECIMALS = frozenset({"KWD", "BHD", "OMR", "JOD", "TND"})
_NO_DECIMALS = frozenset({"JPY", "KRW", "VND", "ISK", "CLP"})
# Currencies of places that write 1.299 for one thousand two hundred and ninety-nine.
_DOT_GROUPS = frozenset({
    "EUR", "DKK", "NOK", "SEK", "ISK", "BRL", "IDR", "TRY", "VND", "RUB", "PLN", "CZK", "HUF", "RON", "CLP", "ARS",
    "COP",
})  # fmt: skip
_LAKH_GROUPS = frozenset({"INR", "PKR", "BDT", "NPR", "LKR"})
_HARD_SPACES = "\u00a0\u202f\u2009"
_MOST = Decimal(10) ** 9

_NUMBER = rf"[0-9]+(?:[.,'’{_HARD_SPACES}][0-9]+)*"
_LETTERED = "|".join(sorted(_DOLLARS, key=len, reverse=True))
_PREFIX_SIGNS = "€|£|￡|₹|₩|₽|₺|₴|₪|฿|₫|₱|₦|CN¥|JP¥|¥|￥|＄|RMB|Rs\\.?|[Kk]r\\.?|zł"
_SUFFIX_SIGNS = (
    "€|£|₹|₩|₽|₺|₴|₪|฿|₫|₱|¢|\\$|元|円|(?:zł|zl|Kč|лв|руб|[Kk]r|[Ee]uros?|dollars|bucks|cents|RMB)(?![^\\W\\d_])\\.?"
)
_AMOUNT = re.compile(
    rf"(?:(?<![A-Za-z])(?P<lettered>{_LETTERED})\s?\$|(?P<stray>[A-Z]{{2,}})?(?P<dollar>\$)"
    rf"|(?<![^\W\d_])(?P<sign>{_PREFIX_SIGNS})|(?<![A-Za-z])(?P<code>{'|'.join(_CODES_ALONE)})(?=[\s0-9]))"
    rf"\s{{0,2}}(?P<number>{_NUMBER}|\.[0-9]{{2}}(?![0-9]))(?:[.,][-–—]+)?(?:\s?(?P<after>{'|'.join(_CODES)})(?![A-Za-z]))?"
    rf"|(?<![0-9.,A-Za-z$€£¥])(?P<bare>{_NUMBER})(?:[.,][-–—]+)?"
    rf"(?:(?P<tail>{_SUFFIX_SIGNS})(?![0-9])|\s(?P<apart>{_SUFFIX_SIGNS})(?!\s?[0-9])|"
    rf"\s?(?P<tailcode>{'|'.join(_CODES_ALONE)})(?![A-Za-z]))"
)
_SINGLE_LETTER_APART = re.compile(r"(?:A|C|S|R|CA|SG|MX|NT)\s\$")
_MULTIPLIED = re.compile(
    r"(?:[kKmMbB]|['’]?s|\s?(?:bn|mn|mil|million|billion|thousand|grand))(?![A-Za-z])|[A-Za-z][0-9]"
)
# "$19 99" is what is left of small raised cents, "$1 299" may be one number; "$19 24-pack" is neither.
_LOOSE_DIGITS = re.compile(
    r"[ \u00a0\u202f](?:[0-9]{2}(?![.,][0-9])|[0-9]{3}(?:[.,][0-9]{2})?(?![.,][0-9]))"
    r"(?![0-9A-Za-z\"'″%-]|\s?(?:inch|in\b|x\b|[Pp]acks?|ct|count|oz|TB|GB|pcs?|\"))"
)
_BETWEEN_NUMBERS = re.compile(r"[0-9]\s\Z")
_SPACED_GROUP_BEFORE = re.compile(r"(?<![0-9A-Za-z.,])[0-9]{1,3}(?: [0-9]{3})* \Z")
_PLAIN_NUMBER = re.compile(rf"[0-9]+(?:[.,'’ {_HARD_SPACES}][0-9]+)*")


@dataclass(frozen=True, slots=True)
class MoneySpan:
    """An amount in a text, at `text[start:end]`. Neither amount nor currency where what it says is not certain."""

    start: int
    end: int
    amount: Decimal | None
    currency: str | None

    @property
    def key(self) -> tuple[Decimal | None, str | None]:
        """What two spans that say the same have in common."""
        return (self.amount, self.currency)


def find_amounts(text: str, default_currency: str) -> list[MoneySpan]:
    """Every amount that carries a sign or code of a currency, in the order of the text. A bare number is never one."""
    return list(_spans(text, default_currency))


def parse_amount(text: str, default_currency: str) -> tuple[Decimal, str] | None:
    """The one amount and currency that a short text states, or None. A bare number counts, in `default_currency`."""
    text = text.strip()
    spans = find_amounts(_join_spaced_groups(text), default_currency)
    if spans:
        first = spans[0]
        if first.amount is None or first.currency is None or any(span.key != first.key for span in spans):
            return None
        return first.amount, first.currency
    if not _PLAIN_NUMBER.fullmatch(text):
        return None
    amount = read_number(_join_spaced_groups(text), default_currency)
    return None if amount is None else (amount, default_currency)


def read_number(digits: str, currency: str) -> Decimal | None:
    """Read a number as people write it where `currency` is used: "1,299.00", "1.106,18", "1'299.50", "1,29,999" (INR).

    None where it could mean two things, such as "3.299" in US dollars.
    """
    digits = re.sub(rf"(?<=[0-9])['’{_HARD_SPACES}](?=[0-9]{{3}}(?![0-9]))", "", digits)
    if re.fullmatch(r"\.[0-9]{2}", digits):
        digits = f"0{digits}"
    if not re.fullmatch(r"[0-9]+(?:[.,][0-9]+)*", digits):
        return None
    separators = re.findall(r"[.,]", digits)
    whole, fraction = digits, ""
    if separators:
        last = separators[-1]
        head, tail = digits.rsplit(last, 1)
        if separators.count(last) == 1 and (len(set(separators)) == 2 or not _groups(last, head, tail, currency)):
            whole, fraction = head, tail
    number = _whole(whole, currency)
    if number is None or (separators and fraction and not _fraction_fits(fraction, currency)):
        return None
    amount = Decimal(f"{number}.{fraction}" if fraction else number)
    return amount if amount < _MOST else None


def _groups(separator: str, head: str, tail: str, currency: str) -> bool:
    """Whether a separator that occurs once stands between thousands, not before decimals."""
    if len(tail) != 3 or len(head) > 3 or head.startswith("0") or currency in _THREE_DECIMALS:
        return False
    return separator == "," or currency in _DOT_GROUPS or currency in _NO_DECIMALS


def _fraction_fits(fraction: str, currency: str) -> bool:
    if currency in _NO_DECIMALS:
        return set(fraction) == {"0"}
    return len(fraction) <= (3 if currency in _THREE_DECIMALS else 2)


def _whole(text: str, currency: str) -> str | None:
    """The digits of a whole number without the marks between its groups; None where the groups are wrong."""
    if text.isdigit():
        return text
    if re.fullmatch(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+", text):
        return re.sub(r"[.,]", "", text)
    if currency in _LAKH_GROUPS and re.fullmatch(r"[1-9][0-9]?(?:,[0-9]{2})*,[0-9]{3}", text):
        return text.replace(",", "")
    return None


def _spans(text: str, default_currency: str) -> Iterator[MoneySpan]:
    for match in _AMOUNT.finditer(text):
        currency = _currency(match, default_currency)
        digits = match["number"] or match["bare"]
        amount = read_number(digits, currency) if currency else None
        if amount is not None and (match["tail"] or match["apart"]) in {"¢", "cents"}:
            amount = amount / 100 if amount < 100 else None
        following = text[match.end() : match.end() + 1]
        glued = following.isalpha() and re.search(r",[0-9]{1,2}$", digits) and not re.search(r"\.", digits)
        loose_digits = digits.isdigit() and len(digits) <= 4 and _LOOSE_DIGITS.match(text, match.end())
        if (
            following.isdigit()
            or glued
            or loose_digits
            or _MULTIPLIED.match(text, match.end())
            or _continues_a_number(text, match)
        ):
            amount = None
        if match["sign"] or match["dollar"]:  # "19 € 20 cm": the sign could belong to either number
            apart = match.start("number") > match.end("sign" if match["sign"] else "dollar")
            if apart and not match["stray"] and _BETWEEN_NUMBERS.search(text, 0, match.start()):
                amount = None
        start = match.start("dollar") if match["stray"] and currency else match.start()
        if match["lettered"] and _SINGLE_LETTER_APART.match(match[0]):
            start = text.index("$", match.start())
        yield MoneySpan(start, match.end(), amount, currency if amount is not None else None)


def _continues_a_number(text: str, match: re.Match[str]) -> bool:
    """Whether "299 kr" stands after "1 ": one number written with a space, or two numbers; nobody can tell."""
    bare = match["bare"]
    return bool(bare and len(re.split(r"[.,]", bare)[0]) == 3 and _SPACED_GROUP_BEFORE.search(text, 0, match.start()))


def _currency(match: re.Match[str], default: str) -> str | None:
    after = match["after"] or match["tailcode"]
    if match["lettered"]:
        if _SINGLE_LETTER_APART.match(match[0]):  # "Vitamin C $12": the letter belongs to the words before it
            named: str | None = _resolve("$", default)
        else:
            named = _DOLLARS[match["lettered"]]
            return named if after in {None, named} else None
    elif match["dollar"]:
        named = _resolve("$", default) if not match["stray"] or match["stray"] in _CAPITALS else None
    else:
        sign = match["sign"] or match["tail"] or match["apart"]
        named = _resolve(_SIGNS.get(sign, _SIGNS.get(sign.rstrip("."), "")), default) if sign else match["code"]
        if sign and after:
            return named if after == named else None
    return after or named


def _resolve(meaning: str, default: str) -> str | None:
    """The currency that a sign of several currencies stands for at a place whose own currency is `default`."""
    if meaning in {"$", "¢"}:
        return default if default in _DOLLAR_CURRENCIES else "USD"
    if meaning == "¥":
        return "CNY" if default == "CNY" else "JPY"
    if meaning == "kr":
        return default if default in _CROWNS else None
    return meaning or None


def _join_spaced_groups(text: str) -> str:
    """In a text that is a price and nothing else, "1 299,00" is one number."""
    if re.search(r"[A-Za-z]{4,}", text):
        return text
    return re.sub(r"(?<![0-9])([1-9][0-9]{0,2})((?: [0-9]{3})+)(?![0-9])", lambda m: m[1] + m[2].replace(" ", ""), text)
