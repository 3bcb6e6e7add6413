"""Terms that are plain numbers or words of the goal itself: discounts in percent, a score, how often to look, when to stop."""

from __future__ import annotations

import re
from typing import Final

from agents.planning.interpreting.base import Reading, quoted
from agents.planning.interpreting.draft import Draft

_OFF: Final = (
    r"(?:\s*(?:or (?:more|better|higher|greater|over|above)|and (?:more|up|above)|\+|plus|at least|minimum|min))?\s*(?:-|in )?(?:price )?"
    r"(?:off(?! (?:grid|road))|of(?=\s*(?:[,.;]|\Z|or\b))|discounts?|discounted|savings?|reduction|reduced|cheaper|less|rebate|below|under|"
    r"price (?:cut|drop)|markdown|knocked off|down\b|drop)?(?: (?:than |its |the |usual|retail|"
    r"rrp|msrp|list|normal|usual|regular|full|original|price)\w*)*"
    r"(?:\s*(?:or (?:more|better|higher|greater|over)|and (?:more|up)|\+|at least|minimum|min\b))?"
)
_PERCENT: Final = re.compile(
    r"(?P<before>(?<![a-z])(?:(?:with |a |an |is |are |it's |it is )*(?:at ?least|min(?:imum|\.)?|"
    r"more than|over|above|from|not less than|no less than|discount(?:ed)?|"
    r"reduced|reduction|save|saving|savings|marked down|off|cut|slashed|drop(?:s|ped)?|sale|down|"
    r"(?:below|under) (?:(?:its|the|usual|normal|market|retail|list) )*"
    r"(?:value|price|worth|rrp|msrp) by|worth|>=?|≥|up to|of|by|a|around|about)[\s:]*)*)"
    r"(?P<sign>(?<![\w])[-–−]\s?)?(?<![\d.,])(?P<low>\d{1,3})(?:\s?%)?(?:\s?(?:-|–|to|or)\s?(?P<high>\d{1,3}))?\s?(?:%|"
    r"per ?cent\b|pct\b|pc\b(?= off))"
    rf"(?P<after>{_OFF})"
)
_MATERIAL: Final = re.compile(
    r"\s*(?:pure |organic |real |genuine )?(?:cotton|wool|silk|linen|leather|cashmere|polyester|"
    r"down\b|merino|hemp|bamboo|battery|charged?|alcohol|abv|"
    r"cocoa|cacao|juice|arabica|whey|natural|authentic|original|vinyl|recycled|vol|tint|oled|srgb|"
    r"dci|adobe|waterproof|working|functional|new\b)"
)
_PLAIN_PERCENT: Final = re.compile(r"\s*[a-z]")
_CLAUSE_WORDS: Final = re.compile(
    r"\s*(?:on|and|or|for|from|in|by|before|with|but|under|below|near|max|please|at|only|new|used|no|not|until|this|off)\b"
)
_SHARES: Final = (
    (re.compile(r"(?<![a-z])(?:(?:at|for|is|are|to|now|by)\s+)*(?:at least\s+)?(?:half[- ]?(?:the )?(?:normal |"
r"usual |original |retail )?(?:price|off|cost)|half as much|1/2 (?:price|off))(?: or (?:less|"
r"better|more|lower))?"), 50),
    (re.compile(r"(?:at least\s+)?(?:two[- ]thirds|2/3) off(?: or more)?"), 67),
    (re.compile(r"(?:at least\s+)?(?:three[- ]quarters|3/4) off(?: or more)?"), 75),
    (re.compile(r"(?:at least\s+)?(?:a|one)[- ]third off(?: or more)?|1/3 off"), 33),
    (re.compile(r"(?:reduced|cut|discounted|down|drops?|dropped) by (?:at least )?(?:a|one) half(?: or more)?"), 50),
    (re.compile(r"(?:reduced|cut|discounted|down|drops?|dropped) by (?:at least )?(?:a|one) third(?: or more)?"), 33),
    (re.compile(r"(?:reduced|cut|discounted|down|drops?|dropped) by (?:at least )?(?:a|one) quarter(?: or more)?"), 25),
    (re.compile(r"(?:at least\s+)?(?:a|one)[- ]quarter off(?: or more)?|1/4 off"), 25),
)  # fmt: skip
_SCORE: Final = re.compile(
    r"(?:with )?(?:a )?(?:deal )?(?:score|rating)(?: of)?(?: (?:at least|above|over|of|minimum|"
    r"min|>=?|≥))*\s?(\d{1,3})(?: or (?:more|higher|better))?(?!\d)"
)
_STARS: Final = re.compile(
    r"(?:with )?(?:a )?(?:rating (?:of )?)?(?:at least |min(?:imum|\.)? |(?:more|better) than |over |above )?\d"
    r"(?:[.,]\d)?\+?[ -]?stars?(?: "
    r"(?:rating|reviews?))(?: or (?:more|better|higher))?"
    r"|(?:at least |min(?:imum|\.)? |(?:more|better) than |over |above )\d(?:[.,]\d)?\+?[ -]?stars?(?![ -]?hotel)"
)
_EVERY: Final = re.compile(
    r"(?:please )?(?:check|look|scan|search|refresh)(?:ing)? (?:it |for it )?(?:every|each) (?:(\d{1,4}|"
    r"half|other) ?)?(minutes?|mins?|hours?|hrs?|day)\b"
)
_OFTEN: Final = (
    (re.compile(r"(?:check|look|scan|search) (?:it )?hourly"), 60),
    (re.compile(r"(?:check|look|scan|search) (?:it )?(?:daily|once a day)"), 1440),
    (re.compile(r"(?:check|look|scan|search) (?:it )?twice a day"), 720),
)
_STOP: Final = re.compile(
    r"(?:stop|finish|end|done|quit)(?: it| looking)? after (?:the )?(?:first )?(\d{1,4}|one|two|"
    r"three|five|ten) (?:matches|match|finds?|hits?|offers?|results?|deals?)|(?:only |just )?the first (\d{1,4}) "
    r"(?:matches|offers|deals|results)|(?:max(?:imum)?|at most) (\d{1,4}) (?:matches|alerts|results)"
    r"|(?:tell me (?:about |of )?)?(\d{1,4}) (?:matches|alerts|results|offers|deals) (?:at most|max(?:imum)?|tops)\b"
)
_WORDS: Final = {"one": 1, "two": 2, "three": 3, "five": 5, "ten": 10}
_PRIORITY: Final = (
    (re.compile(r"(?:(?:with |at |as )?(?:a )?(?:top|highest) priority|priority:? ?5)"), 5),
    (re.compile(r"(?:with |at |as )?(?:a )?high priority|priority:? ?4|it'?s urgent|urgently|urgent"), 4),
    (re.compile(r"(?:with |at |as )?(?:a )?low priority|priority:? ?2"), 2),
    (re.compile(r"priority:? ?1"), 1),
)


