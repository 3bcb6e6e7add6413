"""How an item differs from what it is compared with, where the words say so: another kind of thing, what it is only for, less of it,
an older version.

A worth rests on the nearest products, and the nearest are not always the same: a poster of a set is close to the set, a graphics card
to its successor. Each answer is a share (0–1) of the comparables' weight, so that one odd comparable changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from agents.pricing.cautions.accessory import FOR
from agents.pricing.cautions.kinds import Kind, kind_of
from agents.pricing.cautions.parts import parts_named, telling_words, words_of
from agents.pricing.quantities import NAMES, read_quantities

_LIGHTEST: Final = 0.02  # of the weight: what counts less is not asked
_SHORTEST: Final = 2  # letters: words of so few are mostly units and sizes
_CLEARLY_LESS: Final = 0.5
_SIZES: Final = tuple(
    NAMES.index(name) for name in ("gigabytes", "inches", "millilitres", "grams", "pieces", "pack", "metres")
)
_TAIL: Final = re.compile(rf"\b{FOR}\s+(.+)$")
_WORD: Final = re.compile(r"[a-z0-9]+")
# "iphone 15", "hero13", "gen 2", "rtx 4070"; not "15 gb", not "1-1/2".
_NUMBERED: Final = re.compile(
    r"\b([a-z]+)[ -]?(\d{1,4}(?:\.\d)?)(?![\w.])(?!\s?-?(?:gb|tb|inch|in\b|cm|mm|w\b|v\b|ml|oz|lb|kg|pack|pc|ct|\"|/))"
)
_COUNTED: Final = re.compile(r"\b(\d{1,3})(?:st|nd|rd|th)?[ -]([a-z]{3,})")
_ONE: Final = re.compile(r"\b(?:single|one)[ -]")
_SAME_WORD: Final = {"gen": "generation", "mark": "mk", "ver": "version", "v": "version", "gtx": "rtx"}
_NO_VERSION: Final = frozenset(re.findall(r"\w+", """
    size of x by w with and for a to in is no from up at or the top over under wifi wi fi usb hdmi bluetooth ddr nvme pack set box
    case qty inch inches gb tb mp mah watt watts volt volts oz lb lbs ml count ct pcs pc piece pieces month months year years day days
    hour hours model item number part style color colour aged age ages
"""))  # fmt: skip


@dataclass(frozen=True)
class Differences:
    """Shares of the comparables' weight: of another kind than the item, without the part that the item names, what the item is only
    made for, larger, of a later version; and the telling words of its name that no comparable has."""

    kind: float = 0.0
    part: float = 0.0
    made_for: float = 0.0
    larger: float = 0.0
    later: float = 0.0
    unknown: tuple[str, ...] = ()


ALIKE: Final = Differences()


@dataclass(frozen=True)
class _Title:
    kind: Kind | None
    words: frozenset[str]
    telling: frozenset[str]
    parts: frozenset[str]
    head: frozenset[str]
    tail: frozenset[str]
    sizes: tuple[float, ...]
    versions: dict[str, float]


def differences(title: str, kind: Kind | None, others: Sequence[str], weights: Sequence[float]) -> Differences:
    """Compare a title (and the kind that its text states) with the titles of its comparables, whose weights sum to one."""
    own = _read(title.lower())
    compared = [
        (_read(other.lower()), weight) for other, weight in zip(others, weights, strict=True) if weight >= _LIGHTEST
    ]

    def share(differs: Callable[[_Title], bool]) -> float:
        return sum(weight for other, weight in compared if differs(other))

    return Differences(
        kind=share(lambda other: kind is not None and other.kind != kind),
        part=share(lambda other: not own.parts <= other.words),
        made_for=share(lambda other: _is_for(own, other)),
        larger=share(lambda other: _is_less(own.sizes, other.sizes)),
        later=share(lambda other: _is_earlier(own.versions, other.versions)),
        unknown=_unknown(own, [other for other, _ in compared]),
    )


def _unknown(own: _Title, others: Sequence[_Title]) -> tuple[str, ...]:
    known = frozenset().union(*(other.words for other in others))
    return tuple(sorted(word for word in own.telling - known if len(word) > _SHORTEST))


@lru_cache(maxsize=20_000)
def _read(title: str) -> _Title:
    quantities = read_quantities(title)
    tail = _TAIL.search(title)
    head = title[: tail.start()] if tail else title
    return _Title(
        kind=kind_of(title),
        words=words_of(title),
        telling=telling_words(title),
        parts=parts_named(title),
        head=frozenset(_WORD.findall(head)),
        tail=frozenset(_WORD.findall(tail.group(1))) if tail else frozenset(),
        sizes=tuple(quantities[place] for place in _SIZES),
        versions=_versions(title),
    )


def _versions(title: str) -> dict[str, float]:
    """The numbers that tell one version from another, by the word that they belong to; the first of a word counts."""
    found: dict[str, float] = {}
    counted = [(word, number) for number, word in _COUNTED.findall(_ONE.sub("1 ", title))]
    for word, number in _NUMBERED.findall(title) + counted:
        name = _SAME_WORD.get(word, word)
        if name not in _NO_VERSION:
            found.setdefault(name, float(number))
    return found


def _is_for(own: _Title, other: _Title) -> bool:
    """Whether the other is what this one is made for: its words stand after "for" here, and it is for nothing of that itself."""
    if not own.tail:
        return False
    named = other.head & own.tail
    return len(named) >= 2 and len(named) > len(other.head & own.head) and not other.tail & own.tail


def _is_less(own: Sequence[float], other: Sequence[float]) -> bool:
    """Whether there is clearly less of this one by a measure that both state (NaN, which no comparison holds for, where not)."""
    less = any(mine < _CLEARLY_LESS * theirs for mine, theirs in zip(own, other, strict=True))
    more = any(mine * _CLEARLY_LESS > theirs for mine, theirs in zip(own, other, strict=True))
    return less and not more


def _is_earlier(own: dict[str, float], other: dict[str, float]) -> bool:
    shared = own.keys() & other.keys()
    return any(own[word] < other[word] for word in shared) and not any(own[word] > other[word] for word in shared)
