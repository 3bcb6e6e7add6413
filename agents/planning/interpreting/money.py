"""Amounts of a wish: what may be paid, and how large a discount has to be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from agents.planning.interpreting.base import Reading, Wish, quoted
from agents.planning.interpreting.draft import TAKEN, Draft
from agents.planning.interpreting.numbers import Number, currency_of, numbers_in
from common.money import format_money

AROUND: Final = Decimal("0.10")
"""What "around" allows on both sides."""
_LEAST_BARE: Final = 10  # a smaller number without a currency is rarely a price
_LEAST_COUNTED: Final = 50  # "10+ games" are counted and "200+" is paid
Role = Literal["most", "least", "around", "off", "reference"]

_LINK: Final = (
    r"(?:\s*(?:of|at|is|are|be|:|=|to|about|around|roughly|approx(?:imately)?\.?|~|like|say|only|"
    r"just|it|them|with|a|the|price|total|budget))*"
)
_ENDS: Final = r"\s*\Z"


def _left(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z])(?:{words}){_LINK}{_ENDS}")


_LEFT: Final[tuple[tuple[Role, re.Pattern[str]], ...]] = (
    (
        "reference",
        _left(
            r"was|were|rrp|msrp|retails?(?: price)?|usually|normally|regular(?:ly)?|list(?: price)?|originally|"
            r"instead of|worth|valued"
        ),
    ),
    (
        "off",
        _left(
            r"sav(?:e|es|ed|ing|ings)(?: me)?(?: at least)?|discount(?:ed)?(?: is| by| of)?(?: at least)?|"
            r"(?:reduced|reduction|marked down|cut|slashed)"
            r"(?: by| of)?(?: at least)?|(?:drop|drops|dropped|fall|falls|fell) by(?: at least)?|knocked off|price drop of(?: at least)?"
        ),
    ),
    (
        "least",
        _left(
            r"(?:more|higher|greater|dearer) than|not (?:less|lower|cheaper|under|below)(?: than)?|no (?:less|"
            r"lower|cheaper) than|at least|at the least|"
            r"min(?:imum|\.)?(?: price| spend)?|over|above|from|starting|upwards|exceeding|costing at least|north of|>=?|≥|=>"
        ),
    ),
    (
        "most",
        _left(
            r"(?:(?:can|could|do|would|will|must|should|shall|may)(?: ?not|n'?t)|won'?t|can'?t|shan'?t|rather not|prefer not to)"
            r"(?: really| ever)? (?:go|stretch|do|pay|spend|afford|cost|be|exceed|come to)"
            r"(?: any(?:thing)?)?(?: (?:above|over|beyond|past|higher|more)(?: than)?|(?<=exceed))|"
            r"(?:(?:do|would|will|can)(?: not|n'?t)|won'?t|can'?t|not) (?:want|wish|plan|like|going|able|"
            r"willing)(?: to)? (?:pay|spend)(?: any)? "
            r"(?:more|over|above)(?: than)?|(?:no|not|never|nothing|none|isn'?t|won'?t be) (?:any )?(?:more|higher|greater|dearer|over|"
            r"above|exceed(?:ing)?|beyond)(?: than)?|(?:not|n'?t|never) "
            r"(?:pay|spend|cost)(?: any)? (?:more|over|above)(?: than)?|not? exceed(?:ing)?|(?:do not|don'?t|never) (?:want|show|"
            r"send|tell|give|need)(?: me)?(?: of| about)?(?: anything| offers)? (?:above|over|beyond|"
            r"(?:more|dearer) than)|under|underneath|bis(?: zu)?|maximal|"
            r"höchstens|jusqu'à|moins de|hasta|menos de|onder|hoogstens|"
            r"below|beneath|beyond no|(?:less|lower|cheaper|fewer|"
            r"smaller) (?:than|then)|at(?: the)? (?:most|max(?:imum)?)|(?:my |the |a |our )?(?:max(?:imum|"
            r"\.)?|upper|top|price|absolute)?\s?(?:price|budget|"
            r"limit|cap|ceiling|spend|(?<!pro )(?<!air )max(?:imum|\.)?)(?: price| budget| spend| limit)?|capped|tops?|up to|upto|"
            r"sub-?|within|inside|"
            r"(?:can|could|will|would|to|'ll|happy to|willing to|able to) (?:spend|pay|afford|go|stretch)(?: up)?|"
            r"spend(?:ing)?|pay(?:ing)?|have|got|"
            r"(?:drops?|falls?|goes|comes?|gets?|dips?|sinks?|is|hits?|reach(?:es)?)(?: down)? (?:to|below|under|beneath|at)|hits|reaches|"
            r"<=?|≤|=<|target(?: price)?|cost(?:s|ing)?(?: me)?|priced?|south of|shy of|paying"
        ),
    ),
    (
        "around",
        _left(
            r"around|about|approx(?:imately|\.)?|roughly|circa|ca\.?|~|≈|±|somewhere(?: near| around)?|"
            r"close to|in the region|nearly|near|almost"
        ),
    ),
    ("most", _left(r"for|at|@|only|just|is|are|be")),
)
_EACH: Final = r"\s*(?:each|ea\b\.?|apiece|a piece|a pop|per (?:piece|item|unit|pair|bottle|head))\b"
_RIGHT: Final[tuple[tuple[Role, re.Pattern[str]], ...]] = (
    (
        "off",
        re.compile(
            r"(?:\s*(?:or (?:so|more|better|higher|over)|\+|at least|minimum|min))?\s*(?:-|price )?(?:off|"
            r"discount(?:ed|s)?|savings?|reduction|reduced|cheaper(?: than (?:its |the )?(?:usual|normal|retail|rrp|msrp|list|market|"
            r"new)(?: price)?)?|"
            r"rebate|price drop|knocked off|markdown|below (?:its |the |normal |usual )?(?:worth|value|"
            r"retail|rrp|msrp|list|market|usual|normal)|"
            r"under (?:its |the )?(?:worth|value|retail|rrp|msrp|list)|"
            r"less than (?:its |the )?(?:usual|normal|worth|retail|rrp|msrp|list))\b"
            r"(?:\s*(?:or (?:more|better|higher)|at least|\+|minimum|min\b))?"
        ),
    ),
    (
        "around",
        re.compile(
            r"\s*(?:\+/-|±|plus or minus|give or take)\s*[$€£]?\d+\s?[%€$£]?|\s*-?ish\b|\s*or (?:so|thereabouts|"
            r"around|near)\b|\s*give or take|\s*roughly\b|\s*or about that|"
            r"\s*approx(?:imately)?\b"
        ),
    ),
    (
        "most",
        re.compile(
            r"\s*(?:or|and) (?:less|lower|under|below|cheaper|best offer|nearest offer|better|fewer|"
            r"not more)\b(?!(?: than)?\s*[$€£]?\s?\d)|"
            rf"{_EACH}(?!\s*(?:max|tops))|"
            r"\s*(?:is )?(?:my |the |at (?:the )?(?:absolute |very )?)?(?:max(?:imum)?|"
            r"most|tops|budget|limit|ceiling|cap|absolute max)\b(?: price| budget)?(?!\s*(?:of |price |"
            r"is |:)*[$€£]?\s?\d)|\s*obo\b|\s*ono\b|\s*at most|-(?=\s|\Z|[,.;])|\s*down(?:wards)?\b"
        ),
    ),
    (
        "least",
        re.compile(
            r"\s*(?:or|and) (?:more|above|over|higher|up|upwards?)\b(?!(?: than)?\s*[$€£]?\s?\d)|\s*\+(?!\d)|\s*plus\b|"
            r"\s*(?:at )?(?:the )?min(?:imum)?\b(?!\s*[$€£]?\s?\d)|"
            r"\s*at least(?!\s*[$€£]?\s?\d)|\s*upwards?\b|\s*onwards?\b"
        ),
    ),
)
_VAGUE: Final = re.compile(r"\b(?:around|about|roughly|approx\w*|circa|ca)\b|~")
_FIRM: Final = re.compile(
    r"\b(?:max\w*|most|under|below|less|more|up to|no|not|limit|cap|ceiling|tops|within|over|exceed\w*)\b|n't|<"
)
_JOINS: Final = re.compile(
    r"\s*(?:-|–|—|to|and|und|et|y|bis|till|until|up to|\.\.+|but (?:under|below|less than|not (?:over|above|"
    r"more than))|and (?:under|below|at most|less than))\s*"
)
_RANGE_LEFT: Final = re.compile(
    r"(?<![a-z])(?:(?:somewhere |anywhere |something )?(?:between|from|zwischen|entre)|in the range(?: of)?|range(?: of)?:?|"
    r"anywhere (?:between|from)|"
    r"price:?|budget:?(?: of| is)?|for|at|costing|somewhere between)\s*\Z"
)
_SIZES: Final = re.compile(
    r"(?<![a-z])(?:sizes?|ages?|aged|eu|uk|us|waist|length|no\.?|model|type|series|gen|mk|mark|year|from year|vol(?:ume)?|part|level)\s*\Z"
)
_NOUN_FOLLOWS: Final = re.compile(
    r"\s+(?!or\b|and\b|with\b|in\b|on\b|at\b|for\b|near\b|by\b|before\b|but\b|max|please\b|total|"
    r"new\b|used\b|if\b|each\b|from\b|not?\b|only\b|incl)[a-z]"
)
_ENDS_HERE: Final = re.compile(
    rf"\s*(?:[,.;!?){TAKEN}]|\Z|or less|max|total\b|altogether\b|in (?:all|total)\b|for (?:both|all|the lot)\b|and\b|near\b|in\b|on\b|"
    rf"before\b|by\b|please|if\b|each\b|but\b|used\b|new\b)"
)
_EXTRA_RIGHT: Final = re.compile(
    r"\s*(?:each|total|all in|altogether|in total|in all|for (?:both|all(?: of them)?|the lot)|incl(?:uding|\.)? (?:shipping|delivery|"
    r"postage)|"
    r"(?:max|tops)\b(?!\s*[$€£]?\d)|obo\b|ono\b|or best offer|at (?:the )?most)+\b"
)


_APART: Final = re.compile(
    r"(?<![a-z])(?:in |all in |currency:? (?:is )?)?(usd|eur|gbp|aud|cad|nzd|chf|sek|nok|dkk|pln|"
    r"jpy|euros?|dollars?|pounds sterling|quid|sterling)(?![a-z])"
)


@dataclass(frozen=True, slots=True)
class _Amount:
    """An amount with its role and the stretch of text that says so."""

    role: Role
    start: int
    end: int
    number: Number
    most: Number | None = None
    sureness: float = 0.95


def read_money(draft: Draft, reading: Reading, wish: Wish) -> None:
    """Take the amounts out of the draft: discounts, bounds of the price, and the currency."""
    found = _amounts(draft.low, wish.currency)
    for amount in found:
        if amount.number.value is None or (amount.most is not None and amount.most.value is None):
            reading.ask(f"How much is {quoted(draft.whole[amount.start : amount.end])}? It can be read in two ways.")
    usable = [
        each for each in found if each.number.value is not None and (each.most is None or each.most.value is not None)
    ]
    signs = list(dict.fromkeys(sign for each in usable for sign in _signs(each) if each.role != "reference"))
    if not signs and usable and (apart := _APART.search(draft.low)):
        signs = [currency_of(apart[1], wish.currency)]
        draft.take(*apart.span())
    currency = signs[0] if signs else wish.currency
    if len(signs) > 1:
        reading.ask(
            f"Amounts are in {' and '.join(signs)}, and a goal has one currency. Is {currency} the one to go by?"
        )
        usable = [each for each in usable if not _signs(each) or currency in _signs(each)]
    words = {(each.start, each.end): draft.take(each.start, each.end) for each in found}
    _put_bounds(usable, words, reading, currency)
    if any(name in reading.fields for name in ("min_price", "max_price", "min_discount")):
        if signs:
            reading.put("currency", currency, f"The amounts are in {currency}.")
        else:
            reading.put("currency", currency, f"You named no currency, so your own is taken: {currency}.", 0.8)


def _signs(amount: _Amount) -> list[str]:
    return [each.currency for each in (amount.number, amount.most) if each is not None and each.currency]


def _amounts(low: str, default: str) -> list[_Amount]:
    numbers = numbers_in(low, default)
    found: list[_Amount] = []
    at, reach = 0, 0
    while at < len(numbers):
        pair = _range(low, numbers, at, reach)
        single = pair or _single(low, numbers[at], reach)
        if single is not None:
            found.append(single)
            reach = single.end
        at += 2 if pair else 1
    return found


def _range(low: str, numbers: Sequence[Number], at: int, reach: int) -> _Amount | None:
    """Two numbers with "to", a dash or "and" between them, as one amount."""
    if at + 1 >= len(numbers):
        return None
    first, second = numbers[at], numbers[at + 1]
    between = low[first.end : second.start]
    joined = _JOINS.fullmatch(between)
    if not joined or first.value is None or second.value is None:
        return None
    before = _RANGE_LEFT.search(low, reach, first.start)
    if between.strip() in {"and", "und", "et", "y"} and not (before and re.search("between|zwischen|entre", before[0])):
        return None
    if second.times and not first.times and first.value * 1000 <= second.value:
        first = replace(first, value=first.value * 1000)
    if (
        first.value is None
        or first.value > second.value
        or (first.value == second.value and first.currency != second.currency)
    ):
        return None
    known = bool(first.currency or second.currency or first.times or second.times)
    if not known and (
        _SIZES.search(low[: first.start])
        or first.is_year
        or first.value < _LEAST_BARE
        or _NOUN_AFTER_RANGE.match(low, second.end)
    ):
        return None
    off = next(
        (match for role, match in ((role, pattern.match(low, second.end)) for role, pattern in _RIGHT[:1]) if match),
        None,
    )
    start = before.start() if before else first.start
    end = off.end() if off else second.end
    extra = _EXTRA_RIGHT.match(low, end)
    return _Amount(
        "off" if off else "most",
        start,
        extra.end() if extra else end,
        first,
        None if off else second,
        0.95 if known else 0.75,
    )


_NOUN_AFTER_RANGE: Final = re.compile(r"\s*(?:x\b|pieces|people|years?|pcs|mm|cm)")


def _single(low: str, number: Number, reach: int) -> _Amount | None:
    """One number with the words around it that make it a bound; None where nothing says that it is money."""
    role: Role | None = None
    start, end = number.start, number.end
    for name, pattern in _RIGHT:
        if (match := pattern.match(low, end)) and not (
            name == "least"
            and not number.currency
            and low[end : end + 1] == "+"
            and number.value is not None
            and number.value < _LEAST_COUNTED
        ):
            role, end = name, match.end()
            break
    strong = None if re.match(_EACH, low[number.end :]) else role
    # The longest words say it: in "no more than" it is not "more than".
    lefts = [
        (match.start(), name, pattern is _LEFT[-1][1])
        for name, pattern in _LEFT
        if (match := pattern.search(low, reach, start))
    ]
    for begin, name, weak in sorted(lefts, key=lambda left: left[0]):
        if role is None and not _plausible(low, number, name, weak=weak):
            continue
        start = begin
        role = _together(strong, name, low[begin : number.start])
        break
    if role is None:
        if not number.currency:
            return None
        role = "most"
    elif (
        not number.currency
        and not number.times
        and strong is not None
        and strong != "off"
        and (number.in_words or (number.value or 0) < _LEAST_BARE)
    ):
        return None
    extra = _EXTRA_RIGHT.match(low, end)
    return _Amount(
        role, start, extra.end() if extra else end, number, None, 0.95 if number.currency or strong else 0.85
    )


def _together(right: Role | None, left: Role, words: str) -> Role:
    """What the words on both sides say together: "at least $20 off" is a discount, "max $80ish" a bound."""
    weak = re.match(r"(?:for|at|@|only|just|is|are|be)\b", words.strip())
    if (weak or left == "most") and _VAGUE.search(words) and not _FIRM.search(words):
        left = "around"
    if right is None:
        return left
    if right == "off" or left == "off":
        return "off"
    if left == "reference":
        return left
    if right == "around":
        return "most" if left == "most" and not weak else "around"
    return right


def _plausible(low: str, number: Number, role: Role, *, weak: bool) -> bool:
    """Whether a number without a currency is money, by the word before it and the one after it."""
    if number.currency or number.times:
        return True
    if number.value is None or number.is_year or role == "reference":
        return False
    if weak or role == "off":
        return number.value >= _LEAST_BARE and not number.in_words and bool(_ENDS_HERE.match(low, number.end))
    noun = bool(_NOUN_FOLLOWS.match(low, number.end))
    least = {"least": 50, "around": 20}.get(role, 20) if noun else 5
    return number.value >= least and not (number.in_words and (noun or number.value < 20))


def _put_bounds(amounts: Sequence[_Amount], words: dict[tuple[int, int], str], reading: Reading, currency: str) -> None:
    for amount in amounts:
        said, value = quoted(words[amount.start, amount.end]), amount.number.value or Decimal(0)
        if amount.role == "off":
            reading.put(
                "min_discount",
                value,
                f"{said}: the price has to be {_shown(value, currency)} below its worth.",
                amount.sureness,
            )
        elif amount.role == "around":
            low, high = _rounded(value * (1 - AROUND)), _rounded(value * (1 + AROUND))
            _bound(reading, "min_price", low, f"{said} is read as 10 % to both sides.", 0.8)
            _bound(reading, "max_price", high, f"{said} is read as 10 % to both sides.", 0.8)
        elif amount.most is not None:
            _bound(reading, "min_price", value, f"{said} begins at {_shown(value, currency)}.", amount.sureness)
            top = amount.most.value or Decimal(0)
            _bound(reading, "max_price", top, f"{said} ends at {_shown(top, currency)}.", amount.sureness)
        elif amount.role == "least":
            _bound(
                reading, "min_price", value, f"{said}: nothing cheaper than {_shown(value, currency)}.", amount.sureness
            )
        elif amount.role == "most":
            _bound(reading, "max_price", value, f"{said}: {_shown(value, currency)} at most.", amount.sureness)
    least, most = reading.fields.get("min_price"), reading.fields.get("max_price")
    if least is not None and most is not None and least > most:
        reading.drop("min_price")
        reading.ask(
            f"Nothing costs at least {_shown(least, currency)} and at most {_shown(most, currency)}. Which of the two holds?"
        )


def _bound(reading: Reading, name: str, value: Decimal, why: str, sureness: float) -> None:
    there = reading.fields.get(name)
    if there is not None and there != value:
        # Of two upper bounds the larger is the one beyond which nothing is wanted: "ideally 900, at most 1000".
        holds = there if name == "max_price" and value < there else value
        reading.ask(f"There is more than one amount. Is {holds} the one that holds?")
        if holds == there:
            return
    reading.put(name, value, why, sureness)


def _rounded(value: Decimal) -> Decimal:
    rounded = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return rounded.quantize(Decimal(1)) if rounded == rounded.to_integral() else rounded


def _shown(value: Decimal, currency: str) -> str:
    return format_money(value, currency).removesuffix(".00")
