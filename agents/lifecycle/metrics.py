"""The models as measurements, for whoever exposes them."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Q

from agents.models import ModelDrift, ModelState, ModelVersion
from common.gauges import Gauge


def model_gauges() -> list[Gauge]:
    """The active model and the one beside it, with their newest drift. Two queries."""
    models = list(ModelVersion.objects.filter(Q(state=ModelState.ACTIVE) | Q(traffic_percent__gt=0)))
    newest = ModelDrift.objects.filter(model__in=models).order_by("model_id", "-day").distinct("model_id")
    drift = {each.model_id: each for each in newest}
    gauges = []
    for model in models:
        labels = {"version": model.version, "state": model.state}
        share = model.traffic_percent if model.state == ModelState.STAGED else 100
        gauges += [
            Gauge(
                "dealfinder_model_traffic_percent", "Share of the deals before others are given theirs.", share, labels
            ),
            Gauge(
                "dealfinder_model_unusable", "1 where a machine cannot use the model.", float(bool(model.error)), labels
            ),
        ]
        if model.trained_at is not None:
            stamp = model.trained_at.timestamp()
            gauges.append(Gauge("dealfinder_model_trained_timestamp_seconds", "When it was trained.", stamp, labels))
        if model.pk in drift:
            gauges += _of_drift(drift[model.pk], labels)
    return gauges


def _of_drift(drift: ModelDrift, labels: Mapping[str, str]) -> list[Gauge]:
    gauges = [
        Gauge("dealfinder_model_stability_index", "Population stability index.", value, {**labels, "signal": name})
        for name, value in drift.stability.items()
    ]
    gauges.append(Gauge("dealfinder_model_drift_alarms", "Alarms of the newest day.", len(drift.alarms), labels))
    if drift.error is not None:
        gauges.append(
            Gauge("dealfinder_model_error", "Mean absolute log error against prices seen since.", drift.error, labels)
        )
    if drift.reference_error is not None:
        gauges.append(Gauge("dealfinder_model_reference_error", "The same at training.", drift.reference_error, labels))
    return gauges
