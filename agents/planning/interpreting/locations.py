"""Where a thing may be: a place, and how far around it."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from agents.planning.interpreting.base import Reading, quoted
from agents.planning.interpreting.draft import TAKEN, Draft
from agents.planning.interpreting.names import Names
from agents.planning.interpreting.shops import names_in
from agents.planning.interpreting.vocabulary import places, word_set

_KM_A_MILE: Final = Decimal("1.609344")
_MOST_KM: Final = 500
_MINUTES: Final = re.compile(
    r"(?<![a-z])(?:within|less than|under|max(?:imum)?|up to|no more than|an?)\s+(?:an? )?(?:\d+|"
    r"hour|half an hour)[ -]?(?:min(?:ute)?s?|hours?|h)?['’]?s? (?:drive|driving|walk|ride|away|"
    r"by car)(?: (?:of|from|away))*"
)
_DISTANCE: Final = (
    r"(?P<far>\d{1,4}(?:[.,]\d)?|an?|one|two|three|five|ten|fifteen|twenty|thirty|fifty|a hundred)[ -]?(?P<unit>km|"
    r"kms|k(?=\s+(?:of|from|around))|kilomet(?:er|re)s?|mi|miles?|mile)(?![a-z])"
)
_LIMIT: Final = (
    r"(?:(?:with)?in|inside|less than|no (?:more|further|farther) than|not (?:more|further|farther) than|"
    r"max(?:imum|\.)?(?: distance)?(?: of)?|up to|at most|under|radius(?: of)?:?|distance:?|±|"
    r"\+|<=?)"
)
_AROUND: Final = r"(?:radius )?(?:away )?(?:of|from|around|to|near|about|outside(?: of)?|round|:|away from)"
_WITH_PLACE: Final = re.compile(
    rf"(?<![a-z])(?:(?:{_LIMIT}) )?(?:an? |the )?{_DISTANCE}(?: radius| max(?:imum)?)?(?: or less)? (?:{_AROUND}) "
)
_RADIUS_OF: Final = re.compile(
    rf"(?<![a-z])(?:in (?:a )?|within (?:a )?)?(?:radius|distance)(?: of)?:? {_DISTANCE}(?: (?:{_AROUND}) )?"
)
_ALONE: Final = re.compile(
    r"(?<![a-z\d])(?:[,(]\s*)?(?:(?:within|max(?:imum)?|up to|in|not (?:more|further) than|no (?:more|"
    rf"further) than|\+|±|<)\s?(?:an? )?)?{_DISTANCE}(?:[ -]?(?:radius|away|max(?:imum)?|around|"
    r"distance|or less|range|of me|from me|from here|of here))*\)?"
)
_FEATURE: Final = re.compile(
    r"(?<![a-z])(?:at least|min(?:imum|\.)?|over|more than|with(?: an?)?|goes|range(?: of)?:?|>=?)\s*\Z"
)
"""What says that a distance is what the thing can do: "a scooter with at least 30 km range"."""
_NEAR: Final = re.compile(
    r"(?<![a-z])(?:located|based|available|for sale|sold|somewhere|anywhere)? ?(?:(?:in|at) or (?:near|"
    r"around|close to)|near(?:by)?(?: to)?|"
    r"close to|around|local(?:ly)? (?:to|in)|next to|in the (?:area|vicinity|region|city) of|in and around|"
    r"(?:to )?(?:pick(?:ed)?[ -]?up|collect(?:ed|ion)?|pickup|collecting)(?: only)?(?: possible)? (?:in|"
    r"from|at|around|near)|(?:located|based|situated) in|outside(?: of)?|in|at|from|location:?|"
    r"place:?|vicinity of|city of|to be collected in|@) (?:the )?"
)
_STRONG: Final = re.compile(r"near|close|local|pick|collect|located|based|situated|vicinity|location|area of|outside")
_ME: Final = re.compile(
    r"(?<![a-z])(?:near(?:by)?|close to|around|local to) (?:me|here|my (?:home|place|house|area|"
    r"town|city)|where i live)(?![a-z])|(?<![a-z])(?:nearby|locally|local pick-?up(?: only)?|in my (?:area|"
    r"city|town|neighbou?rhood))(?![a-z])(?= *(?:[,.;!?\x00]|\Z|for\b|under\b))"
)
_CAPITALS: Final = re.compile(
    r"(?:\d{4,6} )?[A-ZÀ-ÖØ-Þ][\w'’.-]*(?:[ -](?:(?:am|an der|upon|on|of|the|de|la|le|del|do|sur|"
    r"in|im|ob der|St\.?) )?[A-ZÀ-ÖØ-Þ][\w'’.-]*){0,3}(?:, ?(?!USD|EUR|GBP|CAD|AUD|CHF|SEK)[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?)?"
)
_POSTCODE: Final = re.compile(
    r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\d{5}(?:-\d{4})?\b|\d{4} [A-Z]{2}\b|[A-Z]\d[A-Z] ?\d[A-Z]\d\b", re.IGNORECASE
)
_NO_PLACE: Final = re.compile(
    r"(?:new|used|good|great|excellent|perfect|mint|very|working|fair|any|black|white|red|blue|"
    r"green|gr[ae]y|silver|gold|pink|brown|beige|yellow|purple|orange|navy|"
    r"size|stock|total|bulk|store|box|original|english|german|french|spanish|italian|japanese|"
    r"japan(?:ese)? edition|leather|wood|oak|cotton|metal|january|february|march|april|may|june|"
    r"july|august|september|october|november|december|monday|tuesday|wednesday|thursday|friday|"
    r"saturday|sunday|christmas|xmas|amazon|ebay|gumtree|craigslist|facebook|"
    r"best buy|walmart|target|usd|eur|gbp|full|hd|4k|xl|xs|l|m|s|case|least|most|around|about|"
    r"general|like|condition|a|an|the|my|our|it|this|that|case)\b",
    re.IGNORECASE,
)
_STATE: Final = re.compile(
    r",? (?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|"
    r"O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]|ON|BC|QC|NSW|QLD|UK|USA)"
    r"(?![\w.$])"
)
"""A state or a country in capitals after a town: "Austin TX"."""
_NEGATED: Final = re.compile(
    r"(?<![a-z])(?:not|nothing|none|never|no \w+|except|excluding|without|avoid)(?: (?:made|sent|shipped|sold|ones?|items?|from|in))*\s*\Z"
)
_STOPS: Final = word_set("place_stops")
_AREA: Final = re.compile(
    r"(?: (?:area|region|city cent(?:er|re)|metro area|suburbs|and (?:surroundings|around|nearby)))+"
)
_COUNTS: Final = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "five": 5,
    "ten": 10,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "fifty": 50,
    "a hundred": 100,
}


def read_location(draft: Draft, reading: Reading, names: Names) -> None:
    """Take the place and the distance around it out of the draft."""
    if words := draft.take_all(_MINUTES):
        reading.ask(f"How many kilometres is {quoted(words[0])}?")
    for pattern in (_RADIUS_OF, _WITH_PLACE):
        match = pattern.search(draft.low)
        if match:
            end = _place_end(draft, match.end(), strong=True) if re.search(r"[a-z:] \Z", match[0]) else match.end()
            name = draft.whole[match.end() : end]
            words_ = draft.take(match.start(), end)
            _put_radius(reading, match, words_)
            if name.strip():
                _put_place(reading, name, words_)
            break
    else:
        match = _ALONE.search(draft.low)
        if match and not _FEATURE.search(draft.low[: match.start()]):
            before = _place_before(draft.low, match.start())
            near = re.search(r"(?:near|in|around|close to|from|at) \Z", draft.low[:before])
            name = draft.whole[before : match.start()]
            words_ = draft.take(near.start() if near and name.strip() else before, match.end())
            _put_radius(reading, match, words_)
            if name.strip(" ,"):
                _put_place(reading, name, words_)
    _near(draft, reading, names)
    words = draft.take_all(_ME)
    if words and "location" not in reading.fields:
        reading.ask(f"Where is {quoted(words[0])}? Name the town.")
    if "location" not in reading.fields:
        _bare(draft, reading)
    if "location" in reading.fields and "radius_km" not in reading.fields:
        reading.ask(f"How far from {reading.fields['location']} may it be?")
    if (
        "radius_km" in reading.fields
        and "location" not in reading.fields
        and not any("town" in each for each in reading.unclear)
    ):
        reading.ask("From which place is the distance counted? Name the town.")


def _near(draft: Draft, reading: Reading, names: Names) -> None:
    for match in list(_NEAR.finditer(draft.low)):
        if "location" in reading.fields:
            return
        if _NEGATED.search(draft.low[: match.start()]):
            continue
        strong = bool(_STRONG.search(match[0]))
        if not strong and (
            names.at(draft.low[match.end() :]) or names_in(draft.low[match.end() : match.end() + 24])[:1]
        ):
            continue
        end = _place_end(draft, match.end(), strong=strong)
        if end - match.end() == 1:  # "clarinet in B flat"
            continue
        if (
            not strong
            and not re.match(r"in |around |the ", match[0].strip() + " ")
            and not _known(draft.low, match.end())
        ):
            continue
        if end > match.end():
            name = draft.whole[match.end() : end]
            _put_place(reading, name, draft.take(match.start(), end))


def _bare(draft: Draft, reading: Reading) -> None:
    """A town without any preposition, at the end of what is left of a clause."""
    for match in re.finditer(rf"(?<![\w'-])([\w' -]+?)(?:,? (?:area|region))?(?=\s*(?:[,.;!?{TAKEN}]|\Z))", draft.low):
        for start in [*(match.start() + found.end() for found in re.finditer(r"\s+", match[1]))]:
            if draft.low[start : match.end(1)] in places() and not _NEGATED.search(draft.low[:start]):
                words = draft.take(start, match.end())
                _put_place(reading, words, words)
                return


def _place_end(draft: Draft, start: int, *, strong: bool) -> int:
    """Where the name of a place that begins at `start` ends; `start` itself where none begins there."""
    text, low = draft.text, draft.low
    if (code := _POSTCODE.match(text, start)) and not re.match(r"\s?(?:km|mi)\b", low[code.end() :]):
        named = re.compile(r" [A-ZÀ-Þ][\w'’-]+").match(text, code.end())
        return named.end() if named else code.end()
    if _NO_PLACE.match(low, start):
        return start
    known = _known(low, start)
    if known:
        if state := _STATE.match(text, known):
            return state.end()
        more = re.compile(r", ?(?!USD|EUR|GBP|CAD|AUD|CHF|SEK)[A-Z][\w'’-]+(?![\w$])(?: [A-Z][\w'’-]+)?").match(
            text, known
        )
        end = more.end() if more and not _NO_PLACE.match(text, more.start() + 2) else known
    elif named := _CAPITALS.match(text, start):
        end = named.end()
    elif strong:
        end = _small_letters(low, start)
    else:
        return start
    area = _AREA.match(low, end)
    return area.end() if area else end


def _known(low: str, start: int) -> int:
    """The end of the longest name in the list of places that begins here, 0 where none does."""
    ends = [found.end() for found in re.finditer(r"(?=[^\w'-]|\Z)", low[start : start + 30])]
    return max((start + end for end in ends if low[start : start + end] in places()), default=0)


def _small_letters(low: str, start: int) -> int:
    """Up to three words in small letters that may be a name."""
    end = start
    for count, word in enumerate(re.finditer(r"([^\W\d_][\w'’-]*)( |\b)", low[start:])):
        if count == 3 or word[1] in _STOPS or (count and word.start() != end - start):
            break
        end = start + word.end(1)
        if low[end : end + 1] != " ":
            break
        end += 1
    return start + len(low[start:end].rstrip())


def _place_before(low: str, end: int) -> int:
    """Where a known place that ends right before `end` begins; `end` itself where there is none."""
    stripped = len(re.sub(r"(?: or)?(?: max| within| up to)?[\s,+±(]*\Z", "", low[:end]))
    starts = [found.end() for found in re.finditer(r"(?:\A|[^\w'-])", low[:stripped])]
    for start in starts[-5:]:
        if low[start:stripped] in places():
            return start
    return end


def _put_place(reading: Reading, name: str, words: str) -> None:
    cleaned = _AREA.sub("", re.sub(r" or(?: max)?\s*\Z", "", name).strip(" ,.;:\x00"))
    if not cleaned:
        return
    cleaned = re.sub(rf"(?<=[a-z])(?={_STATE.pattern}\Z)(?!,)", ",", cleaned)
    if cleaned == cleaned.lower():
        cleaned = " ".join(part[:1].upper() + part[1:] for part in cleaned.split())
    reading.put("location", cleaned[:200], f"{quoted(words)} names the place.", 0.85)


def _put_radius(reading: Reading, match: re.Match[str], words: str) -> None:
    said = match["far"].replace(",", ".")
    far = Decimal(_COUNTS[said]) if said in _COUNTS else Decimal(said)
    in_miles = match["unit"].startswith("mi")
    exact = far * _KM_A_MILE if in_miles else far
    km = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    held = min(_MOST_KM, max(1, km))
    why = f"{quoted(words)} is {held} km around." if in_miles else f"{quoted(words)}: {held} km around."
    if held != km:
        reading.ask(f"A distance is 1 to {_MOST_KM} km. Is {held} km what you want?")
    reading.put("radius_km", held, why)
