"""What a user is looking for, and on what terms."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from common.models import UUIDModel


class GoalStatus(models.TextChoices):
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    COMPLETED = "completed", "Completed"
    EXPIRED = "expired", "Expired"
    ARCHIVED = "archived", "Archived"


class WantedCondition(models.TextChoices):
    ANY = "any", "Any condition"
    NEW = "new", "New"
    REFURBISHED = "refurbished", "Refurbished"
    USED = "used", "Used"


def _words() -> ArrayField[list[str], list[str]]:
    return ArrayField(models.CharField(max_length=100), default=list, blank=True)


class Goal(UUIDModel):
    """A saved search with a purpose. Amounts are in `currency`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="goals")
    title = models.CharField(max_length=200)
    description = models.TextField(max_length=2000, blank=True)
    keywords = _words()
    excluded_keywords = _words()
    brands = _words()
    category = models.CharField(max_length=100, blank=True)
    marketplaces = _words()
    condition = models.CharField(max_length=12, choices=WantedCondition.choices, default=WantedCondition.ANY)
    min_price = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(Decimal(0))]
    )
    max_price = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(Decimal(0))]
    )
    currency = models.CharField(max_length=3, default="USD")
    min_discount = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(Decimal(0))]
    )
    min_discount_percent = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(100)])
    min_score = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(100)])
    min_similarity = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0.5), MaxValueValidator(1)],
        help_text="An offer without the words counts too where it means as nearly the same as that; empty, only the words count.",
    )
    location = models.CharField(max_length=200, blank=True)
    radius_km = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(500)]
    )
    deadline = models.DateTimeField(null=True, blank=True)
    priority = models.PositiveSmallIntegerField(default=3, validators=[MinValueValidator(1), MaxValueValidator(5)])
    check_interval_minutes = models.PositiveSmallIntegerField(
        default=60, validators=[MinValueValidator(15), MaxValueValidator(1440)]
    )
    max_matches = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    quantity = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="It ends when so many are bought."
    )
    budget = models.DecimalField(
        max_digits=14,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text="It ends when so much is spent.",
    )
    channels = _words()
    status = models.CharField(max_length=10, choices=GoalStatus.choices, default=GoalStatus.ACTIVE)
    match_count = models.PositiveIntegerField(default=0)
    judged_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was set against all live deals; empty where that is still to be done."
    )
    terms_version = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Of the rules by which its words were read last; 0 where they were not."
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="goal_user_created"),
            models.Index(fields=["status"], condition=Q(status="active"), name="goal_active"),
            models.Index(fields=["terms_version"], name="goal_terms_version"),
            models.Index(
                fields=["created_at"], condition=Q(status="active", judged_at__isnull=True), name="goal_unjudged"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(min_price__isnull=True) | Q(max_price__isnull=True) | Q(min_price__lte=F("max_price")),
                name="goal_price_bounds_in_order",
                violation_error_message="The lowest price is above the highest price.",
            ),
        ]

    def __str__(self) -> str:
        return self.title
