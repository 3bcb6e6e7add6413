"""What a user's own doings say of their taste, and what that makes of a deal. Of nobody else's doings, and of no price.

Each interaction has a weight, halved every 60 days. A name, a category or a brand, is liked as far as its share of what the user
did is above its share of what was on offer: the logarithm of that ratio, smoothed as if `PRIOR` units had been spread like the offer, and
drawn to nothing while little is known. A vector of meaning, where deals have one, says the same of what has no common name.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from deals.models import InteractionKind, TasteProfile

Vector = npt.NDArray[np.float64]
Group = Literal["categories", "brands"]

WEIGHTS: Final[Mapping[str, float]] = {
    InteractionKind.VIEW: 1.0,
    InteractionKind.CLICK: 2.0,
    InteractionKind.SAVE: 4.0,
    InteractionKind.BOUGHT: 6.0,
    InteractionKind.TOO_LOW: 1.0,
    InteractionKind.UNSAVE: -2.0,
    InteractionKind.TOO_HIGH: -1.0,
    InteractionKind.DISMISS: -4.0,
}
HALF_LIFE: Final = timedelta(days=60)
PRIOR: Final = 10.0
KNOWN: Final = 4.0
"""The weight at which a name counts half of what it will count in the end."""
MOST_NAMES: Final = 200
GROUPS: Final[tuple[Group, ...]] = ("categories", "brands")
_SHARES: Final[Mapping[str, float]] = {"categories": 0.6, "brands": 0.4}
_MEANING: Final = 0.4
"""The part of the taste that the vector has, where there is one."""
_FAR: Final = 0.25
"""How far above the mean of the list a cosine is for full liking."""
_LEAST_SHARE: Final = 0.002


@dataclass(frozen=True, slots=True)
class Traits:
    """What a taste can know a deal by: names in lower case, "" where there is none, and its vector or None."""

    category: str = ""
    brand: str = ""
    vector: Vector | None = None

    def name(self, group: Group) -> str:
        return self.category if group == "categories" else self.brand


@dataclass(slots=True)
class Taste:
    """A profile in memory. `liked` and `disliked` are weights by group and name; `direction` a sum of vectors, or None."""

    liked: dict[str, dict[str, float]] = field(default_factory=lambda: {group: {} for group in GROUPS})
    disliked: dict[str, dict[str, float]] = field(default_factory=lambda: {group: {} for group in GROUPS})
    direction: Vector | None = None
    evidence: float = 0.0
    interactions: int = 0

    def age(self, elapsed: timedelta) -> None:
        """Let the weights fade."""
        kept = 0.5 ** (max(elapsed, timedelta()) / HALF_LIFE)
        for side in (self.liked, self.disliked):
            for names in side.values():
                for name in names:
                    names[name] *= kept
        self.evidence *= kept
        if self.direction is not None:
            self.direction = self.direction * kept

    def add(self, traits: Traits, kind: str) -> None:
        """Count one interaction."""
        weight = WEIGHTS[kind]
        side = self.liked if weight > 0 else self.disliked
        for group in GROUPS:
            name = traits.name(group)
            if name:
                names = side[group]
                names[name] = names.get(name, 0.0) + abs(weight)
                side[group] = dict(Counter(names).most_common(MOST_NAMES)) if len(names) > MOST_NAMES else names
        if traits.vector is not None:
            # What was declined says less of a direction than what was chosen: one may decline for a hundred reasons.
            step = traits.vector * (weight if weight > 0 else weight / 2)
            self.direction = step if self.direction is None else self.direction + step
        self.evidence += abs(weight)
        self.interactions += 1


@dataclass(frozen=True, slots=True)
class Liking:
    """What a taste makes of one deal, from −1 (not for this user) to 1, and of what each group's name and its meaning contributes."""

    value: float
    parts: Mapping[str, float]


