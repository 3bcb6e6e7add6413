"""Days that have a name, by the year. Moving feasts follow their usual rules; Easter the anonymous Gregorian computus."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final


def easter(year: int) -> date:
    """Easter Sunday (Meeus, Astronomical Algorithms, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    rest = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * rest) // 451
    month, day = divmod(h + rest - 7 * m + 114, 31)
    return date(year, month, day + 1)


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth such weekday of a month (Monday is 0)."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _last_monday(year: int, month: int) -> date:
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=last.weekday())


def _fixed(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


NAMED: Final[dict[str, Callable[[int], date]]] = {
    r"christmas eve|xmas eve": _fixed(12, 24),
    r"christmas(?: day)?|xmas(?: day)?|x-mas|the holidays|holiday season": _fixed(12, 25),
    r"boxing day": _fixed(12, 26),
    r"new year'?s eve|nye|silvester|hogmanay": _fixed(12, 31),
    r"new year'?s(?: day)?|(?:the )?new year": _fixed(1, 1),
    r"epiphany|three kings(?: day)?": _fixed(1, 6),
    r"valentine'?s?(?: day)?": _fixed(2, 14),
    r"(?:the )?super ?bowl": lambda year: nth_weekday(year, 2, 6, 2),
    r"st\.? patrick'?s(?: day)?": _fixed(3, 17),
    r"good friday": lambda year: easter(year) - timedelta(days=2),
    r"easter(?: sunday)?": easter,
    r"mother'?s day": lambda year: nth_weekday(year, 5, 6, 2),
    r"memorial day": lambda year: _last_monday(year, 5),
    r"father'?s day": lambda year: nth_weekday(year, 6, 6, 3),
    r"(?:the )?(?:fourth|4th) of july|independence day|july (?:the )?(?:fourth|4th)": _fixed(7, 4),
    r"labou?r day": lambda year: nth_weekday(year, 9, 0, 1),
    r"halloween|hallowe'en": _fixed(10, 31),
    r"singles'? day": _fixed(11, 11),
    r"thanksgiving(?: day)?": lambda year: nth_weekday(year, 11, 3, 4),
    r"black friday": lambda year: nth_weekday(year, 11, 3, 4) + timedelta(days=1),
    r"cyber monday": lambda year: nth_weekday(year, 11, 3, 4) + timedelta(days=4),
    r"(?:st\.? nicholas|nikolaus)(?: day)?": _fixed(12, 6),
    r"(?:the )?spring": _fixed(3, 20),
    r"(?:the )?summer": _fixed(6, 21),
    r"(?:the )?autumn|(?:the )?fall": _fixed(9, 22),
    r"(?:the )?winter": _fixed(12, 21),
}
SALES: Final = frozenset({"black friday", "cyber monday", "singles day", "singles' day"})
"""Days that end a search without any preposition: "a Black Friday deal"."""


def next_named(name_day: Callable[[int], date], today: date) -> date:
    """The day in this year, or in the next where it is over."""
    day = name_day(today.year)
    return day if day >= today else name_day(today.year + 1)
