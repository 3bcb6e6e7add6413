"""One source in a file, and the columns that such files have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

COLUMNS: Final = (
    "name",
    "title",
    "kind",
    "url",
    "marketplace",
    "default_currency",
    "interval_seconds",
    "state",
    "config",
)
"""Those of a CSV. `config` is JSON. Only `url`, or a `config` that makes one, is needed."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Row:
    """What one line of a file says of a source. Values are texts as they stand there."""

    line: int
    values: dict[str, Any] = field(default_factory=dict)


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe in front."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def unguarded(text: str) -> str:
    """The text of a cell without the apostrophe that `guarded` put there."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text
