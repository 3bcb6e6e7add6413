"""The caller's channels: typed settings by kind, whose secrets go in and never come out."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import current_user
from common.api import ApiView, found, read_body
from common.limits import Limit
from common.paging import listed, page_of
from notifications.channel_actions import (
    add_channel,
    change_channel,
    ensure_mail_channel,
    is_removable,
    remove_channel,
)
from notifications.channels.configs import shown_config
from notifications.channels.registry import KINDS, known_channels
from notifications.models import ChannelState, UserChannel
from notifications.selectors import channels_of
from notifications.trying import Tried, try_channel

TRIES = Limit("channel-tests", visitor=10, user=10)


class ConfigField(serializers.JSONField):
    """The settings of a channel, an object whose form depends on the kind."""

    default_error_messages: ClassVar[dict[str, Any]] = {"object": "Settings are an object of names with values."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            self.fail("object")
        return super().to_internal_value(data)


class ConfigFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """What the settings of each kind look like."""

    target_class = ConfigField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        described = {
            "description": "By the channel's kind. Secrets are write-only: they read as “set”, or as null where there is none, "
            "and stay what they are where a change leaves them out."
        }
        if direction == "response":
            return {"type": "object", "additionalProperties": {}, **described}
        schemas = [channel.config.model_json_schema() for channel in known_channels() if channel.addable]
        return {"anyOf": [*schemas, {"type": "object"}], **described}


class ChannelSerializer(serializers.ModelSerializer[UserChannel]):
    """One way to the caller. `state` is active, paused (by its owner) or disabled (by refusals of its service, see `disabled_reason`)."""

    kind = serializers.ChoiceField(choices=[])
    config = ConfigField(required=False)
    state = serializers.ChoiceField(choices=ChannelState.choices, read_only=True)

    class Meta:
        model = UserChannel
        fields = (
            "id", "kind", "name", "config", "is_enabled", "state", "disabled_reason", "pace", "pace_hour", "pace_weekday",
            "daily_cap", "breaks_quiet", "last_success_at", "last_error", "last_error_at", "created_at",
        )  # fmt: skip
        read_only_fields = (
            "id", "disabled_reason", "last_success_at", "last_error", "last_error_at", "created_at",
        )  # fmt: skip

    def get_fields(self) -> Any:
        fields = super().get_fields()
        kind = fields["kind"]
        assert isinstance(kind, serializers.ChoiceField)
        kind.choices = list(KINDS)  # as they are registered now
        return fields

    def to_representation(self, instance: UserChannel) -> Any:
        return super().to_representation(instance) | {"config": shown_config(instance)}


class ChannelKindSerializer(serializers.Serializer[Any]):
    """A kind of channel, and the JSON Schema of its settings. `addable`: users add such channels themselves."""

    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    help = serializers.CharField()
    addable = serializers.BooleanField()
    secrets = serializers.ListField(
        child=serializers.CharField(), help_text="The settings that are sealed and never shown."
    )
    config_schema = serializers.DictField()


class TriedSerializer(serializers.Serializer[Tried]):
    """Whether the service took the message, and what it said, in a sentence."""

    sent = serializers.BooleanField()
    sentence = serializers.CharField()


class ChannelsView(ApiView):
    @listed("channels", ChannelSerializer)
    def get(self, request: Request) -> Response:
        """The caller's channels, oldest first. The inbox is none: it is always there."""
        user = current_user(request)
        ensure_mail_channel(user)
        return page_of(channels_of(user), request, ChannelSerializer)

    @extend_schema(operation_id="add_channel", request=ChannelSerializer, responses={201: ChannelSerializer})
    def post(self, request: Request) -> Response:
        """Add a channel. `channels/kinds` says what each kind wants to know."""
        values = read_body(ChannelSerializer, request)
        row = add_channel(current_user(request), values.pop("kind"), values)
        return Response(ChannelSerializer(row).data, status=status.HTTP_201_CREATED)


class ChannelView(ApiView):
    @extend_schema(operation_id="channel", responses=ChannelSerializer)
    def get(self, request: Request, channel_id: uuid.UUID) -> Response:
        return Response(ChannelSerializer(_mine(request, channel_id)).data)

    @extend_schema(operation_id="change_channel", request=ChannelSerializer, responses=ChannelSerializer)
    def patch(self, request: Request, channel_id: uuid.UUID) -> Response:
        """Change a channel. `config` is replaced as a whole, but for secrets that are left out. `is_enabled` pauses it and lets it
        speak again; so do new settings where it was disabled."""
        row = _mine(request, channel_id)
        values = read_body(ChannelSerializer, request, instance=row)
        if values.pop("kind", row.kind) != row.kind:
            raise ValidationError({"kind": ["The kind of a channel stays. Add another one instead."]})
        change_channel(row, values)
        return Response(ChannelSerializer(_mine(request, channel_id)).data)

    @extend_schema(operation_id="remove_channel", responses={204: None})
    def delete(self, request: Request, channel_id: uuid.UUID) -> Response:
        """Remove a channel with its secrets. What waits for it is not sent. The account's own mail can be paused, not removed."""
        row = _mine(request, channel_id)
        if not is_removable(row):
            raise ValidationError({"kind": ["This channel belongs to your account. You can pause it."]})
        remove_channel(row)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ChannelTestView(ApiView):
    limit = TRIES

    @extend_schema(operation_id="test_channel", request=None, responses=TriedSerializer)
    def post(self, request: Request, channel_id: uuid.UUID) -> Response:
        """Send one message over a channel, once and at once, and say what its service answered."""
        return Response(TriedSerializer(try_channel(_mine(request, channel_id))).data)


class ChannelKindsView(ApiView):
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="channel_kinds", responses=ChannelKindSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The kinds of channels that there are, with what each wants to know."""
        return Response(
            [
                {
                    "kind": channel.kind,
                    "label": channel.label,
                    "help": channel.help,
                    "addable": channel.addable,
                    "secrets": sorted(channel.config.secrets),
                    "config_schema": channel.config.model_json_schema(),
                }
                for channel in known_channels()
            ]
        )


def _mine(request: Request, channel_id: uuid.UUID) -> UserChannel:
    return found(channels_of(current_user(request)).get, pk=channel_id)
