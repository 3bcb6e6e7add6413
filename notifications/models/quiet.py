"""When and of what a user does not want to be told."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.models import UUIDModel


class Quiet(models.Model):
    """The quiet hours of a user, in their own zone, and how much they want in a day; no row says none and no limit.

    From 22:00 to 7:00 goes over midnight, and belongs to the day on which it begins.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="quiet"
    )
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    days = ArrayField(
        models.PositiveSmallIntegerField(validators=[MaxValueValidator(6)]),
        default=list,
        blank=True,
        help_text="On which days of the week, 0 is Monday; empty: on all.",
    )
    daily_cap = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    priority_breaks_quiet = models.BooleanField(
        default=True, help_text="Goals of the highest priority tell in quiet hours too."
    )

    class Meta:
        verbose_name_plural = "quiet hours"

    def __str__(self) -> str:
        return f"{self.quiet_from}–{self.quiet_until}"


class Snooze(UUIDModel):
    """Nothing of one goal, of one product, or at all until a time: exactly one of the three."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="snoozes")
    goal = models.ForeignKey("accounts.Goal", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    product_key = models.CharField(
        max_length=64, blank=True, help_text="The product's id, or the deal's where it has none."
    )
    everything = models.BooleanField(default=False)
    until = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["user", "until"], name="snooze_user_until")]
        constraints = [
            models.CheckConstraint(
                condition=Q(everything=True, goal__isnull=True, product_key="")
                | Q(everything=False, goal__isnull=False, product_key="")
                | (Q(everything=False, goal__isnull=True) & ~Q(product_key="")),
                name="snooze_of_one_thing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} until {self.until:%Y-%m-%d %H:%M}"


class MutedMerchant(UUIDModel):
    """A merchant, by the name that its deals carry, of whom the user does not want to be told."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="muted_merchants")
    merchant = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["merchant"]
        constraints = [models.UniqueConstraint(fields=["user", "merchant"], name="one_mute_per_merchant")]

    def __str__(self) -> str:
        return self.merchant
