"""What one user is told, and each attempt to tell it."""

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


class DeliveryState(models.TextChoices):
    PENDING = "pending", "Waiting"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    WITHHELD = "withheld", "Not sent"


class Delivery(UUIDModel):
    """One notification on one channel: claimed with a lease, tried up to three times."""

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=30, help_text="The kind of the channel.")
    state = models.CharField(max_length=8, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    milliseconds = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["notification", "channel"], name="one_delivery_per_channel")]
        indexes = [models.Index(fields=["created_at"], condition=Q(state="pending"), name="delivery_pending")]

    def __str__(self) -> str:
        return f"{self.notification_id} by {self.channel}"
