"""What users do with deals."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from common.models import UUIDModel


class InteractionKind(models.TextChoices):
    VIEW = "view", "Viewed"
    CLICK = "click", "Clicked"
    SAVE = "save", "Saved"
    UNSAVE = "unsave", "No longer saved"
    DISMISS = "dismiss", "Dismissed"
    BOUGHT = "bought", "Bought"
    TOO_HIGH = "too_high", "Worth is too high"
    TOO_LOW = "too_low", "Worth is too low"


class Interaction(UUIDModel):
    """One thing that a user did, as it happened."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="interactions")
    deal = models.ForeignKey("deals.Deal", on_delete=models.CASCADE, related_name="interactions")
    kind = models.CharField(max_length=10, choices=InteractionKind.choices)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["user", "deal"], name="interaction_user_deal"),
            models.Index(fields=["user", "-created_at"], name="interaction_user_created"),
            models.Index(fields=["created_at"], name="interaction_created"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.deal_id}"


class DealMark(UUIDModel):
    """Where a deal stands with a user now: saved, dismissed, or neither."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deal_marks")
    deal = models.ForeignKey("deals.Deal", on_delete=models.CASCADE, related_name="marks")
    saved_at = models.DateTimeField(null=True, blank=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "deal"], name="one_mark_per_user_and_deal")]
        indexes = [models.Index(fields=["user", "-saved_at"], name="mark_user_saved")]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.deal_id}"
