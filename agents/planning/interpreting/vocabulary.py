"""The word lists of the grammar, read once: makers, places, things, and ordinary words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent / "words"


@dataclass(frozen=True, slots=True)
class Brands:
    """Names of makers by their key. `doubtful` are keys of those that are ordinary words too."""

    names: dict[str, str]
    doubtful: frozenset[str]
    longest: int = 4
    spellings: frozenset[str] = frozenset()
    """Names with marks of which another form is usual: who writes "Fjällräven" and not "Fjallraven" means it."""

    def with_more(self, names: frozenset[str]) -> Brands:
        """With names from elsewhere, as far as they are no ordinary words and not known already."""
        more = {
            key: name
            for name in sorted(names)
            if (key := brand_key(name)) not in self.names
            and len(key) > 2
            and key not in ordinary()
            and not key.isdigit()
        }
        return replace(self, names=self.names | more, doubtful=self.doubtful | frozenset(more))


def brand_key(name: str) -> str:
    """What spellings of a name have in common: no accents, marks or capitals, single spaces."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", " ", plain.replace("'", "").replace(".", "")).strip()


@lru_cache(maxsize=1)
def brands() -> Brands:
    """The makers that are known here."""
    names: dict[str, str] = {}
    doubtful, spellings = set(), set()
    for entry in [*_lines("brands"), *(name for line in _lines("makers") for name in line.split(", "))]:
        name = entry.removesuffix("?")
        if names.setdefault(brand_key(name), name) != name and not (name.isascii() and name.isalnum()):
            spellings.add(name)
        if entry.endswith("?"):
            doubtful.add(brand_key(name))
    return Brands(names, frozenset(doubtful), spellings=frozenset(spellings))


@lru_cache(maxsize=1)
def everyday_brands() -> frozenset[str]:
    """The keys of makers that mistyped words are read as."""
    return frozenset(brand_key(name.removesuffix("?")) for name in _lines("brands"))


@lru_cache(maxsize=1)
def places() -> frozenset[str]:
    """Large towns and regions, in small letters."""
    return frozenset(_lines("places"))


@lru_cache(maxsize=1)
def things() -> frozenset[str]:
    """Words of what is looked for."""
    return word_set("things")


@lru_cache(maxsize=1)
def ordinary() -> frozenset[str]:
    """Words that are right as they are."""
    return things() | frozenset(_lines("plain"))


def word_set(name: str) -> frozenset[str]:
    """All words of one of the lists."""
    return frozenset(word for line in _lines(name) for word in line.split())


@lru_cache(maxsize=1)
def known_errors() -> dict[str, str]:
    """Mistyped words, and what is meant by each."""
    pairs = (line.split(": ", 1) for line in _lines("errors"))
    return {wrong: right for right, wrongs in pairs for wrong in wrongs.split(", ")}


def _lines(name: str) -> list[str]:
    text = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