def likings(taste: Taste, offered: Sequence[Traits]) -> list[Liking]:
    """What a taste makes of each deal of a list, which is also the offer that shares are compared with. All 0 without evidence."""
    if not offered or taste.evidence <= 0:
        return [Liking(0.0, {}) for _ in offered]
    by_name = {group: _by_name(taste, group, [traits.name(group) for traits in offered]) for group in GROUPS}
    meaning = _by_meaning(taste, [traits.vector for traits in offered])
    result = []
    for place, traits in enumerate(offered):
        room = 1.0 if meaning[place] is None else 1.0 - _MEANING
        parts: dict[str, float] = {
            group: room * _SHARES[group] * by_name[group].get(traits.name(group), 0.0) for group in GROUPS
        }
        if (likeness := meaning[place]) is not None:
            parts["meaning"] = _MEANING * likeness
        result.append(Liking(max(-1.0, min(1.0, sum(parts.values()))), parts))
    return result


def _by_name(taste: Taste, group: Group, names: Sequence[str]) -> dict[str, float]:
    """How much each name is liked, −1 to 1; one that is not known is not in it."""
    counted = Counter(name for name in names if name)
    total = sum(counted.values())
    liked, disliked = taste.liked[group], taste.disliked[group]
    much, little = sum(liked.values()), sum(disliked.values())
    result = {}
    for name, count in counted.items():
        share = max(count / total, _LEAST_SHARE)
        up = _lift(liked.get(name, 0.0), much, share)
        down = _lift(disliked.get(name, 0.0), little, share)
        # What was there to be chosen all the time and never was says something too.
        seen = max(liked.get(name, 0.0) + disliked.get(name, 0.0), much * share)
        result[name] = math.tanh(up - down) * seen / (seen + KNOWN)
    return result


def _lift(weight: float, total: float, share: float) -> float:
    return math.log((weight + PRIOR * share) / ((total + PRIOR) * share))


def _by_meaning(taste: Taste, vectors: Sequence[Vector | None]) -> list[float | None]:
    """How much nearer each vector is to the taste's direction than the list is on the whole, −1 to 1; None without a vector."""
    length = 0.0 if taste.direction is None else float(np.linalg.norm(taste.direction))
    known = [vector for vector in vectors if vector is not None]
    if taste.direction is None or length == 0 or len(known) < 2:
        return [None] * len(vectors)
    cosines = np.stack(known) @ (taste.direction / length)
    near = np.clip((cosines - cosines.mean()) / _FAR, -1, 1) * taste.evidence / (taste.evidence + PRIOR)
    values = iter(near.tolist())
    return [None if vector is None else next(values) for vector in vectors]


def taste_of_profile(profile: TasteProfile | None, now: datetime) -> Taste:
    """The profile as it stands now."""
    if profile is None:
        return Taste()
    direction = np.asarray(profile.direction, dtype=np.float64) if profile.direction else None
    taste = Taste(_groups(profile.liked), _groups(profile.disliked), direction, profile.evidence, profile.interactions)
    taste.age(now - profile.as_of)
    return taste


def write_profile(profile: TasteProfile, taste: Taste, now: datetime) -> None:
    """Put a taste into its row, unsaved."""
    profile.liked, profile.disliked = taste.liked, taste.disliked
    profile.direction = [] if taste.direction is None else taste.direction.tolist()
    profile.evidence, profile.interactions, profile.as_of = taste.evidence, taste.interactions, now


def most(names: Mapping[str, float], count: int = 8) -> list[str]:
    """The names with the most weight, the first of them first."""
    return [name for name, weight in Counter(names).most_common(count) if weight >= 0.5]


def _groups(stored: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    return {group: dict(stored.get(group, {})) for group in GROUPS}


def replayed(history: Iterable[tuple[datetime, Traits, str]], now: datetime) -> Taste:
    """The taste of a history, oldest first, as it stands now."""
    taste, last = Taste(), None
    for at, traits, kind in history:
        if last is not None:
            taste.age(at - last)
        taste.add(traits, kind)
        last = at
    if last is not None:
        taste.age(now - last)
    return taste
