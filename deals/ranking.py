"""The order "For you": the evidence for a deal's worth, moved a little by the reader's taste.

    points = evidence + taste, evidence = score + up to 15 for the cautious end of the worth + up to 6 for being new

The taste moves a deal up by 20 points at most and down by 10, and a great deal never down: so it chooses among what is about equally
good, and cannot bury a bargain. A reader without a history gets the evidence alone. What somebody would earn by a sale is not
known here, nor anywhere in Deal Finder: `Offered` is all that enters.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from deals.models import Verdict
from deals.taste import Liking, Taste, Traits, likings

UP: Final = 20.0
DOWN: Final = 10.0
GREAT: Final = 80.0
"""Evidence from which on a deal is never moved down."""
_UNVALUED: Final = 40.0
_CAUTIOUS: Final = 30.0
_NEW: Final = 6.0
_NEW_DAYS: Final = 2.0
_SUSPICIOUS: Final = -20.0
_NOTABLE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Offered:
    """One candidate: what is known of its worth, how new it is, and what a taste can know it by. Amounts are in one currency."""

    id: uuid.UUID
    price: Decimal
    first_seen_at: datetime
    score: int | None = None
    low: Decimal | None = None
    verdict: str = Verdict.CANNOT_SAY
    traits: Traits = field(default_factory=Traits)


@dataclass(frozen=True, slots=True)
class Placed:
    """A candidate with its points and where they come from."""

    offered: Offered
    evidence: float
    moved: float
    liking: Liking

    @property
    def points(self) -> float:
        return self.evidence + self.moved


def cautious_discount(offered: Offered) -> float | None:
    """By which share the price is below the cautious end of the worth; below 0 where it is above it, None where it is not known."""
    if offered.low is None or offered.low <= 0:
        return None
    return float((offered.low - offered.price) / offered.low)


def evidence_of(offered: Offered, now: datetime) -> float:
    """The points of a deal before anybody's taste."""
    points = _UNVALUED if offered.score is None else float(offered.score)
    below = cautious_discount(offered)
    if below is not None:
        points += _CAUTIOUS * max(-0.5, min(0.5, below))
    if offered.verdict == Verdict.SUSPICIOUS:
        points += _SUSPICIOUS
    days = max(0.0, (now - offered.first_seen_at).total_seconds() / 86_400)
    return points + _NEW * math.pow(0.5, days / _NEW_DAYS)


def rank(candidates: Sequence[Offered], taste: Taste, now: datetime) -> list[Placed]:
    """Order candidates for a taste, the best first; of equal ones the newest."""
    liked = likings(taste, [one.traits for one in candidates])
    placed = []
    for one, liking in zip(candidates, liked, strict=True):
        evidence = evidence_of(one, now)
        moved = UP * liking.value if liking.value >= 0 else 0.0 if evidence >= GREAT else DOWN * liking.value
        placed.append(Placed(one, evidence, moved, liking))
    return sorted(placed, key=lambda one: (-one.points, -one.offered.first_seen_at.timestamp(), one.offered.id.hex))


def why(placed: Placed) -> str:
    """Why a deal stands where it stands, in one sentence."""
    if placed.moved >= _NOTABLE:
        return f"Higher for you, because {_liked(placed)}."
    if placed.moved <= -_NOTABLE:
        return f"Lower for you, because {_not_liked(placed)}."
    return f"{_evidence(placed.offered)}; your taste does not move it."


def is_raised(placed: Placed) -> bool:
    """Whether the reader's taste moved a deal up by a point or more."""
    return placed.moved >= _NOTABLE


def _liked(placed: Placed) -> str:
    names = _names(placed, 1)
    if names:
        return f"you choose {' and '.join(names)} more often than other things"
    return "it is like things that you chose before"


def _not_liked(placed: Placed) -> str:
    names = _names(placed, -1)
    if names:
        return f"you choose {' and '.join(names)} less often than other things"
    return "it is like things that you passed over before"


def _names(placed: Placed, sign: int) -> list[str]:
    """The names that moved a deal this way, the strongest first, as the deal's own words."""
    traits, parts = placed.offered.traits, placed.liking.parts
    pairs: list[tuple[float, Any]] = [
        (sign * parts.get("categories", 0.0), traits.category),
        (sign * parts.get("brands", 0.0), traits.brand.title()),
    ]
    return [name for weight, name in sorted(pairs, key=lambda pair: -pair[0]) if weight > 0.02 and name]


def _evidence(offered: Offered) -> str:
    if offered.score is None:
        return "It has not been valued yet"
    below = cautious_discount(offered)
    if below is not None and below > 0:
        return f"Its score is {offered.score}, and it is {below:.0%} under the cautious end of its worth".replace(
            "%", "\u00a0%"
        )
    return f"Its score is {offered.score}"
