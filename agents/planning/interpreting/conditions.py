"""In which condition a thing may be: what is wanted, what is tolerated, and what is not wanted."""

from __future__ import annotations

import re
from typing import Final

from accounts.models import WantedCondition
from agents.planning.interpreting.base import Reading, quoted
from agents.planning.interpreting.draft import Draft

_USED: Final = (
    r"(?:second|2nd)[- ]?hand|pre-?(?:owned|loved)|previously owned|(?:gently |lightly |barely |"
    r"hardly |well )?used|like[- ]new|as new|nearly new|almost new|open[- ]box|ex-display|ex display|"
    r"display model|b-stock|gebraucht|neuwertig|d'occasion|(?:in )?(?:mint|very good|excellent|good|fair|great|decent|"
    r"working) (?:used )?cond(?:ition\b|\b\.?)|"
    r"mint(?=\s*(?:[,.;]|\Z))|thrifted|worn|hand-me-down"
)
_REFURBISHED: Final = (
    r"(?:certified |factory |manufacturer |seller |professionally )?(?:re-?furb(?:ish(?:ed)?)?s?|"
    r"renewed|reconditioned|remanufactured|re-?certified)"
)
_NEW: Final = (
    r"(?:brand|factory)[- ]new(?: (?:in box|and sealed|sealed|unopened))?|new (?:in box|in packaging|"
    r"with tags|and sealed|sealed|unopened|only|condition)|bnib|bnwt|nwt|(?<!fine )(?<!medium )(?<!broad )(?<!gold )nib|"
    r"(?:factory )?sealed|"
    r"un(?:used|opened|worn)|in (?:its )?original packaging|"
    r"(?<!like )(?<!as )(?<!nearly )(?<!almost )(?:must be |has to be |needs to be )?new(?! (?:balance|"
    r"era|york|zealand|look|orleans|jersey|world|holland|order|model|version|gen|line|year|release|"
    r"baby))"
)
_KINDS: Final = (
    (WantedCondition.USED, _USED),
    (WantedCondition.REFURBISHED, _REFURBISHED),
    (WantedCondition.NEW, _NEW),
)
ANY_KIND: Final = f"(?:{_USED}|{_REFURBISHED}|{_NEW})"
_KIND_OF: Final = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS)
_LIST: Final = rf"{ANY_KIND}(?:(?:\s*,\s*(?:or |and )?|\s*/\s*|\s+or\s+|\s+and\s+|\s*&\s*){ANY_KIND})*"
_NOUN: Final = r"(?: (?:condition|items?|models?|ones?|units?|products?|stuff|goods|offers?))*"
_TOLERATED: Final = re.compile(
    r"(?<![\w-])(?:(?:i )?(?:don'?t|do not|wouldn'?t) mind (?:if it(?:'s| is) )?|(?:happy|fine|"
    r"ok(?:ay)?|cool) with |open to |also (?:accept )?|even |including |incl\.? |can be |could be |"
    r"may be |"
    rf"would (?:accept|consider|take) |(?:i )?accept |consider )(?:a |an |it (?:being )?)?(?:{_LIST}){_NOUN}(?: (?:too|as well))?|"
    rf"(?<![\w-])(?:{_LIST}){_NOUN}(?:,)? (?:(?:is|are|would be|also|works?|ones) )*(?:also )?(?:ok(?:ay)?|"
    r"fine|good|acceptable|welcome|accepted|possible|alright|all right|great|too)(?: (?:too|as well|"
    r"with me|for me|by me))?(?![\w])|"
    r"(?:in )?any condition|condition (?:doesn'?t|does not|is not|isn'?t) (?:matter|important)|"
    r"no matter (?:the|what|which) condition|regardless of condition|whatever condition|"
    r"(?:don'?t|do not) care (?:about (?:the )?condition|if (?:it(?:'s| is) )?(?:new|used)(?: or (?:new|used|refurbished))?)"
)
_UNWANTED: Final = re.compile(
    r"(?<![\w-])(?:(?:but |and )?(?:not|non|no|never|nothing|none|without|except(?: for)?|excluding|"
    r"exclude|avoid(?:ing)?|skip(?:ping)?|leave out|omit|anything but|isn'?t|aren'?t|(?:don'?t|do not|doesn'?t) (?:want|need|like|buy|"
    r"be)|neither|w/o)(?:[ -]+)"
    rf"(?:(?:be|any|a|an|that is|that's|that are|which is|interested in|it (?:to be )?|looking for) ?)*)"
    rf"(?P<kinds>{ANY_KIND}{_NOUN}(?:(?:\s*,\s*(?:or "
    rf"|nor |and |no |not )*|\s*/\s*|\s+or\s+|\s+nor\s+|\s+and\s+(?:no |not )?){ANY_KIND}{_NOUN})*)(?![\w-])"
)
_GOES_ON: Final = re.compile(r"\s*(?:,\s*)?(?:or|nor)\s+(?=[a-z])|\s*/\s*(?=[a-z])")
_WANTED: Final = re.compile(
    rf"(?<![\w-])(?:(?:only|in|must be|has to be|should be|condition:?|strictly|ideally|preferably) )*"
    rf"(?:a )?(?:{_LIST})(?![\w-]){_NOUN}(?: "
    r"only)?"
)
_EACH: Final = re.compile(rf"(?<![\w-]){ANY_KIND}(?!\w)")
_OTHERS: Final = {WantedCondition.NEW: "new", WantedCondition.REFURBISHED: "refurbished", WantedCondition.USED: "used"}


