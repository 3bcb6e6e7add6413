"""The prices of a deal over time, and what they tell: of the deal itself, and of the product over all its deals."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import ApiView, found
from common.fields import ShownMoneyField
from common.money import Money, MoneyJSON
from common.paging import PageQuery, page_of
from deals.api.serializers import PricePointSerializer
from deals.models import Deal
from deals.price_intelligence import ClaimCheck, ClaimVerdict, Confidence, Direction, PriceIntelligence, study
from deals.price_selectors import alike_conditions, deals_of_product, price_intelligence_of, product_history
from deals.selectors import deal_by_id, price_history

_MONTHS = (1, 12)


class WindowSerializer(serializers.Serializer[Any]):
    """The prices of the last `days` days, of which `observed_days` are known; the median is weighted by time."""

    days = serializers.IntegerField()
    lowest = ShownMoneyField()
    median = ShownMoneyField()
    highest = ShownMoneyField()
    observed_days = serializers.FloatField()
    points = serializers.IntegerField()


class TrendSerializer(serializers.Serializer[Any]):
    """The change in per cent a month over the last weeks, with its 95 % interval."""

    direction = serializers.ChoiceField([each.value for each in Direction])
    monthly_percent = serializers.FloatField()
    low_percent = serializers.FloatField()
    high_percent = serializers.FloatField()
    p_value = serializers.FloatField()
    weeks = serializers.IntegerField()
    method = serializers.CharField()


class SeasonalitySerializer(serializers.Serializer[Any]):
    """How far each month's prices lie from the usual ones, in per cent. `is_repeated` is false where one year alone was seen."""

    is_seasonal = serializers.BooleanField()
    is_repeated = serializers.BooleanField()
    strength = serializers.FloatField()
    cheapest_month = serializers.IntegerField(min_value=_MONTHS[0], max_value=_MONTHS[1])
    months = serializers.DictField(child=serializers.FloatField())


class NextDropSerializer(serializers.Serializer[Any]):
    """Days until the next drop of 5 % or more: the middle and the 80 % interval. `is_guess` with fewer than three drops seen."""

    drops = serializers.IntegerField()
    median_days = serializers.FloatField()
    low_days = serializers.FloatField()
    high_days = serializers.FloatField()
    within_30_days = serializers.FloatField()
    usual_percent = serializers.FloatField(allow_null=True)
    is_guess = serializers.BooleanField()


class ClaimSerializer(serializers.Serializer[Any]):
    """The verdict on the claimed list price. `lowest_30` is the lowest price of the 30 days before the reduction; null where none was
    seen."""

    verdict = serializers.ChoiceField([each.value for each in ClaimVerdict])
    is_fake = serializers.BooleanField()
    confidence = serializers.ChoiceField([each.value for each in Confidence])
    claimed = ShownMoneyField(allow_null=True)
    claimed_percent = serializers.FloatField(allow_null=True)
    lowest_30 = ShownMoneyField(allow_null=True)
    real_percent = serializers.FloatField(allow_null=True)
    days_seen = serializers.FloatField()


class IntelligenceSerializer(serializers.Serializer[Any]):
    """What a history tells; a part is null where too little is known for it. `percentile` is the share of the last year at which it was
    cheaper than now, in per cent: 0 is the cheapest."""

    points = serializers.IntegerField()
    observed_days = serializers.FloatField()
    confidence = serializers.ChoiceField([each.value for each in Confidence])
    windows = WindowSerializer(many=True)
    percentile = serializers.FloatField(allow_null=True)
    trend = TrendSerializer(allow_null=True)
    seasonality = SeasonalitySerializer(allow_null=True)
    next_drop = NextDropSerializer(allow_null=True)
    outlook = serializers.DictField(child=serializers.FloatField(), allow_null=True)
    claim = ClaimSerializer(allow_null=True)
    sentences = serializers.ListField(child=serializers.CharField())


class PriceHistorySerializer(serializers.Serializer[Any]):
    """A page of prices, with what all of them tell: of the deal, and of the lowest price over all deals of its product in a like
    condition, which is null where the deal is of no product."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = PricePointSerializer(many=True)
    intelligence = IntelligenceSerializer()
    product_intelligence = IntelligenceSerializer(allow_null=True)


class PriceHistoryView(ApiView):
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="price_history", parameters=[PageQuery], responses=PriceHistorySerializer)
    def get(self, request: Request, deal_id: uuid.UUID) -> Response:
        """The prices seen for this deal, oldest first, and what they tell."""
        deal = found(deal_by_id, deal_id)
        response = page_of(price_history(deal), request, PricePointSerializer)
        response.data["intelligence"] = shown(price_intelligence_of(deal))
        response.data["product_intelligence"] = _of_product(deal)
        return response


def _of_product(deal: Deal) -> dict[str, Any] | None:
    if deal.product is None:
        return None
    alike = [each for each in deals_of_product(deal.product) if each.condition in alike_conditions(deal.condition)]
    return shown(study(product_history(alike, deal.currency, timezone.now())))


def shown(found: PriceIntelligence) -> dict[str, Any]:
    """What a history tells, in the shape of `IntelligenceSerializer`."""

    def money(amount: Decimal | None) -> MoneyJSON | None:
        return None if amount is None else Money(amount, found.currency).as_json()

    season, trend, drop, outlook = found.seasonality, found.trend, found.next_drop, found.outlook
    return {
        "points": found.points,
        "observed_days": round(found.observed_days, 2),
        "confidence": found.confidence,
        "windows": [
            {name: money(getattr(window, name)) for name in ("lowest", "median", "highest")}
            | {"days": window.days, "observed_days": round(window.observed_days, 2), "points": window.points}
            for window in found.windows
        ],
        "percentile": None if found.standing is None else round(found.standing.percentile, 1),
        "trend": trend and _picked(trend, "direction p_value weeks method monthly_percent low_percent high_percent"),
        "seasonality": season
        and {
            **_picked(season, "is_seasonal is_repeated strength"),
            "cheapest_month": season.cheapest.month,
            "months": {str(each.month): round(each.percent, 1) for each in season.months},
        },
        "next_drop": drop
        and _picked(drop, "drops median_days low_days high_days within_30_days usual_percent is_guess"),
        "outlook": outlook and _picked(outlook, "lower same higher"),
        "claim": None if found.claim is None or found.claim.claimed is None else _claim(found.claim, money),
        "sentences": list(found.sentences),
    }


def _claim(claim: ClaimCheck, money: Any) -> dict[str, Any]:
    amounts = {name: money(getattr(claim, name)) for name in ("claimed", "lowest_30")}
    return amounts | _picked(claim, "verdict is_fake confidence claimed_percent real_percent days_seen")


def _picked(part: Any, names: str) -> dict[str, Any]:
    values = {name: getattr(part, name) for name in names.split()}
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in values.items()}
