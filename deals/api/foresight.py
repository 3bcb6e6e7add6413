"""What a goal would have found."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import current_user
from accounts.selectors import goal_of
from common.api import ApiView, found, read_query
from common.fields import ShownMoneyField
from deals.foresight import foresee

_MOST_OFFERS = 50


class BacktestQuery(serializers.Serializer[None]):
    days = serializers.IntegerField(min_value=1, max_value=365, default=30)


class OfferSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    price = ShownMoneyField()
    at = serializers.DateTimeField(help_text="When it had that price last.")
    is_live = serializers.BooleanField()


class ForesightSerializer(serializers.Serializer[Any]):
    """What meets a goal now, and what would have in the last `days`; where nothing would, which term is the reason."""

    days = serializers.IntegerField()
    sentence = serializers.CharField()
    matching_now = serializers.IntegerField()
    deals = OfferSerializer(many=True)
    would_have_matched = serializers.IntegerField()
    best = OfferSerializer(allow_null=True)
    offers = OfferSerializer(many=True)
    of_the_kind = serializers.IntegerField(help_text="Offers of the kind that is asked for, whatever their terms.")
    reason = serializers.CharField()
    limiting_field = serializers.CharField(allow_null=True)
    reachable_price = ShownMoneyField(allow_null=True)
    kept_out = serializers.JSONField(help_text="By field: how many offers it keeps out, and how many it alone.")
    is_partial = serializers.BooleanField(help_text="Whether there were more offers than are looked at.")
    lacks_meaning = serializers.BooleanField(
        help_text="The goal has a `min_similarity`, and what means nearly the same could not be looked for just now."
    )


class BacktestView(ApiView):
    @extend_schema(operation_id="backtest_goal", parameters=[BacktestQuery], responses=ForesightSerializer)
    def get(self, request: Request, goal_id: uuid.UUID) -> Response:
        """What one of the caller's own goals would have found in the last `days` (1 to 365, by default 30)."""
        goal = found(goal_of, current_user(request), goal_id)
        return Response(foresee(goal, read_query(BacktestQuery, request)["days"]).as_json(_MOST_OFFERS))
