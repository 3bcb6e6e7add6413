"""Reads a body as a kind does, for tests."""

from __future__ import annotations

from typing import Any

from agents.scanning.sources.base import Offer, Skip
from agents.scanning.sources.registry import get_kind


def read(name: str, body: bytes, url: str = "", **config: Any) -> tuple[list[Offer], list[Skip]]:
    """What a kind makes of a body: its offers, and what it skips, in their order."""
    kind = get_kind(name)
    settings = kind.config_class(**config)
    answers = [kind.read(entry, settings) for entry in kind.parse(body, "", url, settings)]
    return [one for one in answers if isinstance(one, Offer)], [one for one in answers if isinstance(one, Skip)]
