"""Prices that users follow without a goal."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.models import UUIDModel


class TrackingState(models.TextChoices):
    WAITING = "waiting", "Waiting for its page"
    ACTIVE = "active", "Followed"
    PAUSED = "paused", "Paused"
    UNREADABLE = "unreadable", "Cannot be read"


class Term(models.TextChoices):
    """What a follower wants to be told of."""

    TARGET_PRICE = "target_price", "At or below a price"
    DROP_PERCENT = "drop_percent", "Cheaper by a percentage"
    LOWEST = "lowest_in_days", "Lowest in some days"
    BACK_IN_STOCK = "back_in_stock", "Back in stock"


class Tracking(UUIDModel):
    """One price that one user follows: a deal, or an address whose page was not read yet.

    `target_price` is in `currency`. `base_price` is the price when following began, from which a drop is counted. `met` are the terms
    that hold now and of which the user was told; a term leaves it when the price is clearly past its bound again. `seen_price`,
    `seen_currency` and `seen_state` are what was judged last: where the deal differs from them it is judged again.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="trackings")
    deal = models.ForeignKey("deals.Deal", null=True, blank=True, on_delete=models.CASCADE, related_name="trackings")
    submission = models.ForeignKey(
        "deals.Submission", null=True, blank=True, on_delete=models.SET_NULL, related_name="trackings"
    )
    source = models.ForeignKey(
        "deals.Source",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="trackings",
        help_text="The source that was made to read its page again; none where another source does that.",
    )
    url = models.URLField(max_length=2000)
    canonical_url = models.CharField(max_length=2000)
    state = models.CharField(max_length=10, choices=TrackingState.choices, default=TrackingState.ACTIVE)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it cannot be read, in a sentence.")
    target_price = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(max_length=3, default="USD")
    drop_percent = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(95)]
    )
    lowest_in_days = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(2), MaxValueValidator(365)]
    )
    back_in_stock = models.BooleanField(default=False)
    base_price = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    base_currency = models.CharField(max_length=3, blank=True)
    met = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    seen_price = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    seen_currency = models.CharField(max_length=3, blank=True)
    seen_state = models.CharField(max_length=10, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["user", "deal"], name="one_tracking_per_user_and_deal"),
            models.UniqueConstraint(fields=["user", "canonical_url"], name="one_tracking_per_user_and_address"),
            models.CheckConstraint(
                condition=Q(target_price__isnull=False)
                | Q(drop_percent__isnull=False)
                | Q(lowest_in_days__isnull=False)
                | Q(back_in_stock=True),
                name="tracking_has_a_term",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="tracking_user"),
            models.Index(fields=["state"], condition=Q(state="waiting"), name="tracking_waiting"),
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def terms(self) -> list[Term]:
        """What the user wants to be told of."""
        wanted = {
            Term.TARGET_PRICE: self.target_price is not None,
            Term.DROP_PERCENT: self.drop_percent is not None,
            Term.LOWEST: self.lowest_in_days is not None,
            Term.BACK_IN_STOCK: self.back_in_stock,
        }
        return [term for term, is_wanted in wanted.items() if is_wanted]
