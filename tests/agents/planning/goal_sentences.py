"""The goal sentences with their expected fields, and how what was read is held against them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
"""The day on which the sentences were written, a Wednesday."""
_FILE = Path(__file__).with_name("goal_sentences.jsonl")
LATER = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth")
_LATER = {which: Path(__file__).with_name(f"goal_sentences_{which}.jsonl") for which in LATER}
_AMOUNTS = ("min_price", "max_price", "min_discount", "budget")


def sentences(*, held_back: bool | None = None) -> list[dict[str, Any]]:
    """All sentences, or those that were held back while the rules were made, or the others."""
    rows = [json.loads(line) for line in _FILE.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if held_back is None or row["held_back"] == held_back]


def later_sentences(which: str) -> list[dict[str, Any]]:
    """More in other styles, forty to eighty a list, each written before the grammar read it; from the third on by others."""
    return [json.loads(line) for line in _LATER[which].read_text(encoding="utf-8").splitlines()]


def plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields in a form in which they can be compared: keywords as their words, lists without order, a deadline as its day (UTC).

    The title is our own, and a currency without an amount says nothing.
    """
    shown: dict[str, Any] = {}
    for name, value in fields.items():
        if name == "title" or value in (None, [], "", "any"):
            continue
        if name == "keywords":
            value = sorted(set((value if isinstance(value, str) else " ".join(value)).lower().split()))
        elif isinstance(value, list):
            value = sorted(each.lower() for each in value)
        elif name == "deadline":
            value = str(value)[:10]
        elif name in _AMOUNTS:
            value = Decimal(str(value)).normalize()
        shown[name] = value.lower() if isinstance(value, str) else value
    if not shown.keys() & set(_AMOUNTS):
        shown.pop("currency", None)
    return shown


def compared(expected: Mapping[str, Any], read: Mapping[str, Any]) -> tuple[int, int]:
    """How many fields are right, of all that are expected or were read; a sentence without any counts as one."""
    wanted, got = plain(expected), plain(read)
    names = wanted.keys() | got.keys()
    return (sum(wanted.get(name) == got.get(name) for name in names), len(names)) if names else (1, 1)
