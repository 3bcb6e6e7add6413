"""Words for the same thing, from `synonyms.toml`: a small table of our own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_EDGES: Final = re.compile(r"^[^\w]+|[^\w]+$")


def singular(word: str) -> str:
    """A word as the table has it: lower case, without punctuation around it, and of a plural the singular, by rule of thumb."""
    bare = _EDGES.sub("", word).lower()
    if bare.endswith("ies") and len(bare) > 4:
        return f"{bare[:-3]}y"
    return bare[:-1] if len(bare) > 2 and bare.endswith("s") and not bare.endswith(("ss", "us")) else bare


def _key(phrase: str) -> tuple[str, ...]:
    return tuple(singular(word) for word in phrase.split())


def _table() -> dict[tuple[str, ...], tuple[str, ...]]:
    same: list[list[str]] = tomllib.loads(Path(__file__).with_name("synonyms.toml").read_text("utf-8"))["same"]
    return {_key(phrase): tuple(phrases) for phrases in same for phrase in phrases}


_SAME: Final = _table()
_LONGEST: Final = max(len(key) for key in _SAME)


def same_things(words: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """Look for a phrase of the table at the beginning of `words`, the longest first.

    Returns how many words it has and the other phrases for the same thing; 0 and none where there is no such phrase.
    """
    for length in range(min(_LONGEST, len(words)), 0, -1):
        key = tuple(singular(word) for word in words[:length])
        if same := _SAME.get(key):
            return length, tuple(phrase for phrase in same if _key(phrase) != key)
    return 0, ()
