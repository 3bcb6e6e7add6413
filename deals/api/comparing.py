"""Deals beside each other."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import reader_of
from common.api import ApiView, refuse_unknown
from common.paging import PageNumberPagination, PageQuery
from deals.api.serializers import DealDetailSerializer
from deals.comparing import ALONE, FEWEST, NotComparable, Row, read_ids, rows_of
from deals.models import Deal, Estimate
from deals.selectors import marks_of


class ComparedSerializer(serializers.Serializer[Any]):
    """One respect in which they are compared. `values` are in the order of the results; `best` is empty where none is better."""

    name = serializers.CharField()
    values = serializers.ListField(child=serializers.CharField())
    best = serializers.ListField(child=serializers.UUIDField(), help_text="The deals that are best in this respect.")
    best_is = serializers.CharField(help_text="What the best one is called: Lowest, Most.")
    differs = serializers.BooleanField()


@extend_schema_serializer(component_name="ComparisonPage")
class ComparisonSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = DealDetailSerializer(many=True)
    rows = ComparedSerializer(many=True)
    note = serializers.CharField(help_text="What is amiss, as a sentence, or empty.")


class CompareView(ApiView):
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="compare_deals",
        parameters=[
            OpenApiParameter("ids", str, required=True, description="Two to four deals, separated by commas."),
            PageQuery,
        ],
        responses=ComparisonSerializer,
    )
    def get(self, request: Request) -> Response:
        """Two to four deals beside each other, in the order asked for, and where they differ."""
        refuse_unknown(request.query_params, ("ids", "page", "page_size", "format"), "There is no such filter here.")
        deals, reader = _deals(request.query_params.get("ids", "")), reader_of(request)
        context = {"reader": reader, "marks": None if reader is None else marks_of(reader, [deal.pk for deal in deals])}
        pages = PageNumberPagination()
        page = pages.paginate_queryset(deals, request) or []
        response = pages.get_paginated_response(DealDetailSerializer(page, many=True, context=context).data)
        response.data["rows"] = [_shown(row, deals) for row in rows_of(deals)]
        response.data["note"] = ALONE if len(deals) < FEWEST else ""
        return response


def _deals(text: str) -> list[Deal]:
    try:
        ids = read_ids(text)
    except NotComparable as error:
        raise ValidationError({"ids": [str(error)]}) from error
    estimates = Prefetch("valuation__estimates", Estimate.objects.order_by("estimator"))
    known = Deal.objects.select_related("valuation", "source").prefetch_related(estimates).in_bulk(ids)
    for deal_id in ids:
        if deal_id not in known:
            raise NotFound(f"There is no deal {deal_id}.")
    return [known[deal_id] for deal_id in ids]


def _shown(row: Row, deals: list[Deal]) -> dict[str, Any]:
    best = [deal.pk for deal, cell in zip(deals, row.cells, strict=True) if cell.is_best]
    values = [cell.text for cell in row.cells]
    return {"name": row.name, "values": values, "best": best, "best_is": row.best, "differs": row.differs}
