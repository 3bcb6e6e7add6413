"""Whether a product is one that is there already, by the likeness of their names: the decision that is measured and used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from agents.identity.candidates import Candidate
from agents.identity.likeness import Floats, Likeness, doubtful, refused
from agents.identity.names import Name
from agents.identity.weighing import Model


class Finding(Enum):
    """What follows from a likelihood."""

    NOTHING = "nothing"
    SUGGEST = "suggest"
    JOIN = "join"


@dataclass(frozen=True, slots=True)
class Judged:
    """The likeliest candidate of a name, 0 to 1. `is_clear` where no word of the two tells variants apart."""

    candidate: Candidate
    likelihood: float
    is_clear: bool

    def finding(self, join: float, suggest: float) -> Finding:
        """What to do at these thresholds."""
        if self.is_clear and self.likelihood >= join:
            return Finding.JOIN
        return Finding.SUGGEST if self.likelihood >= suggest else Finding.NOTHING


def features_of(likeness: Likeness, names: Sequence[Name], candidates: Sequence[Sequence[Candidate]]) -> list[Floats]:
    """The features of each name with each of its candidates: for each name an array (candidates, features)."""
    return [
        likeness.compared(name, [each.name for each in found]) for name, found in zip(names, candidates, strict=True)
    ]


def judge(
    model: Model, names: Sequence[Name], numbers: Sequence[tuple[str, str]], candidates: Sequence[Sequence[Candidate]]
) -> list[Judged | None]:
    """For each name, with the bar code and part number that are stated beside it ("" where none is), the likeliest of its
    candidates; None where there is none that is allowed."""
    features = features_of(Likeness(model.rarity), names, candidates)
    if not any(map(len, features)):
        return [None] * len(names)
    likelihoods = model.trees.likelihood(np.vstack(features))
    ends = np.cumsum([len(each) for each in candidates])[:-1]
    return [
        likeliest(name, stated, found, each)
        for name, stated, found, each in zip(names, numbers, candidates, np.split(likelihoods, ends), strict=True)
    ]


def likeliest(
    name: Name, stated: tuple[str, str], candidates: Sequence[Candidate], likelihoods: Floats
) -> Judged | None:
    """The likeliest candidate that no rule forbids, the first of equals."""
    allowed = [
        (likelihood, -place, candidate)
        for place, (candidate, likelihood) in enumerate(zip(candidates, likelihoods.tolist(), strict=True))
        if not refused(name, candidate.name) and _may_be_one(stated, candidate)
    ]
    if not allowed:
        return None
    likelihood, _, candidate = max(allowed, key=lambda each: each[:2])
    return Judged(candidate, likelihood, not doubtful(name, candidate.name))


def _may_be_one(stated: tuple[str, str], candidate: Candidate) -> bool:
    """Two bar codes or part numbers that differ are two things."""
    return all(
        not mine or not other or mine.casefold() == other.casefold()
        for mine, other in zip(stated, (candidate.gtin, candidate.mpn), strict=True)
    )
