"""Which pricing models there are, which of them is used, and how they do."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.models import UUIDModel


class ModelState(models.TextChoices):
    STAGED = "staged", "Staged"
    ACTIVE = "active", "Active"
    RETIRED = "retired", "Retired"


class ModelVersion(UUIDModel):
    """One trained pricing model. At most one is active; a staged one may value a share of the deals (`traffic_percent`).

    `location` is `local` (a folder of the machine that trained it), `shipped` (comes with the program) or an `s3://` address.
    `checksum` is the SHA-256 of its `metadata.json`, which itself holds the digest of the arrays.
    """

    version = models.CharField(max_length=60, unique=True)
    state = models.CharField(max_length=8, choices=ModelState.choices, default=ModelState.STAGED)
    traffic_percent = models.PositiveSmallIntegerField(
        default=0, help_text="Share of the deals that a staged model values, to compare it with the active one."
    )
    traffic_since = models.DateTimeField(null=True, blank=True)
    location = models.CharField(max_length=500)
    checksum = models.CharField(max_length=64)
    data_fingerprint = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField(default=0, help_text="Products that it was trained on.")
    metrics = models.JSONField(default=dict, blank=True, help_text="Measured errors, by what they were measured on.")
    reference = models.JSONField(default=dict, blank=True, help_text="Histograms that drift is measured against.")
    comparison = models.JSONField(default=dict, blank=True, help_text="How it did beside the active one.")
    note = models.TextField(blank=True, help_text="Why it stayed staged, or was put here, in a sentence.")
    error = models.TextField(blank=True, help_text="Why a machine could not use it.")
    trained_at = models.DateTimeField(null=True, blank=True)
    registered_at = models.DateTimeField(default=timezone.now)
    registered_by = models.CharField(max_length=254, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    activated_by = models.CharField(max_length=254, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-registered_at"]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="active"), name="one_active_model"),
            models.UniqueConstraint(
                models.F("state"), condition=Q(traffic_percent__gt=0), name="one_model_beside_the_active"
            ),
            models.CheckConstraint(
                condition=Q(traffic_percent=0) | Q(state="staged", traffic_percent__lte=90),
                name="traffic_goes_to_a_staged_model",
            ),
        ]

    def __str__(self) -> str:
        return self.version


class ModelDrift(UUIDModel):
    """How far one day's valuations by a model are from what it was trained on. `alarms` are sentences; none is good."""

    model = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="drift")
    day = models.DateField()
    valuations = models.PositiveIntegerField(default=0)
    stability = models.JSONField(default=dict, blank=True, help_text="Population stability index of each signal.")
    observed = models.PositiveIntegerField(default=0, help_text="Valuations with prices seen since.")
    error = models.FloatField(null=True, blank=True, help_text="Mean absolute log error against prices seen since.")
    reference_error = models.FloatField(null=True, blank=True, help_text="The same at training.")
    alarms = models.JSONField(default=list, blank=True)
    note = models.TextField(blank=True, help_text="What could not be measured, and why.")
    measured_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["model", "day"], name="one_drift_per_model_and_day")]

    def __str__(self) -> str:
        return f"{self.model} {self.day}"
