"""What the API says of notifications."""

from __future__ import annotations

import uuid
from typing import Any

from rest_framework import serializers

from notifications.models import Delivery, Notification
from notifications.models.delivery import IN_APP


class NotificationQuery(serializers.Serializer[Any]):
    unread = serializers.BooleanField(required=False, help_text="Only those that are not read yet.")
    standing = serializers.ChoiceField(
        ("sent", "held", "not_sent"), required=False, help_text="Only those that were sent, are held, or were not sent."
    )
    goal = serializers.UUIDField(required=False, help_text="Only those of this goal.")
    channel = serializers.CharField(
        required=False, max_length=40, help_text="Only those over this channel: its id, or in_app for the inbox."
    )

    def validate_channel(self, channel: str) -> str:
        if channel == IN_APP:
            return channel
        try:
            return str(uuid.UUID(channel))
        except ValueError as error:
            raise serializers.ValidationError("Give the id of a channel, or in_app.") from error


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """How it went over one channel. `error` says why it is held, was not sent or failed; `in_digest`: it goes with others as one."""

    channel_id = serializers.UUIDField(
        source="user_channel_id", allow_null=True, help_text="Of the caller's channel; null for the inbox."
    )
    in_digest = serializers.SerializerMethodField()

    class Meta:
        model = Delivery
        fields = ("id", "channel", "channel_id", "state", "held_until", "in_digest", "attempts", "error", "sent_at")
        read_only_fields = fields

    def get_in_digest(self, delivery: Delivery) -> bool:
        return delivery.bundle_id is not None


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
