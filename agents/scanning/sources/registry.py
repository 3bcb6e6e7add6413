"""Finds a kind of source by its name; a kind is imported when it is first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from agents.scanning.sources.base import SourceKind

_KINDS = {
    "craigslist": "agents.scanning.sources.craigslist.kind.CraigslistSource",
    "ebay": "agents.scanning.sources.ebay.kind.EbaySource",
    "facebook": "agents.scanning.sources.facebook.kind.FacebookSource",
    "feed": "agents.scanning.sources.feed.kind.FeedSource",
    "gumtree": "agents.scanning.sources.gumtree.kind.GumtreeSource",
    "page": "agents.scanning.sources.page.kind.PageSource",
    "submitted": "agents.scanning.sources.submitted.kind.SubmittedSource",
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
