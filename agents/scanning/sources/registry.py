"""Finds a kind of source by its name; a kind is imported when it is first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from agents.scanning.sources.base import SourceKind

_KINDS = {
    "feed": "agents.scanning.sources.feed.kind.FeedSource",
}


class UnknownKind(LookupError):
    """No kind of source has this name."""


def kinds() -> list[str]:
    """The names of all kinds, in order."""
    return sorted(_KINDS)


@cache
def get_kind(name: str) -> SourceKind:
    """The kind of this name. Raises `UnknownKind` with a sentence."""
    if name not in _KINDS:
        raise UnknownKind(f"There is no kind of source called “{name}”; the kinds are {', '.join(kinds())}.")
    module, _, attribute = _KINDS[name].rpartition(".")
    found = getattr(import_module(module), attribute)()
    if not isinstance(found, SourceKind):
        raise TypeError(f"{_KINDS[name]} is no SourceKind.")
    return found
