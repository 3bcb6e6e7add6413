"""What operators see of the models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agents.models import ModelDrift, ModelState, ModelVersion

_RETIRED = 3


@dataclass(frozen=True)
class ModelRow:
    """One model with its newest drift."""

    model: ModelVersion
    drift: ModelDrift | None

    @property
    def measured(self) -> tuple[str, float] | None:
        """On what it was measured, and the mean absolute error in dollars there: the newest kind of measurement first."""
        for name in ("retraining", "dev", "held_out", "measured"):
            error = self.model.metrics.get(name, {}).get("mae")
            if error is not None:
                return name, error
        return None

    @property
    def comparison(self) -> str:
        """How it does beside the active one, in a sentence."""
        if not self.model.traffic_percent:
            return ""
        return str(self.model.comparison.get("sentence", "It is compared daily."))

    @property
    def worst(self) -> float | None:
        """The largest stability index of its newest day."""
        return max(self.drift.stability.values(), default=None) if self.drift else None


def model_rows() -> list[ModelRow]:
    """The active model, the staged ones, and the last that were retired."""
    rows = list(ModelVersion.objects.exclude(state=ModelState.RETIRED).order_by("state", "-registered_at"))
    rows += ModelVersion.objects.filter(state=ModelState.RETIRED).order_by("-retired_at", "-registered_at")[:_RETIRED]
    newest = ModelDrift.objects.filter(model__in=rows).order_by("model_id", "-day").distinct("model_id")
    drift: dict[Any, ModelDrift] = {each.model_id: each for each in newest}
    return [ModelRow(model, drift.get(model.pk)) for model in rows]
