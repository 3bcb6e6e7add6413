"""What the API says of notifications."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from notifications.models import Delivery, Notification


class NotificationQuery(serializers.Serializer[Any]):
    unread = serializers.BooleanField(required=False, help_text="Only those that are not read yet.")


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    class Meta:
        model = Delivery
        fields = ("channel", "state", "attempts", "error", "sent_at")
        read_only_fields = fields


class NotificationSerializer(serializers.ModelSerializer[Notification]):
    """What the caller was told, why, and how it went on each channel. `state_text` says why one was held back."""

    deliveries = DeliverySerializer(many=True)

    class Meta:
        model = Notification
        fields = (
            "id", "title", "body", "reason", "reason_text", "state", "state_text", "deal_id", "goal_id", "match_id",
            "created_at", "read_at", "deliveries",
        )  # fmt: skip
        read_only_fields = fields


class ReadSerializer(serializers.Serializer[Any]):
    read = serializers.BooleanField()


class ReadManySerializer(serializers.Serializer[Any]):
    ids = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=500,
        help_text="All unread ones where it is not given.",
    )


class ReadDoneSerializer(serializers.Serializer[Any]):
    read = serializers.IntegerField(help_text="How many were marked as read now.")
    unread = serializers.IntegerField(help_text="How many are left unread.")
