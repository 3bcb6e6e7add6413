"""Whether the world has moved away from what a model was trained on, measured daily over the last seven days.

Four signals are compared with their distribution at training by the population stability index, Σ (a − e)·ln(a / e) over ten
bins that each held a tenth of the reference (Siddiqi, Credit Risk Scorecards, 2006): the price asked, the worth predicted, how
far the estimators are apart, and how similar the nearest comparable is. By custom less than 0.1 is no change and more than 0.25
a large one; the alarm is at 0.2. The mean absolute log error against prices observed since is compared with that at training.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import numpy as np
from django.db.models import Q
from django.utils import timezone

from agents.lifecycle.comparison import remember_comparison
from agents.lifecycle.observed import MEMBER, WITHIN, checked_valuations
from agents.lifecycle.signals import SIGNALS, Doubles, Said, columns, stability_index
from agents.models import Agent, ModelDrift, ModelState, ModelVersion
from agents.runs import record_run
from deals.models import Valuation

WINDOW: Final = timedelta(days=7)
MOST_STABILITY: Final = 0.2
MOST_ERROR: Final = 1.25
FEWEST_VALUATIONS: Final = 200
"""With fewer the index is above 0.1 by chance alone: its mean is about 9 · (1/n + 1/2,000) where nothing has changed."""
FEWEST_OBSERVED: Final = 30
_MOST: Final = 20_000
_NAMES: Final[Mapping[str, str]] = {
    "log_price": "The prices asked",
    "log_worth": "The predicted worths",
    "disagreement": "The differences between the estimators",
    "similarity": "The similarities of the nearest comparables",
}
logger = logging.getLogger(__name__)


def check_drift(*, trigger: str = "schedule") -> list[ModelDrift]:
    """Measure today's drift of the active model and of the one beside it, and keep it. Doing it again measures it anew.

    An alarm is an error in the log and a failed run, and shows on the operations page until a day is without.
    """
    measured = []
    for model in ModelVersion.objects.filter(Q(state=ModelState.ACTIVE) | Q(traffic_percent__gt=0)):
        with record_run(Agent.TRAINING, trigger, f"Drift of the model {model.version}") as run:
            drift = measure(model, timezone.now().date())
            run.summary.update({"valuations": drift.valuations, "observed": drift.observed, **drift.stability})
            if drift.alarms:
                run.fail(" ".join(drift.alarms))
                logger.error("The pricing model %s drifts: %s", model.version, " ".join(drift.alarms))
        measured.append(drift)
    remember_comparison()
    return measured


def measure(model: ModelVersion, day: date) -> ModelDrift:
    """The drift of a model over the seven days that end with `day` (UTC), written as that day's."""
    end = datetime.combine(day, time.max, UTC)
    said = _said(model.version, end - WINDOW, end)
    errors = [each.error for each in checked_valuations([model.version], end - WITHIN)]
    drift, _ = ModelDrift.objects.update_or_create(
        model=model,
        day=day,
        defaults={
            "valuations": len(said),
            "observed": len(errors),
            "error": float(np.mean(errors)) if errors else None,
            "reference_error": model.reference.get("error"),
            "stability": _stability(model.reference, columns(said)) if len(said) >= FEWEST_VALUATIONS else {},
            "measured_at": timezone.now(),
        },
    )
    drift.alarms, drift.note = _alarms(drift), _note(drift)
    drift.save(update_fields=["alarms", "note"])
    return drift


def _said(version: str, since: datetime, until: datetime) -> list[Said]:
    """The newest valuation of each deal by that version in that time."""
    rows = (
        Valuation.objects.filter(
            created_at__gte=since,
            created_at__lte=until,
            exchange_rate__isnull=False,
            deal__is_sample=False,
            estimates__estimator=MEMBER,
            estimates__version=version,
        )
        .order_by("deal_id", "-created_at")
        .distinct("deal_id")
        .prefetch_related("estimates")[:_MOST]
    )
    return [
        Said(
            price=float(row.price * row.exchange_rate) if row.exchange_rate and row.price else None,
            worth=float(row.worth * row.exchange_rate) if row.exchange_rate and row.worth else None,
            answers=[float(each.value_usd) for each in row.estimates.all() if each.value_usd],
            similarities=[float(each.get("similarity", 0)) for each in row.comparables],
        )
        for row in rows
    ]


def _stability(reference: dict[str, Any], values: dict[str, Doubles]) -> dict[str, float]:
    known = reference.get("signals", {})
    return {
        name: round(stability_index(known[name], values[name]), 4)
        for name in SIGNALS
        if name in known and len(values[name]) >= FEWEST_VALUATIONS // 2
    }


def _alarms(drift: ModelDrift) -> list[str]:
    alarms = [
        f"{_NAMES[name]} are not those of the training: stability index {value:.2f}, and {MOST_STABILITY} is the most."
        for name, value in drift.stability.items()
        if value > MOST_STABILITY
    ]
    if drift.error is not None and drift.reference_error and drift.observed >= FEWEST_OBSERVED:
        larger = drift.error / drift.reference_error
        if larger > MOST_ERROR:
            alarms.append(
                f"The error against prices seen since is {drift.error:.3f}, {100 * (larger - 1):.0f} % above the "
                f"{drift.reference_error:.3f} at training."
            )
    return alarms


def _note(drift: ModelDrift) -> str:
    if not drift.model.reference.get("signals"):
        return "This model came without histograms of its training, so drift cannot be measured."
    parts = []
    if drift.valuations < FEWEST_VALUATIONS:
        parts.append(f"{drift.valuations} valuations in seven days; from {FEWEST_VALUATIONS} on drift is measured.")
    if drift.observed < FEWEST_OBSERVED:
        parts.append(
            f"Prices were seen since for {drift.observed} of them; from {FEWEST_OBSERVED} on the error counts."
        )
    return " ".join(parts)
