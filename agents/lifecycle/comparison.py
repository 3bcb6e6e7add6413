"""How a staged model does beside the active one, on deals that were given to either by chance.

The errors are those against prices observed later (`agents.lifecycle.observed`), one for each deal. The deals of the two sides
are different ones, so the test is one for two samples: Mann and Whitney's U, two-sided, on the absolute log errors, which asks
nothing of their distribution. How large the difference is says a bootstrap interval of the difference of their means.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from django.utils import timezone

from agents.lifecycle.observed import checked_valuations
from agents.models import ModelState, ModelVersion

TEST: Final = "Mann–Whitney U, two-sided, on absolute log errors"
FEWEST: Final = 30
LEVEL: Final = 0.05
_ROUNDS: Final = 2_000

Doubles = npt.NDArray[np.float64]


class NothingToCompare(Exception):
    """There are not two models to compare; the message is a sentence."""


@dataclass(frozen=True)
class Comparison:
    """Both sides' figures. `difference` is the challenger's mean error less the active one's: below zero it is better.
    `p_value` and the interval are None where a side has fewer than 30 observed prices."""

    control: str
    challenger: str
    since: datetime
    errors: tuple[Doubles, Doubles]
    difference: float | None
    interval: tuple[float, float] | None
    p_value: float | None

    @property
    def sentence(self) -> str:
        """What it means, for an operator."""
        if self.p_value is None or self.difference is None:
            fewest = min(len(side) for side in self.errors)
            return f"Too early to say: prices were seen since for {fewest} deals of a side, and {FEWEST} are the least."
        share = 100 * abs(self.difference) / max(float(self.errors[0].mean()), 1e-9)
        if self.p_value >= LEVEL:
            return f"No difference can be told (p = {self.p_value:.2g})."
        word = "smaller" if self.difference < 0 else "larger"
        return f"The error of {self.challenger} is {share:.1f} % {word} (p = {self.p_value:.2g})."

    def as_json(self) -> dict[str, Any]:
        return {
            "control": _side(self.control, self.errors[0]),
            "challenger": _side(self.challenger, self.errors[1]),
            "since": self.since.isoformat(timespec="seconds"),
            "test": TEST,
            "p_value": self.p_value,
            "difference": self.difference,
            "difference_ci95": list(self.interval) if self.interval else None,
            "sentence": self.sentence,
        }


def _side(version: str, errors: Doubles) -> dict[str, Any]:
    return {
        "version": version,
        "n": len(errors),
        "mean_error": round(float(errors.mean()), 5) if len(errors) else None,
        "median_error": round(float(np.median(errors)), 5) if len(errors) else None,
    }


def compare(control: str, challenger: str, since: datetime) -> Comparison:
    """Compare two versions on the deals that each has valued since then."""
    checked = checked_valuations([control, challenger], since)
    sides = [np.array([each.error for each in checked if each.version == side]) for side in (control, challenger)]
    difference, interval, p_value = two_samples(sides[0], sides[1])
    return Comparison(control, challenger, since, (sides[0], sides[1]), difference, interval, p_value)


def two_samples(control: Doubles, challenger: Doubles) -> tuple[float | None, tuple[float, float] | None, float | None]:
    """The difference of the mean errors, its 95 % bootstrap interval, and the p-value; None where there are too few."""
    if min(len(control), len(challenger)) < FEWEST:
        return None, None, None
    from scipy.stats import mannwhitneyu

    chance = np.random.default_rng(0)
    differences = [
        chance.choice(challenger, len(challenger)).mean() - chance.choice(control, len(control)).mean()
        for _ in range(_ROUNDS)
    ]
    low, high = np.quantile(differences, [0.025, 0.975])
    p_value = float(mannwhitneyu(control, challenger, alternative="two-sided").pvalue)
    return float(challenger.mean() - control.mean()), (float(low), float(high)), p_value


def compare_now(challenger: str = "", control: str = "", days: int = 0) -> Comparison:
    """Compare the model that values a share of the deals with the active one, since it began to; or the ones that are named.

    Raises `NothingToCompare`.
    """
    active = ModelVersion.objects.filter(state=ModelState.ACTIVE).first()
    beside = ModelVersion.objects.filter(traffic_percent__gt=0).first()
    first = _named(control) if control else active
    second = _named(challenger) if challenger else beside
    if first is None or second is None:
        raise NothingToCompare(
            "No staged model values a share of the deals. Give one a share on the operations page, or name two versions."
        )
    began = second.traffic_since or second.registered_at
    return compare(first.version, second.version, timezone.now() - timedelta(days=days) if days else began)


def _named(version: str) -> ModelVersion:
    found = ModelVersion.objects.filter(version=version).first()
    if found is None:
        raise NothingToCompare(f"There is no model {version}.")
    return found


def remember_comparison() -> None:
    """Keep today's comparison on the challenger, for the operations page."""
    try:
        comparison = compare_now()
    except NothingToCompare:
        return
    ModelVersion.objects.filter(version=comparison.challenger).update(comparison=comparison.as_json())
