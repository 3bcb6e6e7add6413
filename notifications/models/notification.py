"""What one user is told, and when they were told of the same last."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.models import UUIDModel


class NotificationState(models.TextChoices):
    PENDING = "pending", "On its way"
    SENT = "sent", "Sent"
    SUPPRESSED = "suppressed", "Not sent"
    FAILED = "failed", "Failed"


class Notification(UUIDModel):
    """What one user is told, written in the transaction of its match. A suppressed one says why and is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    goal = models.ForeignKey(
        "accounts.Goal", null=True, blank=True, on_delete=models.SET_NULL, related_name="notifications"
    )
    deal = models.ForeignKey(
        "deals.Deal", null=True, blank=True, on_delete=models.SET_NULL, related_name="notifications"
    )
    match = models.OneToOneField(
        "deals.Match", null=True, blank=True, on_delete=models.SET_NULL, related_name="notification"
    )
    reason = models.CharField(max_length=40, help_text="Why it is told, such as match.")
    reason_text = models.CharField(max_length=300, help_text="The same in a sentence for its reader.")
    title = models.CharField(max_length=200)
    body = models.TextField()
    data = models.JSONField(default=dict, blank=True)
    text = models.JSONField(
        default=dict,
        blank=True,
        help_text="Its words by class of channel, short and long; empty: made of the title and body.",
    )
    state = models.CharField(max_length=10, choices=NotificationState.choices, default=NotificationState.PENDING)
    state_text = models.CharField(max_length=300, blank=True, help_text="Why it was held back, in a sentence.")
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="notification_user_created"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notification_unread"),
        ]

    def __str__(self) -> str:
        return self.title


class Told(models.Model):
    """When a user was last told of a product for a reason: the one row that decides on duplicates within 24 hours."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    product_key = models.CharField(max_length=64, help_text="The product's id, or the deal's where it has no product.")
    reason = models.CharField(max_length=40)
    told_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "product_key", "reason"], name="told_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.product_key} {self.reason}"
