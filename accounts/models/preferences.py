"""What a user prefers: zone, currency, and what counts as an opportunity for them."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models

from common.speech import Language


class Theme(models.TextChoices):
    SYSTEM = "system", "Like my device"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class Preferences(models.Model):
    """One row a user, made with the user."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="preferences"
    )
    time_zone = models.CharField(max_length=64, default="UTC")
    currency = models.CharField(max_length=3, default="USD")
    opportunity_threshold = models.DecimalField(
        max_digits=14,
        decimal_places=4,
        default=Decimal(50),
        validators=[MinValueValidator(Decimal(0))],
        help_text="The least discount, in the user's currency, that makes a deal an opportunity.",
    )
    email_alerts = models.BooleanField(default=True)
    language = models.CharField(
        max_length=5,
        choices=Language.choices,
        default=Language.ENGLISH,
        help_text="Of what the user is told; the pages are in English.",
    )
    theme = models.CharField(max_length=6, choices=Theme.choices, default=Theme.SYSTEM)

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"preferences of {self.user_id}"
