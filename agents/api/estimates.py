"""What is this worth: asked of the pricing worker, which holds the models."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from babel.numbers import list_currencies
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import current_user
from accounts.selectors import preferences_of
from agents.pricing.client import EstimateUnavailable, WorkerAway, estimate_remotely
from common.api import ApiView, read_body
from common.fields import AmountField, ShownMoneyField, TakesMoney
from common.limits import ESTIMATES
from common.money import Money
from common.problems import Unavailable
from deals.models import Verdict


class EstimateRequestSerializer(TakesMoney, serializers.Serializer[Any]):
    """A price tells whether it is a good one; without one only the worth is said."""

    amounts = ("price",)
    title = serializers.CharField(max_length=500)
    description = serializers.CharField(max_length=10_000, required=False, allow_blank=True, default="")
    price = AmountField(required=False, allow_null=True, default=None)
    currency = serializers.CharField(max_length=3, required=False)

    def validate_currency(self, currency: str) -> str:
        if currency.upper() not in list_currencies():
            raise serializers.ValidationError("No such currency; an example is EUR.")
        return currency.upper()


class EstimatedSerializer(serializers.Serializer[Any]):
    estimator = serializers.CharField()
    version = serializers.CharField()
    value = ShownMoneyField(allow_null=True)
    weight = serializers.FloatField()
    milliseconds = serializers.FloatField()
    cost_usd = serializers.CharField()
    error = serializers.CharField(help_text="Why a service is missing; a value beside it is the local estimator's.")
    reason = serializers.CharField(help_text="The words of a foundation model.")


class ComparableSerializer(serializers.Serializer[Any]):
    title = serializers.CharField()
    price = ShownMoneyField()
    similarity = serializers.FloatField()
    weight = serializers.FloatField()
    source = serializers.CharField()  # type: ignore[assignment]
    observed_at = serializers.DateField(allow_null=True)


class WorthSerializer(serializers.Serializer[Any]):
    """What a thing is worth, with the evidence; `worth` and what follows from it is null where nothing can be said."""

    worth = ShownMoneyField(allow_null=True)
    low = ShownMoneyField(allow_null=True)
    high = ShownMoneyField(allow_null=True)
    currency = serializers.CharField()
    discount = ShownMoneyField(allow_null=True)
    discount_percent = serializers.FloatField(allow_null=True)
    verdict = serializers.ChoiceField(Verdict.choices)
    reasons = serializers.ListField(child=serializers.CharField())
    confidence = serializers.FloatField()
    estimates = EstimatedSerializer(many=True)
    comparables = ComparableSerializer(many=True)


class EstimatesView(ApiView):
    limit = ESTIMATES

    @extend_schema(operation_id="estimate", request=EstimateRequestSerializer, responses=WorthSerializer)
    def post(self, request: Request) -> Response:
        """What is this worth? Amounts are in `currency`, by default the caller's own."""
        asked = read_body(EstimateRequestSerializer, request)
        user = current_user(request)
        asked.setdefault("currency", preferences_of(user).currency)
        try:
            answer = estimate_remotely(**asked, user=user.pk)
        except WorkerAway as error:
            raise Unavailable(str(error), wait=60) from error
        except EstimateUnavailable as error:
            raise Unavailable(str(error), wait=10) from error
        return Response(_with_money(answer))


def _with_money(answer: dict[str, Any]) -> dict[str, Any]:
    """The worker's answer, which has decimal strings beside a currency, with money as the API says it."""
    amounts = {name: _money(answer[name], answer["currency"]) for name in ("worth", "low", "high", "discount")}
    percent = answer["discount_percent"]
    estimates = [
        {name: value for name, value in each.items() if name != "currency"}
        | {"value": _money(each["value"], each["currency"])}
        for each in answer["estimates"]
    ]
    comparables = [
        {name: value for name, value in each.items() if name != "currency"}
        | {"price": _money(each["price"], each["currency"])}
        for each in answer["comparables"]
    ]
    more = {
        "estimates": estimates,
        "comparables": comparables,
        "discount_percent": None if percent is None else float(percent),
    }
    return answer | amounts | more


def _money(amount: str | None, currency: str) -> Any:
    return None if amount is None else Money(Decimal(amount), currency).as_json()
