"""The channels of users: over what, to where, and how often each of them wants to be told."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.models import UUIDModel


class Pace(models.TextChoices):
    IMMEDIATE = "immediate", "At once"
    HOURLY = "hourly", "Once an hour"
    DAILY = "daily", "Once a day"
    WEEKLY = "weekly", "Once a week"


class ChannelState(models.TextChoices):
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    DISABLED = "disabled", "Disabled"


class UserChannel(UUIDModel):
    """One way to one user. Secrets in `config` are sealed.

    The account's own mail is a row of the kind `email`, made where it is missing; `Preferences.email_alerts` is its switch.
    The inbox has none: it is always there. One that its service or we have disabled says why, until its owner repairs it.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="channels")
    kind = models.CharField(max_length=30)
    name = models.CharField(max_length=80, blank=True, help_text="As its owner calls it; empty: as its kind is called.")
    config = models.JSONField(default=dict, blank=True)
    service = models.CharField(
        max_length=200,
        blank=True,
        help_text="Whom it asks, such as webhook:example.com: those who share one fail together.",
    )
    is_enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=500, blank=True, help_text="Empty where its owner has paused it.")
    disabled_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0, help_text="Refusals for good since the last success.")
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)
    pace = models.CharField(max_length=9, choices=Pace.choices, default=Pace.IMMEDIATE)
    pace_hour = models.PositiveSmallIntegerField(default=8, validators=[MaxValueValidator(23)])
    pace_weekday = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(6)], help_text="0 is Monday."
    )
    daily_cap = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    breaks_quiet = models.BooleanField(default=False, help_text="Tells in quiet hours too.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(kind="email"), name="one_mail_channel_each"),
        ]

    def __str__(self) -> str:
        return self.name or self.kind

    @property
    def state(self) -> ChannelState:
        """Whether it is used: its owner may have paused it, or its service refused for good."""
        if self.disabled_reason:
            return ChannelState.DISABLED
        preferences = getattr(self.user, "preferences", None) if self.kind == "email" else None
        is_on = self.is_enabled and (preferences is None or preferences.email_alerts)
        return ChannelState.ACTIVE if is_on else ChannelState.PAUSED
