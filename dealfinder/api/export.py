"""All that Deal Finder keeps about the caller, in one JSON document."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import IsPerson, current_user
from accounts.api.serializers import GoalSerializer, KeySerializer, MeSerializer
from accounts.models import User
from accounts.selectors import goals_of
from common.api import ApiView
from common.models import OutboxEvent
from deals.api.taste import taste_shown
from deals.api.tracking import TrackingSerializer
from deals.models import DealMark, Interaction, Submission
from deals.selectors import matches_of
from deals.tracking_selectors import trackings_of
from notifications.api.channels import ChannelSerializer
from notifications.api.serializers import NotificationSerializer
from notifications.api.wishes import MutedMerchantSerializer, QuietSerializer, SnoozeSerializer
from notifications.selectors import channels_of, muted_merchants_of, notifications_of, quiet_of, snoozes_of


class ExportView(ApiView):
    permission_classes = (IsPerson,)

    @extend_schema(operation_id="export", request=None, responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """A copy of everything that is kept about the caller. Secrets are not kept, so they are not in it."""
        response = Response(exported(current_user(request)))
        response["Content-Disposition"] = 'attachment; filename="deal-finder.json"'
        return response

    @extend_schema(operation_id="export_by_post", request=None, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request) -> Response:
        """The same as GET."""
        return self.get(request)


def exported(user: User) -> dict[str, Any]:
    """Return the user's data as JSON values."""
    deals = {"deal_id", "deal__title", "deal__url"}
    return {
        "exported_at": timezone.now(),
        "profile": MeSerializer(user).data,
        "goals": GoalSerializer(goals_of(user), many=True).data,
        "matches": _rows(matches_of(user), {"id", "goal_id", "reasons", "created_at", *deals}),
        "marks": _rows(DealMark.objects.filter(user=user), {"saved_at", "dismissed_at", *deals}),
        "interactions": _rows(Interaction.objects.filter(user=user), {"kind", "created_at", *deals}),
        "taste": taste_shown(user),
        "followed_prices": TrackingSerializer(trackings_of(user), many=True).data,
        "submissions": _rows(
            Submission.objects.filter(user=user),
            {"id", "url", "state", "reason", "evidence", "created_at", "finished_at"},
        ),
        "notifications": NotificationSerializer(notifications_of(user), many=True).data,
        "message_templates": _rows(user.message_templates.order_by("created_at"), {"kind", "channel_class", "text"}),
        "channels": ChannelSerializer(channels_of(user), many=True).data,
        "alert_preferences": QuietSerializer(quiet_of(user)).data,
        "snoozes": SnoozeSerializer(snoozes_of(user), many=True).data,
        "muted_merchants": MutedMerchantSerializer(muted_merchants_of(user), many=True).data,
        "api_keys": KeySerializer(user.api_keys.all(), many=True).data,
        "sign_ins": _rows(
            user.refresh_tokens.order_by("created_at"), {"created_at", "expires_at", "used_at", "revoked_at"}
        ),
        "events": _rows(OutboxEvent.objects.filter(user=user).order_by("id"), {"type", "data", "created_at"}),
    }


def _rows(rows: QuerySet[Any], names: set[str]) -> list[dict[str, Any]]:
    return list(rows.values(*sorted(names)))
