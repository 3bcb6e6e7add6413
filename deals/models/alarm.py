"""Alarms: what is wrong with a source or with a rule of ours, from when until when."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.models import UUIDModel


class AlarmKind(models.TextChoices):
    SILENT = "silent", "No success for three intervals"
    EMPTY = "empty", "No entries any more"
    UNREADABLE = "unreadable", "Half as many entries can be read as before"
    CANARY = "canary", "A page that was read cannot be read any more"


class Alarm(UUIDModel):
    """Raised once, and ended when all is well again or when an operator says so. One without `source` is about a rule.

    `subject` says what it is about: the id of a source, or the name of a rule. `data` holds the figures that it was raised on.
    """

    source = models.ForeignKey("deals.Source", null=True, blank=True, on_delete=models.CASCADE, related_name="alarms")
    subject = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=AlarmKind.choices)
    title = models.CharField(max_length=200)
    sentence = models.TextField()
    data = models.JSONField(default=dict, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "kind"], condition=Q(ended_at=None), name="one_open_alarm")
        ]
        indexes = [models.Index(fields=["source", "-started_at"], name="alarm_source_started")]

    def __str__(self) -> str:
        return self.title
