"""What each amount of money in the text of an offer is: its price, or one of the many amounts that are not."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from agents.scanning.reading.phrases import (
    AFTER_A_NAME,
    BETWEEN_TWO,
    DOWN_TO,
    FREE_BEFORE,
    FROM_AFTER,
    GIFT_CARD_BEFORE,
    LEFT,
    NUMBER_BEFORE,
    ON_TERMS,
    OR_BEFORE,
    PLUS_BEFORE,
    RESULT,
    RIGHT,
    SEVERAL_BEFORE,
    SHIPPING_BEFORE,
    UP_TO_A,
    Role,
)
from common.money_text import MoneySpan

_WINDOW = 90


@dataclass(frozen=True, slots=True)
class Judged:
    """An amount with its role, the words that decided it, and whether it stands in brackets or after an "or"."""

    span: MoneySpan
    role: Role
    words: str
    aside: bool


def judge(text: str, spans: list[MoneySpan]) -> list[Judged]:
    """The role of each amount of a text, in their order."""
    brackets = brackets_of(text)
    judged: list[Judged] = []
    for span in spans:
        before, after = text[max(0, span.start - _WINDOW) : span.start], text[span.end : span.end + _WINDOW]
        role, words = _role(before, after, text[span.start : span.end], span, judged)
        aside = any(start < span.start < end for start, end in brackets)
        if OR_BEFORE.search(before):
            aside = aside or role is not Role.PRICE or bool(ON_TERMS.match(after))
        judged.append(Judged(span, role, words, aside))
    return _with_ranges(text, _with_ranges_of_discounts(text, _with_drops(text, judged)))


def _role(before: str, after: str, itself: str, span: MoneySpan, earlier: list[Judged]) -> tuple[Role, str]:
    if span.amount == 0:
        return Role.FREE, itself
    for role, pattern in RIGHT:
        if match := pattern.match(after):
            return role, _words("", itself, match[0])
    if several := SEVERAL_BEFORE.search(before):
        named = re.search(r"(?:for|at|@)\s*(?:only\s+|just\s+)?\Z", several[0], re.IGNORECASE) and AFTER_A_NAME.search(
            before[: several.start()]
        )
        if not named:
            return Role.MULTI, _words(several[0], itself, "")
    if (shipping := SHIPPING_BEFORE.search(before)) and not FREE_BEFORE.search(before[: shipping.start()]):
        return Role.SHIPPING, _words(shipping[0], itself, "")
    if itself[0].isdigit() and (match := NUMBER_BEFORE.search(before)):
        return Role.RANGE, _words(match[0], itself, "")
    for role, pattern in LEFT:
        if match := pattern.search(before):
            return role, _words(match[0], itself, "")
    if match := FROM_AFTER.match(after):
        return Role.FROM, _words("", itself, match[0])
    match = GIFT_CARD_BEFORE.search(before)
    if match and not any(one.role is Role.GIFT for one in earlier):
        return Role.GIFT, _words(match[0], itself, "")
    if PLUS_BEFORE.search(before):
        return Role.ADDED, _words("+ ", itself, "")
    if span.amount is None:
        return Role.UNREADABLE, itself
    return Role.PRICE, itself


def _with_drops(text: str, judged: list[Judged]) -> list[Judged]:
    """In "from $199 down to $39" the first amount is the earlier price; in "from $39 to $199" prices only start there."""
    found = list(judged)
    for place in range(1, len(found)):
        first, last = found[place - 1], found[place]
        if first.role is not Role.FROM or last.role is not Role.PRICE or first.span.currency != last.span.currency:
            continue
        fell = (first.span.amount or 0) > (last.span.amount or 0)
        if fell and DOWN_TO.fullmatch(text, first.span.end, last.span.start):
            found[place - 1] = replace(first, role=Role.LIST)
    return found


def _with_ranges_of_discounts(text: str, judged: list[Judged]) -> list[Judged]:
    """Both ends of "$50 to $120 off" and of "save $50 to $120" are discounts."""
    found = list(judged)
    for place in range(1, len(found)):
        first, last = found[place - 1], found[place]
        if {first.role, last.role} == {Role.PRICE, Role.DISCOUNT} and UP_TO_A.fullmatch(
            text, first.span.end, last.span.start
        ):
            words = " ".join(f"{first.words}{text[first.span.end : last.span.start]}{last.words}".split())
            found[place - 1] = replace(first, role=Role.DISCOUNT, words=words)
            found[place] = replace(last, role=Role.DISCOUNT, words=words)
    return found


def _with_ranges(text: str, judged: list[Judged]) -> list[Judged]:
    """Two prices with nothing but a dash between them are the ends of a range; what stands before "=" is only summed up."""
    ranges: set[int] = set()
    sums: list[int] = []
    for place, one in enumerate(judged):
        if one.role is not Role.PRICE:
            continue
        if RESULT.search(text[max(0, one.span.start - 9) : one.span.start]):
            sums.append(place)
        elif place and judged[place - 1].role is Role.PRICE and _touches(text, judged[place - 1], one):
            ranges |= {place - 1, place}
    if len({judged[place].span.key for place in sums}) == 1:
        parts = {Role.PRICE, Role.ADDED, Role.MULTI}
        return [
            replace(one, role=Role.FEE) if place < sums[0] and one.role in parts else one
            for place, one in enumerate(judged)
        ]
    return [
        replace(one, role=Role.RANGE, words=_range_words(text, judged, place)) if place in ranges else one
        for place, one in enumerate(judged)
    ]


def _touches(text: str, first: Judged, second: Judged) -> bool:
    return bool(BETWEEN_TWO.fullmatch(text, first.span.end, second.span.start))


def _range_words(text: str, judged: list[Judged], place: int) -> str:
    neighbours = judged[max(0, place - 1) : place + 2]
    return text[neighbours[0].span.start : neighbours[-1].span.end]


def brackets_of(text: str) -> list[tuple[int, int]]:
    """Where the outermost brackets open and close. A bracket that is never closed holds the rest of the text."""
    found, opened = [], []
    for place, letter in enumerate(text):
        if letter in "([{":
            opened.append(place)
        elif letter in ")]}" and opened:
            start = opened.pop()
            if not opened:
                found.append((start, place + 1))
    return found + ([(opened[0], len(text))] if opened else [])


def _words(before: str, itself: str, after: str) -> str:
    return " ".join(f"{before}{itself}{after}".split())
