"""Until when a wish holds: days, spans of time and days with a name."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from agents.planning.interpreting.base import Reading, Wish, quoted
from agents.planning.interpreting.calendar import NAMED, SALES, next_named
from agents.planning.interpreting.draft import TAKEN, Draft
from agents.planning.interpreting.numbers import SMALL

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "jan(?:uary)?",
            "feb(?:ruary)?",
            "mar(?:ch)?",
            "apr(?:il)?",
            "may",
            "june?",
            "july?",
            "aug(?:ust)?",
            "sept?(?:ember)?",
            "oct(?:ober)?",
            "nov(?:ember)?",
            "dec(?:ember)?",
        ),
        1,
    )
    for name in [names]
}
_MONTH: Final = rf"(?:{'|'.join(_MONTHS)})"
_ORDINALS: Final = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "twenty-first",
    "twenty-second",
    "twenty-third",
    "twenty-fourth",
    "twenty-fifth",
    "twenty-sixth",
    "twenty-seventh",
    "twenty-eighth",
    "twenty-ninth",
    "thirtieth",
    "thirty-first",
]
_ORDINAL_DAY: Final = re.compile(
    rf"\b({'|'.join(name.replace('-', '[- ]') for name in reversed(_ORDINALS))})(?= (?:of |day of )?{_MONTH}\b)",
    re.IGNORECASE,
)
_WEEKDAYS: Final = (
    "mon(?:day)?",
    "tue(?:s(?:day)?)?",
    "wed(?:nesday)?",
    "thu(?:r(?:s(?:day)?)?)?",
    "fri(?:day)?",
    "sat(?:urday)?",
    "sun(?:day)?",
)
_WEEKDAY: Final = rf"(?:{'|'.join(_WEEKDAYS)})"
_FULL_WEEKDAY: Final = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_COUNT: Final = (
    r"(?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|a couple(?: of)?|"
    r"couple(?: of)?|a few|few)"
)
_NUMBERS: Final = SMALL | {"a": 1, "an": 1, "couple": 2, "few": 3}
_BEFORE: Final = r"(?:before|ahead of|prior to|sooner than|earlier than|in advance of)"
_UNTIL: Final = (
    r"(?:(?:needed|need it|needs to (?:be here|arrive)|want it|must (?:arrive|be here)|required|"
    r"due|delivered|arriving|deadline(?: is)?:?|latest|at the latest|ending|ends?|valid)?\s*"
    r"(?:by|until|till|'til|til|up to|up until|no later than|not later than|at the latest(?: by)?|"
    r"on|in time for|for|latest|through|this side of)"
    r"|deadline(?: is)?:?|due|latest|ends?|ending|expires?(?: on)?)"
)
_DAY_IN_MONTH: Final = (
    rf"(?:the )?(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<m1>{_MONTH})\b\.?(?:,? (?P<y1>20\d\d))?"
)
_MONTH_AND_DAY: Final = (
    rf"(?P<m2>{_MONTH})\.? (?:the )?(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?"
    r"(?!\d|\s?(?:gb|inch|%|(?!for |at |under |below |with |max )[a-z]+ ?\$))(?:,? (?P<y2>20\d\d))?"
)
_ISO: Final = r"(?P<y3>20\d\d)-(?P<m3>\d\d?)-(?P<d3>\d\d?)"
_NUMERIC: Final = r"(?P<n1>\d{1,2})(?P<dot>[./])(?P<n2>\d{1,2})(?:[./](?P<y4>20\d\d|\d\d))?\.?(?!\d|[.,]\d)"
_EXACT: Final = re.compile(rf"(?:{_ISO}|{_DAY_IN_MONTH}|{_MONTH_AND_DAY}|{_NUMERIC})")
_NAMES: Final = "|".join(f"(?:{name})" for name in NAMED)
_DAY: Final = (
    rf"(?:{_ISO.replace('P<', 'P<_')}|{_DAY_IN_MONTH.replace('P<', 'P<_')}|{_MONTH_AND_DAY.replace('P<', 'P<_')}|"
    rf"{_NUMERIC.replace('P<', 'P<_')}"
    rf"|the \d{{1,2}}(?:st|nd|rd|th)|(?:the )?(?:end|close) of (?:the |this |next )?(?:month|year|week|quarter|{_MONTH})(?: 20\d\d)?|"
    r"(?:month|year|week)[ -]?end|eo[mwy]\b"
    rf"|(?:the )?(?:beginning|start) of (?:the |next )?(?:month|year|week|{_MONTH})(?: 20\d\d)?|mid[- ]?{_MONTH}"
    rf"|(?:this |next |coming |the coming |the next )?(?:{_WEEKDAY})(?: next week)?(?![a-z])|(?:the |this |next |the coming )?week-?end"
    rf"|(?:this|next) (?:week|month|year)|tonight|today|(?:the )?day after tomorrow|tomorrow|(?:{_NAMES})(?![a-z])|"
    rf"{_MONTH}(?: 20\d\d)?(?![a-z]))"
)
_SPAN: Final = (
    rf"(?P<count>{_COUNT})\s?-?(?P<unit>days?|weeks?|months?|fortnights?|years?|wks?)\b(?:'? time)?|"
    r"(?P<single>day|week|month|fortnight|year)\b"
)
_AFTERWARDS: Final = (
    rf"(?=\s*(?:[,.;:!?()–{TAKEN}-]|\Z|at\b|for\b|under\b|below\b|max|less\b|in\b|near\b|on\b|from\b|"
    r"with\b|up\b|please\b|and\b|but\b|no\b|not\b|within\b|around\b|[<$€£\d]|to\b|if\b|as\b|over\b|"
    r"between\b|budget\b|new\b|used\b))"
)
_RULES: Final = (
    (
        "after",
        re.compile(
            rf"(?<![a-z])(?:after|from|starting(?: on| from)?|not before|since) (?:{_DAY})(?: on(?:wards)?)?{_AFTERWARDS}"
        ),
    ),
    (
        "span",
        re.compile(
            r"(?<![a-z])(?:(?:with)?in|for|over|during|by|in less than|in under|in at most|no later than)(?: the)?(?: "
            rf"next| coming| following)? (?:{_SPAN})(?: from now)?(?!\w)(?! of (?!now))(?! old)(?! warranty|"
            r" guarantee| battery)"
        ),
    ),
    ("before", re.compile(rf"(?<![a-z]){_BEFORE} (?:the )?(?:{_DAY}){_AFTERWARDS}")),
    (
        "until",
        re.compile(
            rf"(?<![a-z]){_UNTIL} (?:the )?(?:{_DAY})(?: (?:evening|morning|night|afternoon|noon|midday|"
            rf"midnight))?(?: (?:at the )?latest| the latest)?{_AFTERWARDS}"
        ),
    ),
    ("until", re.compile(rf"(?<![a-z])(?:in|during) (?:early |late )?{_MONTH}(?: 20\d\d)?{_AFTERWARDS}")),
    (
        "bare",
        re.compile(
            rf"(?<![a-z])(?:(?:sometime )?this (?:week-?end|week|month|year|coming {_FULL_WEEKDAY}|{_FULL_WEEKDAY})|"
            rf"next (?:week-?end|week|month|{_FULL_WEEKDAY})|(?:the )?day after tomorrow|tomorrow|today|"
            r"tonight)(?! night)(?![a-z'])"
        ),
    ),
    ("until", re.compile(rf"(?<![a-z])(?:on |for |this |in the )?(?:{'|'.join(sorted(SALES))})(?:'s)?(?![a-z])")),
    (
        "until",
        re.compile(
            rf"(?<![a-z\d/.-])(?:{_ISO.replace('P<', 'P<_')}|{_DAY_IN_MONTH.replace('P<', 'P<_')})(?![\d/])(?: (?:at the "
            rf")?latest)?{_AFTERWARDS}"
        ),
    ),
)
_EVENT: Final = re.compile(
    r"(?<![a-z])(?:before|until|till|by the time|in time for) (?:the |my |our |his |her |their )?(?:[a-z'-]+ )?[a-z'-]+ "
    r"(?:comes|starts|begins|arrives|ends|opens|closes|gets here|runs out|sets in|is over|are over|start|arrive)(?![a-z])"
)
"""A time that nobody but the writer knows: "before the frost comes"."""
_LATE: Final = time(23, 59, 59)
BARE: Final = 0.8
"""How sure a day without a preposition is: "today" may be said of anything."""


class _Day(NamedTuple):
    """A day; `guessed` says why it may be another one."""

    day: date
    guessed: str = ""


def with_figures(text: str) -> str:
    """The text with days of a month in figures: "the first of December" is "the 1 of December"."""
    return _ORDINAL_DAY.sub(lambda match: str(_ORDINALS.index(match[1].lower().replace(" ", "-")) + 1), text)


def read_dates(draft: Draft, reading: Reading, wish: Wish) -> None:
    """Take out the deadline. "Before a day" ends as the day begins, everything else as it ends, in the user's time zone."""
    for words in draft.take_all(_EVENT):
        if found := day_of(words.lower(), wish):
            _put(reading, wish, "before", found, words)
        else:
            reading.ask(f"Which day is {quoted(words)}?")
    for kind, pattern in _RULES:
        for match in list(pattern.finditer(draft.low)):
            said = match[0]
            found = _span(match, wish.now.date()) if kind == "span" else day_of(said, wish)
            if found is None:
                continue
            words = draft.take(*match.span())
            if kind == "after":
                reading.ask(f"A goal begins at once, so {quoted(words)} was left out. Will you set it then?")
                continue
            _put(reading, wish, kind, found, words)


