"""Joining rankings that cannot be compared by their scores: reciprocal rank fusion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import Final, TypeVar

Thing = TypeVar("Thing", bound=Hashable)

K: Final = 60
"""How much the first places count above the later ones; the value of Cormack, Clarke and Büttcher, SIGIR 2009."""


def fused(rankings: Sequence[Sequence[Thing]]) -> list[Thing]:
    """All things of the rankings, the best first: each ranking gives the thing in its nth place 1 / (60 + n).

    Of equal ones that comes first which an earlier ranking has first, so that the order is always the same.
    """
    scores: dict[Thing, float] = defaultdict(float)
    for ranking in rankings:
        for place, thing in enumerate(ranking, start=1):
            scores[thing] += 1 / (K + place)
    return sorted(scores, key=lambda thing: -scores[thing])
