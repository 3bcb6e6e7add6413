"""How many of a thing are wanted ("two of them", "x2", "need 4 garden chairs"), and what all of them may cost."""

from __future__ import annotations

import re
from typing import Final

from agents.planning.interpreting.base import Reading, quoted
from agents.planning.interpreting.draft import TAKEN, Draft
from agents.planning.interpreting.numbers import SMALL
from agents.planning.interpreting.vocabulary import word_set

_COUNTS: Final = {word: value for word, value in SMALL.items() if 2 <= value <= 12} | {
    "a couple": 2,
    "couple": 2,
    "both": 2,
    "half a dozen": 6,
    "a dozen": 12,
    "dozen": 12,
}
_COUNT: Final = rf"(?P<count>[2-9]|[1-9]\d|{'|'.join(sorted(_COUNTS, key=len, reverse=True))})"
_SAID: Final = (
    re.compile(rf"(?<![\w.,-]){_COUNT} of (?:them|these|those|the(?= [^\W\d_]))(?![a-z])(?! (?:most|best)\b)"),
    re.compile(rf"(?<![\w.,-])(?:quantity|qty\.?|amount|pieces|how many)[: ]+(?:of )?{_COUNT}(?![\w.,])"),
    re.compile(rf"(?<![\w.,-]){_COUNT} (?:units|copies|boxes|items)(?=\s*(?:[,.;!?|){TAKEN}]|\Z))"),
    re.compile(rf"(?:\A|(?<=[,;] )){_COUNT}(?= *{TAKEN})"),
    re.compile(rf"(?<![a-z])(?:needs?|wants?|buy|get) {_COUNT}(?: of (?:them|these|those))?(?=\s*(?:[,.;!?)]|\Z))"),
    re.compile(rf"(?<=[\w\])] )[x×] ?{_COUNT}(?=\s*(?:[,.;!?|){TAKEN}]|\Z))"),
    re.compile(rf"(?:\A|(?<=[.!?;:] )|(?<={TAKEN}))\s*{_COUNT} ?[x×] (?=[^\W\d_])"),
)
_ASKING: Final = (
    r"(?:(?:please|hi|hello|hey)\W+)*(?:(?:i|we)(?:'?m|'?re|'?d| am| are| would)?(?: really| also| both)? )?"
    r"(?:needs?|wants?|want to (?:buy|get)|look(?:ing)? for|search(?:ing)? for|find(?: me| us)?|get(?: me| us)?|buy(?:ing)?|"
    r"like|after|in need of|require|wanted:?|wtb:?)(?: to (?:buy|get|find|have))?\s+"
)
_HEAD: Final = re.compile(rf"(?:\A|(?<=[.!?;] )|(?<={TAKEN}))\s*(?:{_ASKING})?(?P<whole>{_COUNT} )(?=[^\W\d_])")
_PLURAL: Final = re.compile(
    r"(?P<words>(?:[^\W\d_][\w'-]*[ ]){0,3}[^\W\d_][\w'-]*[^\Wsui]s)(?=\s*(?:[,.;:!?()|–—\x00]|\Z)|\s+(?:for|under|in|with|by|from|at|near|"
    r"that|which|below|max|around|about|up|before|no|not|each|to|of|on|or|over|between|less|new|used|please)\b)"
)
_PARTS: Final = word_set("counted_parts")
"""What a number before it describes and does not count: "2 person tents", "4 slice toasters"."""
_TOTAL: Final = re.compile(
    r"(?<![a-z])(?:(?:in )?total|altogether|in all|all in|(?:[2-9]|two|three|four|six) for(?= [$€£¥]?\d)|(?:for|buys?) (?:both|"
    r"all(?: of them)?|the lot|the (?:pair|set)))(?![a-z])"
)


def read_quantity(draft: Draft, reading: Reading) -> None:
    """Take out how many are wanted. With a total for several the amount is the budget of the goal as well."""
    for pattern in _SAID:
        if match := pattern.search(draft.low):
            _put(reading, match["count"], draft.take(*match.span()), 0.9)
            break
    else:
        match = _HEAD.search(draft.low)
        counted = match and _PLURAL.match(draft.low, match.end())
        if match and counted and not _PARTS & set(counted["words"].split()[:-1]):
            _put(reading, match["count"], draft.take(*match.span("whole")), 0.7)
    if "quantity" in reading.fields and "max_price" in reading.fields and (total := _TOTAL.search(draft.whole.lower())):
        reading.put("budget", reading.fields["max_price"], f"{quoted(total[0])}: so much for all of them.", 0.8)


def _put(reading: Reading, said: str, words: str, sureness: float) -> None:
    count = _COUNTS.get(said) or int(said)
    reading.put("quantity", count, f"{quoted(words)}: it ends once you have bought {count}.", sureness)
