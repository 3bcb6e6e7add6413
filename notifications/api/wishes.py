"""When, how much and of what the caller wants to be told: quiet hours and limits, snoozes, and muted merchants."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import current_user
from common.api import ApiView, found, read_body
from common.paging import listed, page_of
from notifications.models import MutedMerchant, Quiet, Snooze
from notifications.quiet_actions import (
    WHATS,
    change_quiet,
    end_snooze,
    mute_merchant,
    snooze,
    snooze_goal,
    unmute,
)
from notifications.selectors import muted_merchants_of, notifications_of, quiet_of, snoozes_of

_LONGEST_HOURS = 366 * 24


class QuietSerializer(serializers.ModelSerializer[Quiet]):
    """Quiet hours in the caller's time zone (both null: none), on which nights (0 is Monday; empty: all), and how many messages a day."""

    class Meta:
        model = Quiet
        fields = ("quiet_from", "quiet_until", "days", "daily_cap", "priority_breaks_quiet")


class SnoozeSerializer(serializers.ModelSerializer[Snooze]):
    """What the caller is not told of until then: of one goal, of one product (the `product_key` of its deals), or of everything."""

    what = serializers.SerializerMethodField()

    class Meta:
        model = Snooze
        fields = ("id", "what", "goal_id", "product_key", "until", "created_at")
        read_only_fields = fields

    def get_what(self, row: Snooze) -> str:
        return "everything" if row.everything else "goal" if row.goal_id else "product"


class _UntilSerializer(serializers.Serializer[Any]):
    until = serializers.DateTimeField(required=False, help_text="Until when. Instead of `hours`.")
    hours = serializers.IntegerField(
        required=False, min_value=1, max_value=_LONGEST_HOURS, help_text="For how long, from now on."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("until" in attrs) == ("hours" in attrs):
            raise ValidationError({"until": ["Give either until or hours."]})
        return attrs


class SnoozeAboutSerializer(_UntilSerializer):
    """What of a notification is snoozed: its goal, its product, or everything."""

    what = serializers.ChoiceField(WHATS)


class NewSnoozeSerializer(_UntilSerializer):
    """A goal of the caller's, or everything where none is given."""

    goal_id = serializers.UUIDField(required=False)


class MutedMerchantSerializer(serializers.ModelSerializer[MutedMerchant]):
    class Meta:
        model = MutedMerchant
        fields = ("id", "merchant", "created_at")
        read_only_fields = ("id", "created_at")
        # That it is muted already is no error.
        validators: tuple[Any, ...] = ()


class AlertPreferencesView(ApiView):
    @extend_schema(operation_id="alert_preferences", responses=QuietSerializer)
    def get(self, request: Request) -> Response:
        """Quiet hours and limits. The pace of each channel is with the channel."""
        return Response(QuietSerializer(quiet_of(current_user(request))).data)

    @extend_schema(operation_id="change_alert_preferences", request=QuietSerializer, responses=QuietSerializer)
    def patch(self, request: Request) -> Response:
        """Change some of them. What is held already follows it too."""
        user = current_user(request)
        values = read_body(QuietSerializer, request, instance=quiet_of(user))
        return Response(QuietSerializer(change_quiet(user, **values)).data)


class SnoozesView(ApiView):
    @listed("snoozes", SnoozeSerializer)
    def get(self, request: Request) -> Response:
        """What the caller has snoozed, the next to end first."""
        return page_of(snoozes_of(current_user(request)), request, SnoozeSerializer)

    @extend_schema(operation_id="snooze", request=NewSnoozeSerializer, responses={201: SnoozeSerializer})
    def post(self, request: Request) -> Response:
        """Snooze a goal, or everything. A snooze of the same thing is replaced."""
        user, values = current_user(request), read_body(NewSnoozeSerializer, request)
        until = _until(values)
        row = snooze_goal(user, values["goal_id"], until) if "goal_id" in values else snooze(user, "everything", until)
        return Response(SnoozeSerializer(row).data, status=status.HTTP_201_CREATED)


class SnoozeView(ApiView):
    @extend_schema(operation_id="end_snooze", responses={204: None})
    def delete(self, request: Request, snooze_id: uuid.UUID) -> Response:
        """End a snooze."""
        end_snooze(found(snoozes_of(current_user(request)).get, pk=snooze_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class NotificationSnoozeView(ApiView):
    @extend_schema(operation_id="snooze_notification", request=SnoozeAboutSerializer, responses={201: SnoozeSerializer})
    def post(self, request: Request, notification_id: uuid.UUID) -> Response:
        """Snooze the goal or the product that a notification is about, or everything."""
        user = current_user(request)
        about = found(notifications_of(user).get, pk=notification_id)
        values = read_body(SnoozeAboutSerializer, request)
        row = snooze(user, values["what"], _until(values), about)
        return Response(SnoozeSerializer(row).data, status=status.HTTP_201_CREATED)


class MutedMerchantsView(ApiView):
    @listed("muted_merchants", MutedMerchantSerializer)
    def get(self, request: Request) -> Response:
        """The merchants of whom the caller does not want to hear."""
        return page_of(muted_merchants_of(current_user(request)), request, MutedMerchantSerializer)

    @extend_schema(
        operation_id="mute_merchant", request=MutedMerchantSerializer, responses={201: MutedMerchantSerializer}
    )
    def post(self, request: Request) -> Response:
        """Mute a merchant, by the name that its deals carry."""
        row = mute_merchant(current_user(request), read_body(MutedMerchantSerializer, request)["merchant"])
        return Response(MutedMerchantSerializer(row).data, status=status.HTTP_201_CREATED)


class MutedMerchantView(ApiView):
    @extend_schema(operation_id="unmute_merchant", responses={204: None})
    def delete(self, request: Request, mute_id: uuid.UUID) -> Response:
        """Hear of a merchant again."""
        unmute(found(muted_merchants_of(current_user(request)).get, pk=mute_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _until(values: dict[str, Any]) -> datetime:
    until: datetime = values.get("until") or timezone.now() + timedelta(hours=values["hours"])
    return until
