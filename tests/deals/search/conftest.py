"""Deals with vectors that a test chooses: what two texts have in common is said by the places that are not nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from pgvector import HalfVector

from deals.models import EMBEDDING_DIMENSIONS, Deal, DealVector
from deals.search import meaning
from deals.search.query import read_query
from tests.deals.making import make_deal

Meant = Callable[..., Deal]


def direction(*parts: float) -> list[float]:
    """A vector of length one that begins with these parts."""
    length = math.sqrt(sum(part * part for part in parts))
    return [part / length for part in parts] + [0.0] * (EMBEDDING_DIMENSIONS - len(parts))


def meant_deal(title: str, parts: Sequence[float], **fields: Any) -> Deal:
    """A deal with its vector."""
    deal = make_deal(title, **fields)
    DealVector.objects.create(deal=deal, words_hash="test", embedding=HalfVector(direction(*parts)))
    return deal


@pytest.fixture
def answered() -> Callable[..., None]:
    """`answered("text", 1, 0)` leaves what the worker would leave for that search."""

    def leave(text: str, *parts: float) -> None:
        meaning.keep(read_query(text).text, direction(*parts))

    return leave
