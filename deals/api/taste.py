"""The caller's order: why a deal stands where it stands, and what is known of their taste."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import current_user
from common.api import ApiView, found
from deals.ranked_lists import forgotten_since, taste_of, why_for
from deals.selectors import deal_by_id, deals_for
from deals.taste import most
from deals.taste_actions import forget_taste


class WhySerializer(serializers.Serializer[Any]):
    """Why the caller sees a deal where it stands: a sentence, and its points, which are the evidence moved by the caller's taste."""

    sentence = serializers.CharField()
    evidence = serializers.FloatField()
    taste = serializers.FloatField()
    points = serializers.FloatField()


class TasteSerializer(serializers.Serializer[Any]):
    """What the order "for you" has learned from what the caller did."""

    interactions = serializers.IntegerField()
    liked_categories = serializers.ListField(child=serializers.CharField())
    liked_brands = serializers.ListField(child=serializers.CharField())
    disliked_categories = serializers.ListField(child=serializers.CharField())
    disliked_brands = serializers.ListField(child=serializers.CharField())
    forgotten_before = serializers.DateTimeField(allow_null=True)


class WhyView(ApiView):
    @extend_schema(operation_id="why", responses=WhySerializer)
    def get(self, request: Request, deal_id: uuid.UUID) -> Response:
        """Why the caller sees this deal where it stands."""
        user = current_user(request)
        placed, sentence = why_for(user, found(deal_by_id, deal_id), deals_for(user))
        numbers = {"evidence": placed.evidence, "taste": placed.moved, "points": placed.points}
        return Response({"sentence": sentence} | {name: round(value, 2) for name, value in numbers.items()})


class TasteView(ApiView):
    @extend_schema(operation_id="taste", responses=TasteSerializer)
    def get(self, request: Request) -> Response:
        """What is known of the caller's taste."""
        user = current_user(request)
        return Response(TasteSerializer(taste_shown(user)).data)

    @extend_schema(operation_id="forget_taste", responses={204: None})
    def delete(self, request: Request) -> Response:
        """Forget it; the order begins anew. Interactions stay in the caller's history."""
        forget_taste(current_user(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def taste_shown(user: Any) -> dict[str, Any]:
    """A user's taste as the API shows it."""
    taste = taste_of(user)
    return {
        "interactions": taste.interactions,
        "liked_categories": most(taste.liked["categories"]),
        "liked_brands": most(taste.liked["brands"]),
        "disliked_categories": most(taste.disliked["categories"]),
        "disliked_brands": most(taste.disliked["brands"]),
        "forgotten_before": forgotten_since(user),
    }
