"""The list of deals, and what it says about a search."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from common.paging import PageNumberPagination
from deals.api.serializers import FOR_YOU, DealSerializer
from deals.api.shown import COLUMNS, row_shown, shown_in_lists
from deals.counting import Counted
from deals.models import Deal
from deals.ranked_lists import RankedDeals
from deals.search.finding import Found, search_deals
from deals.search.hits import Rows
from deals.search.marking import marked
from deals.selectors import DealFilters, deals_for, marks_of


class MeantSerializer(serializers.Serializer[Any]):
    typed = serializers.CharField()
    meant = serializers.ListField(child=serializers.CharField())


class SearchSerializer(serializers.Serializer[Any]):
    """How a search was done. `is_whole` is false where more deals have the words than are ranked: an `ordering` lists all of them."""

    found_by = serializers.ListField(child=serializers.ChoiceField(["words", "spelling", "meaning"]))
    meant = MeantSerializer(many=True, help_text="Words that were taken for slips of the pen, and looked for too.")
    is_whole = serializers.BooleanField()
    note = serializers.CharField(help_text="What is missing, as a sentence, or empty.")


class FoundDealSerializer(DealSerializer):
    """A deal as lists show it. `highlight` is its title as HTML with `<mark>` around what a search was met by; null without a search."""

    highlight = serializers.CharField(allow_null=True)

    class Meta(DealSerializer.Meta):
        fields = (*DealSerializer.Meta.fields, "highlight")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    def to_representation(self, deal: Deal) -> dict[str, Any]:
        return shown_in_lists(deal, self.context.get("marks")) | {"highlight": None}


@extend_schema_serializer(component_name="FoundDealPage")
class FoundPageSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = FoundDealSerializer(many=True)
    search = SearchSerializer(required=False, help_text="Only where `search` is asked for.")


def found_page(request: Request, reader: User | None, filters: DealFilters) -> Response:
    """Answer with a page of the deals that meet the filters, and with how they were found where something is searched for."""
    is_for_you = filters.ordering == FOR_YOU
    if is_for_you:
        filters = replace(filters, ordering="")
    pages = PageNumberPagination()
    if filters.search:
        first = request.query_params.get("page", "1") == "1"
        found = search_deals(reader, filters, same_pages=not first)
        rows: list[dict[str, Any]] = pages.paginate_queryset(Rows(found.deals, COLUMNS, reader), request) or []
        marks = None if reader is None else marks_of(reader, [row["id"] for row in rows])
        titles = marked({row["id"]: row["title"] for row in rows}, found.spelling)
        shown = [row_shown(row, marks) | {"highlight": titles.get(row["id"])} for row in rows]
        response = pages.get_paginated_response(shown)
        response.data["search"] = _explained(found)
        return response
    page: list[Deal] = (
        pages.paginate_queryset(_in_order(request, reader, filters, is_for_you=is_for_you), request) or []
    )
    marks = None if reader is None else marks_of(reader, [deal.pk for deal in page])
    return pages.get_paginated_response(FoundDealSerializer(page, many=True, context={"marks": marks}).data)


def _in_order(
    request: Request, reader: User | None, filters: DealFilters, *, is_for_you: bool
) -> Counted | RankedDeals:
    deals = deals_for(reader, filters)
    if reader is None or not is_for_you:
        return Counted(deals, reader, repr(filters))
    asked = sorted((name, value) for name, value in request.query_params.items() if name != "page")
    return RankedDeals(reader, deals, f"api?{urlencode(asked)}", begins=request.query_params.get("page", "1") == "1")


def _explained(found: Found) -> dict[str, Any]:
    said = found.explained
    meant = [{"typed": typed, "meant": list(words)} for typed, words in said.meant]
    return {"found_by": list(said.found_by), "meant": meant, "is_whole": said.is_whole, "note": said.note}