def _put(reading: Reading, wish: Wish, kind: str, found: _Day, words: str) -> None:
    moment = time(0) if kind == "before" else _LATE
    deadline = datetime.combine(found.day, moment, tzinfo=wish.now.tzinfo)
    if deadline <= wish.now:
        reading.ask(f"{quoted(words)} is over already. Until when may it take?")
        return
    if "deadline" in reading.fields:
        if reading.fields["deadline"] != deadline:
            reading.ask(f"There is more than one date. Is {_shown(reading.fields['deadline'])} the one that holds?")
        return
    if found.guessed:
        reading.ask(found.guessed)
    until = f"until the beginning of {_shown(deadline)}" if kind == "before" else f"to the end of {_shown(deadline)}"
    reading.put(
        "deadline",
        deadline,
        f"{quoted(words)}: it looks {until}.",
        0.7 if found.guessed else BARE if kind == "bare" else 0.9,
    )


def _shown(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _span(match: re.Match[str], today: date) -> _Day | None:
    if match["single"]:
        count, unit = 1, match["single"]
    else:
        said = re.sub(r"^a (?=couple|few)| of$", "", match["count"])
        count, unit = int(said) if said.isdigit() else _NUMBERS[said], match["unit"]
    if unit.startswith("month"):
        month = today.month - 1 + count
        year, month = today.year + month // 12, month % 12 + 1
        return _Day(date(year, month, min(today.day, monthrange(year, month)[1])))
    size = {"d": 1, "w": 7, "f": 14, "y": 365}[unit[0]]
    return _Day(today + timedelta(days=count * size))


def day_of(said: str, wish: Wish) -> _Day | None:
    """The day that words in lower case name, None where there is no such day."""
    today = wish.now.date()
    if exact := _EXACT.search(said):
        return _exact(exact, wish)
    if found := _edge(said, today):
        return _Day(found)
    for word, days in (("day after tomorrow", 2), ("tomorrow", 1), ("today", 0), ("tonight", 0)):
        if word in said:
            return _Day(today + timedelta(days=days))
    for name, day in NAMED.items():
        if re.search(rf"(?<![a-z])(?:{name})(?![a-z])", said):
            return _Day(next_named(day, today))
    if re.search(r"week-?end", said):
        if re.match(_BEFORE, said) and today.weekday() < 5:
            return _Day(today + timedelta(days=5 - today.weekday() + (7 if "next" in said else 0)))
        sunday = today + timedelta(days=6 - today.weekday())
        return _Day(sunday + timedelta(days=7) if "next" in said else sunday)
    for number, name in enumerate(_WEEKDAYS):
        if re.search(rf"(?<![a-z])(?:{name})(?![a-z])", said):
            ahead = (number - today.weekday()) % 7 or 7
            later = 7 if re.search(r"(?<!the )(?<!coming )next", said) and today.weekday() + ahead < 7 else 0
            return _Day(today + timedelta(days=ahead + later))
    if number_ := re.search(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)", said):
        return _next_day_with(int(number_[1]), today)
    if month := re.search(rf"(?<![a-z])({_MONTH})(?: (20\d\d))?(?![a-z])", said):
        return _month(said, month, today)
    return None


def _next_day_with(number: int, today: date) -> _Day | None:
    """The next day of a month with this number."""
    ahead = (today + timedelta(days=days) for days in range(62))
    return next((_Day(day) for day in ahead if day.day == number), None)


def _month(said: str, match: re.Match[str], today: date) -> _Day:
    """A month alone: it ends a search "in March" on its last day, one "by" or "before March" on its first."""
    month = _month_number(match[1])
    year = int(match[2]) if match[2] else today.year + (month < today.month)
    inside = re.match(r"(?:in|during|this)\b", said)
    return _Day(date(year, month, monthrange(year, month)[1] if inside else 15 if "mid" in said else 1))


def _edge(said: str, today: date) -> date | None:
    """The end or the beginning of a week, month or year."""
    later = bool(re.search(r"\bnext\b", said))
    if re.search(r"(?:beginning|start) of", said):
        named = re.search(rf"({_MONTH})(?: (20\d\d))?(?![a-z])", said.split("of", 1)[1])
        if named and "month" not in said:
            month = _month_number(named[1])
            return date(int(named[2]) if named[2] else today.year + (month <= today.month), month, 1)
        if "week" in said:
            return today + timedelta(days=7 - today.weekday())
        return date(today.year + 1, 1, 1) if "year" in said else _end_of_month(today) + timedelta(days=1)
    ends = re.search(r"(?:end|close) of|-?end\b|\beo[mwy]\b|(?:this|next) (?:week|month|year)(?!-?end)", said)
    if not ends or re.search(r"week-?end", said):
        return None
    named = re.search(rf"of (?:the |this |next )?({_MONTH})(?: (20\d\d))?(?![a-z])", said)
    if named and not re.search(r"of (?:the |this |next )?month", said):
        month = _month_number(named[1])
        year = int(named[2]) if named[2] else today.year + (month < today.month)
        return date(year, month, monthrange(year, month)[1])
    if "week" in said or "eow" in said:
        return today + timedelta(days=6 - today.weekday() + 7 * later)
    if "quarter" in said:
        month = 3 * ((today.month - 1) // 3) + 3
        return date(today.year, month, monthrange(today.year, month)[1])
    if "year" in said or "eoy" in said:
        return date(today.year + later, 12, 31)
    return _end_of_month(_end_of_month(today) + timedelta(days=1)) if later else _end_of_month(today)


def _end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _month_number(name: str) -> int:
    return next(number for pattern, number in _MONTHS.items() if re.fullmatch(pattern, name))


def _exact(match: re.Match[str], wish: Wish) -> _Day | None:
    guessed = ""
    if match["d1"]:
        day, month, year = int(match["d1"]), _month_number(match["m1"]), match["y1"]
    elif match["d2"]:
        day, month, year = int(match["d2"]), _month_number(match["m2"]), match["y2"]
    elif match["d3"]:
        day, month, year = int(match["d3"]), int(match["m3"]), match["y3"]
    else:
        first, second, year = int(match["n1"]), int(match["n2"]), match["y4"]
        american = match["dot"] == "/" and wish.currency == "USD"
        month, day = (first, second) if (american and first <= 12) or second > 12 else (second, first)
        if match["dot"] == "/" and first != second and first <= 12 and second <= 12:
            guessed = f"Is {match[0]} the {day}. of the {month}. month?"
    today = wish.now.date()
    try:
        if year:
            return _Day(date(int(year) + (2000 if len(year) == 2 else 0), month, day), guessed)
        found = date(today.year, month, day)
        return _Day(found if found >= today else date(today.year + 1, month, day), guessed)
    except ValueError:
        return None
