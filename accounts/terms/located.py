"""Reading the place of a goal: what the place of an offer has to say, as a query over its words.

Offers name places and carry no coordinates, so names are compared and no distance is measured. "Austin, TX" asks for "austin" and,
where the offer names more than a town, for "tx" or "texas" too, so that Portland in Oregon is not Portland in Maine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from typing import Final

BARE: Final = "=bare"
"""A word that an offer's place has beside its own where it names but one thing, such as "Leeds"."""

_WORD: Final = re.compile(r"[^\W_]+")
_SKIPPED: Final = frozenset(
    {"the", "area", "region", "metro", "near", "around", "in", "city", "of", "centre", "center"}
)

_ALSO_TOWNS: Final = frozenset({"new york", "washington"})


def located_by(place: str) -> str:
    """The text of a `tsquery` over the words of an offer's place (configuration `simple`); empty where no place is asked for."""
    town, *further = [_words(part) for part in place.split(",")]
    if not town and further:
        town, *further = further
    region = next(iter(further), [])
    if not region:
        town, region = _without_region(town)
    if not town:
        return ""
    names = _names_of(town)
    if names is not None and " ".join(town) not in _ALSO_TOWNS:
        return f"({_any(names)}) | '{BARE}'"
    query = _town(town)
    if not region:
        return query
    return f"{query} & ({_any(_names_of(region) or [region])} | '{BARE}')"


def _words(text: str) -> list[str]:
    """The words in small letters, without postcodes where anything else is named: offers rarely write them."""
    words = [word for word in _WORD.findall(text.lower()) if word not in _SKIPPED] or _WORD.findall(text.lower())
    return [word for word in words if not any(map(str.isdigit, word))] or words


def _without_region(words: list[str]) -> tuple[list[str], list[str]]:
    """A town apart from the region or country behind it: of several, the one nearest to the town."""
    region: list[str] = []
    while len(words) > 1:
        length = next((size for size in (3, 2, 1) if size < len(words) and _names_of(words[-size:])), 0)
        if not length:
            break
        words, region = words[:-length], words[-length:]
    return words, region


def _town(words: Sequence[str]) -> str:
    """The words side by side; and "York" is not "New York"."""
    query = " <-> ".join(map(_quoted, words))
    return f"({query})" if words[0] == "new" else f"({query}) & !('new' <-> {_quoted(words[0])})"


def _any(names: Sequence[Sequence[str]]) -> str:
    return " | ".join(f"({' <-> '.join(map(_quoted, words))})" for words in names)


def _quoted(word: str) -> str:
    return f"'{word}'"


def _names_of(words: Sequence[str]) -> list[list[str]] | None:
    """All names of the region or country that has this one; None where it is none."""
    return _regions().get(" ".join(words))


@lru_cache(maxsize=1)
def _regions() -> dict[str, list[list[str]]]:
    text = resources.files("accounts.terms").joinpath("regions.txt").read_text(encoding="utf-8")
    known = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            names = [name.strip() for name in line.split("=")]
            known.update({name: [each.split() for each in names] for name in names})
    return known
