"""Prices that the caller follows."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.validators import URLValidator
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import current_user
from accounts.selectors import preferences_of
from common.api import ApiView, found, read_body, refuse_unknown
from common.fields import AmountField, OptionalMoneyField, TakesMoney, shown_amount
from common.paging import listed, page_of
from common.problems import LimitExceeded
from deals.models import Term, Tracking, TrackingState
from deals.selectors import deal_by_id
from deals.submission_actions import TooManySubmissions
from deals.tracking_actions import (
    MOST_FOLLOWED,
    TERMS,
    FollowedAlready,
    TooManyFollowed,
    change_terms,
    follow_address,
    follow_deal,
    pause,
    resume,
    unfollow,
)
from deals.tracking_selectors import standing_of, tracking_of, trackings_of


class Conflict(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class TrackedDealSerializer(serializers.Serializer[Any]):
    """The deal that is followed, as it is now."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    url = serializers.URLField()
    price = OptionalMoneyField("price")
    state = serializers.CharField()


class TrackingSerializer(TakesMoney, serializers.ModelSerializer[Tracking]):
    """A followed price. At least one of the four terms is set; `target_price` is a decimal string in `currency`.

    `met` are the terms that hold now and of which the caller was told. `standing` says in a sentence how it is read again.
    """

    amounts = ("target_price",)
    target_price = AmountField(required=False, allow_null=True)
    currency = serializers.CharField(max_length=3, required=False)
    deal = TrackedDealSerializer(read_only=True, allow_null=True)
    base_price = OptionalMoneyField("base_price", "base_currency")
    met = serializers.ListField(child=serializers.ChoiceField(Term.choices), read_only=True)
    state = serializers.ChoiceField(TrackingState.choices, required=False)
    standing = serializers.SerializerMethodField()

    class Meta:
        model = Tracking
        fields = (
            "id", "url", "deal", "state", "reason", "standing", "target_price", "currency", "drop_percent", "lowest_in_days",
            "back_in_stock", "base_price", "met", "told_at", "created_at",
        )  # fmt: skip
        read_only_fields = ("id", "url", "reason", "told_at", "created_at")
        validators: list[Any] = []

    @extend_schema_field(serializers.CharField())
    def get_standing(self, tracking: Tracking) -> str:
        return standing_of(tracking).sentence

    def validate_state(self, state: str) -> str:
        if state not in (TrackingState.ACTIVE, TrackingState.PAUSED):
            raise serializers.ValidationError("It can be set to active or paused.")
        return state

    def to_representation(self, instance: Tracking) -> dict[str, Any]:
        shown = super().to_representation(instance)
        shown["target_price"] = shown_amount(instance.target_price, instance.currency)
        return shown


class NewTrackingSerializer(TrackingSerializer):
    """Something to follow: `deal`, or the address of a page as `url`, and at least one term."""

    deal = serializers.UUIDField(required=False)  # type: ignore[assignment]
    url = serializers.URLField(max_length=2000, required=False, validators=[URLValidator(["http", "https"])])

    class Meta(TrackingSerializer.Meta):
        fields = ("deal", "url", "target_price", "currency", "drop_percent", "lowest_in_days", "back_in_stock")  # type: ignore[assignment]
        read_only_fields = ()  # type: ignore[assignment]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("deal" in attrs) == ("url" in attrs):
            raise serializers.ValidationError({"deal": ["Name either a deal or the url of a page."]})
        return attrs


class TrackingsView(ApiView):
    @listed("tracking", TrackingSerializer)
    def get(self, request: Request) -> Response:
        """What the caller follows, the last first."""
        refuse_unknown(request.query_params, ("page", "page_size", "format"), "There is no such filter here.")
        return page_of(trackings_of(current_user(request)), request, TrackingSerializer)

    @extend_schema(operation_id="follow", request=NewTrackingSerializer, responses={201: TrackingSerializer})
    def post(self, request: Request) -> Response:
        """Follow a price. The page of an address that is not known is read first; 409 where the caller follows it already."""
        user = current_user(request)
        values = read_body(NewTrackingSerializer, request)
        deal_id, url = values.pop("deal", None), values.pop("url", "")
        values.setdefault("currency", preferences_of(user).currency)
        try:
            deal = None if deal_id is None else found(deal_by_id, deal_id)
            made = follow_address(user, url, **values) if deal is None else follow_deal(user, deal, **values)
        except FollowedAlready as error:
            raise Conflict(f"{error} It is {error.tracking.pk}.") from error
        except TooManyFollowed as error:
            limits = {"followed": {"limit": MOST_FOLLOWED, "used": MOST_FOLLOWED, "left": 0}}
            raise LimitExceeded(str(error), {"limits": limits}) from error
        except TooManySubmissions as error:
            raise Throttled(detail=str(error), wait=600) from error
        shown = TrackingSerializer(tracking_of(user, made.pk)).data
        return Response(shown, status=status.HTTP_201_CREATED)


class TrackingView(ApiView):
    @extend_schema(operation_id="followed", responses=TrackingSerializer)
    def get(self, request: Request, tracking_id: uuid.UUID) -> Response:
        """One of the caller's own followed prices."""
        return Response(TrackingSerializer(found(tracking_of, current_user(request), tracking_id)).data)

    @extend_schema(operation_id="change_followed", request=TrackingSerializer, responses=TrackingSerializer)
    def patch(self, request: Request, tracking_id: uuid.UUID) -> Response:
        """Change its terms, pause it, or follow it again (`state`)."""
        user = current_user(request)
        tracking = found(tracking_of, user, tracking_id)
        values = read_body(TrackingSerializer, request, instance=tracking)
        state = values.pop("state", None)
        if values:
            change_terms(user, tracking, **{name: values[name] for name in TERMS if name in values})
        if state == TrackingState.PAUSED:
            pause(tracking)
        elif state == TrackingState.ACTIVE:
            resume(user, tracking)
        return Response(TrackingSerializer(tracking_of(user, tracking_id)).data)

    @extend_schema(operation_id="unfollow", responses={204: None})
    def delete(self, request: Request, tracking_id: uuid.UUID) -> Response:
        """Follow it no more; notifications that were sent stay."""
        unfollow(found(tracking_of, current_user(request), tracking_id))
        return Response(status=status.HTTP_204_NO_CONTENT)
