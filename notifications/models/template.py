"""The words that a user has written for their messages."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from common.models import UUIDModel


class MessageTemplate(UUIDModel):
    """A user's own template for one kind of message (such as match) on one class of channels (short or long)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="message_templates")
    kind = models.CharField(max_length=40)
    channel_class = models.CharField(max_length=10)
    text = models.TextField(max_length=4000)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "channel_class"], name="one_template_per_kind_and_class")
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.channel_class})"