def read_condition(draft: Draft, reading: Reading) -> None:
    """Take what is said of the condition out of the draft."""
    tolerated = draft.take_all(_TOLERATED)
    unwanted = _unwanted(draft, reading)
    wanted: list[WantedCondition] = []
    said = ""
    for match in list(_WANTED.finditer(draft.low)):
        kinds = kinds_in(match[0])
        if kinds:
            said = said or draft.whole[slice(*match.span())]
            draft.take(*match.span())
            wanted += [kind for kind in kinds if kind not in wanted]
    if len(wanted) == 1 and not tolerated:
        reading.put("condition", str(wanted[0]), f"{quoted(said)} is read as {_OTHERS[wanted[0]]}.", 0.9)
    elif len(wanted) == 2 and not tolerated:
        left = next(kind for kind in _OTHERS if kind not in wanted)
        reading.put("condition", str(WantedCondition.ANY), f"{quoted(said)}: either will do.", 0.85)
        if left != WantedCondition.NEW:  # a word of many titles: "New Balance"
            reading.add("excluded_keywords", [_OTHERS[left]], f"{quoted(said)} leaves {_OTHERS[left]} out.", 0.8)
    elif tolerated:
        reading.put("condition", str(WantedCondition.ANY), f"{quoted(tolerated[0])}: any condition will do.", 0.9)
    elif unwanted >= {WantedCondition.USED, WantedCondition.REFURBISHED} or _had_an_owner(reading):
        reading.put("condition", str(WantedCondition.NEW), "What had no owner before is new.", 0.9)


def _unwanted(draft: Draft, reading: Reading) -> set[WantedCondition]:
    kinds: set[WantedCondition] = set()
    for match in list(_UNWANTED.finditer(draft.low)):
        named = kinds_in(match["kinds"])
        if not named:
            continue
        kinds |= set(named)
        words = draft.whole[slice(*match.span())]
        if more := _GOES_ON.match(draft.low, match.end()):
            draft.pass_over(match.start("kinds"), more.end())  # "no refurbs or fakes": the rest is for the next rule
        else:
            draft.take(*match.span())
        if named == [WantedCondition.NEW]:
            reading.put("condition", str(WantedCondition.USED), f"{quoted(words)} is read as used.", 0.7)
            continue
        reading.add("excluded_keywords", _as_said(match["kinds"]), f"{quoted(words)} rules an offer out.")
    return kinds


def _had_an_owner(reading: Reading) -> bool:
    """Whether what is not wanted is all that somebody owned before, which what is refurbished was too."""
    return any(
        re.match(r"(?:pre-?|previously )owned|(?:second|2nd)[- ]?hand", word)
        for word in reading.fields.get("excluded_keywords", [])
    )


def _as_said(low: str) -> list[str]:
    """The words that offers use: "refurbished" for all its spellings, the words themselves for others ("open-box" is not always "used")."""
    said = []
    for match in _EACH.finditer(low):
        words = re.sub(
            r"^(?:gently|lightly|barely|hardly|well|certified|factory|manufacturer|seller|professionally|in) ",
            "",
            match[0],
        )
        kind = kinds_in(match[0])
        if kind:
            said.append(_OTHERS[kind[0]] if kind[0] != WantedCondition.USED else words)
    return list(dict.fromkeys(said))


def kinds_in(low: str) -> list[WantedCondition]:
    """The conditions that a text in lower case names, in its order; of "like new" the used one alone."""
    found: list[tuple[int, WantedCondition]] = []
    rest = low
    for kind, pattern in _KIND_OF:
        for match in list(pattern.finditer(rest)):
            if re.match(r"\w", rest[match.end() : match.end() + 1]) or (
                match.start() and rest[match.start() - 1].isalnum()
            ):
                continue
            found.append((match.start(), kind))
            rest = rest[: match.start()] + "\x00" * len(match[0]) + rest[match.end() :]
    return list(dict.fromkeys(kind for _, kind in sorted(found)))