def read_percent(draft: Draft, reading: Reading) -> None:
    """Take a discount in percent out of the draft."""
    for match in list(_PERCENT.finditer(draft.low)):
        least = int(match["low"])
        told = bool(match["before"].strip() or match["sign"] or match["after"].strip())
        if least > 100 or _MATERIAL.match(draft.low, match.end()) or (least == 100 and not match["after"].strip()):
            continue
        if (
            not told
            and _PLAIN_PERCENT.match(draft.low, match.end())
            and not _CLAUSE_WORDS.match(draft.low, match.end())
        ):
            continue
        words = draft.take(*match.span())
        _discount(reading, least, words, 0.95 if told else 0.8)
    for pattern, share in _SHARES:
        for words in draft.take_all(pattern):
            _discount(reading, share, words, 0.9)


def read_terms(draft: Draft, reading: Reading) -> None:
    """Take out what the goal is told of itself."""
    for words in draft.take_all(_STARS):
        reading.ask(f"{quoted(words)} cannot be checked: reviews are not known here. Will a score of the deal do?")
    if match := _SCORE.search(draft.low):
        score = int(match[1])
        words = draft.take(*match.span())
        if score <= 100:
            reading.put("min_score", score, f"{quoted(words)}: a score of {score} or more.")
    if match := _EVERY.search(draft.low):
        count = {"half": "30", "other": "2", None: "1"}.get(match[1], match[1])
        minutes = int(count) * {"m": 1, "h": 60, "d": 1440}[match[2][0]] if match[1] != "half" else 30
        words = draft.take(*match.span())
        reading.put(
            "check_interval_minutes",
            min(1440, max(15, minutes)),
            f"{quoted(words)}, as near as 15 minutes to a day allow.",
        )
    for pattern, minutes in _OFTEN:
        if words_ := draft.take_all(pattern):
            reading.put("check_interval_minutes", minutes, f"{quoted(words_[0])}.")
    if match := _STOP.search(draft.low):
        said = next(part for part in match.groups() if part)
        count_ = _WORDS.get(said) or int(said)
        words = draft.take(*match.span())
        if count_:
            reading.put("max_matches", count_, f"{quoted(words)}: it ends after so many matches.")
    for pattern, priority in _PRIORITY:
        if words_ := draft.take_all(pattern):
            reading.put("priority", priority, f"{quoted(words_[0])}.", 0.8)
            break


def _discount(reading: Reading, percent: int, words: str, sureness: float) -> None:
    if "min_discount_percent" in reading.fields and reading.fields["min_discount_percent"] != percent:
        reading.ask(
            f"There is more than one discount. Is {reading.fields['min_discount_percent']} % the one that holds?"
        )
        return
    reading.put("min_discount_percent", percent, f"{quoted(words)}: at least {percent} % below its worth.", sureness)
