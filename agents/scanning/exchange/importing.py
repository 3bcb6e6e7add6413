"""Sources taken in from a file. A bad line is reported and skipped; the others are made all the same."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction

from agents.scanning.actions.configuring import save_source
from agents.scanning.exchange.reading import UnreadableList, rows_of
from agents.scanning.exchange.rows import Row
from deals.models import Source, SourceState

__all__ = ["LARGEST_FILE", "Imported", "UnreadableList", "import_sources"]

LARGEST_FILE: Final = 2_000_000


@dataclass(slots=True)
class Imported:
    """What an import did: names of what is new, addresses of what was there, and what was skipped, by line, with the reason."""

    made: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    skipped: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def import_sources(body: bytes, name: str = "") -> Imported:
    """Make the sources that a file lists and that are not there yet. Raises `UnreadableList` for a file that lists none.

    A source is there when its address is, or its name. Nothing that is there is changed, so a file may be imported twice.
    """
    if len(body) > LARGEST_FILE:
        raise UnreadableList(f"The file is larger than {LARGEST_FILE // 1_000_000} MB.")
    done = Imported()
    for row in rows_of(body, name):
        try:
            values = _values(row)
            with transaction.atomic():
                _take(values, done)
        except ValidationError as error:
            reason = " ".join(_sentences(error))
            done.skipped.append({"line": row.line, "title": str(row.values.get("title", ""))[:120], "reason": reason})
    return done


def _take(values: dict[str, Any], done: Imported) -> None:
    known = Source.objects.filter(name=values["name"]) if values.get("name") else Source.objects.none()
    if not known.exists() and values.get("url"):
        known = Source.objects.filter(url=values["url"])
    if (there := known.first()) is not None:
        done.known.append(there.name)
        return
    done.made.append(save_source(None, values).name)


def _values(row: Row) -> dict[str, Any]:
    """The fields of a source as a line states them. Raises `ValidationError` with sentences."""
    values = dict(row.values)
    if "" in values:
        raise ValidationError("The line has more cells than the first line has names.")
    values["kind"] = values.get("kind") or "feed"
    if "interval_seconds" in values:
        if not str(values["interval_seconds"]).isdigit():
            raise ValidationError({"interval_seconds": ["This wants a whole number of seconds."]})
        values["interval_seconds"] = int(values["interval_seconds"])
    if values.get("state") not in (None, *SourceState.values):
        raise ValidationError({"state": ["This is active or paused."]})
    try:
        values["config"] = json.loads(values["config"]) if values.get("config") else {}
    except (ValueError, RecursionError) as error:
        raise ValidationError({"config": ["This wants JSON."]}) from error
    if not isinstance(values["config"], dict):
        raise ValidationError({"config": ["This wants JSON with names and values."]})
    return values


def _sentences(error: ValidationError) -> Iterable[str]:
    if hasattr(error, "error_dict"):
        for name, sentences in error.message_dict.items():
            yield from (f"{name}: {sentence}" for sentence in sentences)
    else:
        yield from error.messages
