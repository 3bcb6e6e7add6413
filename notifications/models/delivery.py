"""Each attempt to tell one user of one thing on one channel."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from common.models import UUIDModel
from notifications.models.channel import UserChannel
from notifications.models.notification import Notification

IN_APP, EMAIL = "in_app", "email"


class DeliveryState(models.TextChoices):
    PENDING = "pending", "Waiting"
    HELD = "held", "Held"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    WITHHELD = "withheld", "Not sent"


class Delivery(UUIDModel):
    """One notification on one channel: claimed with a lease, tried a few times.

    One that is held waits for `held_until`, and `error` says why in a sentence. The members of a digest are held with `bundle`
    naming the one delivery that is sent for all of them, and become what that one becomes.
    """

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=30, help_text="The kind of the channel.")
    user_channel = models.ForeignKey(
        UserChannel, null=True, blank=True, on_delete=models.SET_NULL, related_name="deliveries", db_index=False
    )
    service = models.CharField(
        max_length=200, blank=True, help_text="Of the channel: those of one service queue together."
    )
    bundle = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="members", db_index=False
    )
    state = models.CharField(max_length=8, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    held_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    receipt = models.CharField(max_length=200, blank=True, help_text="What the service calls it.")
    sent_at = models.DateTimeField(null=True, blank=True)
    milliseconds = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "user_channel"],
                condition=Q(user_channel__isnull=False),
                name="one_delivery_per_user_channel",
            ),
            # Of the inbox alone: what went over a channel that was removed since names none either, and that may be two.
            models.UniqueConstraint(
                fields=["notification"],
                condition=Q(user_channel__isnull=True, channel=IN_APP),
                name="one_delivery_in_the_inbox",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(state="pending"), name="delivery_pending"),
            models.Index(
                F("service"),
                Greatest(F("created_at"), F("retry_at"), F("leased_until")),
                condition=Q(state="pending"),
                name="delivery_due",
            ),
            models.Index(fields=["held_until"], condition=Q(state="held"), name="delivery_held"),
            models.Index(fields=["bundle"], condition=Q(bundle__isnull=False), name="delivery_bundle"),
            models.Index(
                fields=["user_channel", "-created_at"],
                condition=Q(user_channel__isnull=False),
                name="delivery_of_user_channel",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notification_id} by {self.channel}"

    @classmethod
    def over(cls, notification: Notification, channel: UserChannel | None, **fields: Any) -> Delivery:
        """A delivery that is not stored yet: over a channel of the user's, or into the inbox where that is None."""
        if channel is None:
            return cls(notification=notification, channel=IN_APP, service=IN_APP, **fields)
        service = channel.service or channel.kind
        return cls(notification=notification, channel=channel.kind, user_channel=channel, service=service, **fields)
