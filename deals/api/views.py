"""Deals, what they are worth, and what the caller does with them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, Throttled
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.throttling import BaseThrottle

from accounts.api.permissions import current_user, reader_of
from accounts.models import User
from accounts.selectors import goal_of, preferences_of
from common.api import ApiView, found, read_body, read_query, refuse_unknown
from common.limits import SUBMISSIONS, RateLimit
from common.paging import PageNumberPagination, PageQuery, listed, page_of
from deals.actions import record_interaction
from deals.api.searching import FoundPageSerializer, found_page
from deals.api.serializers import (
    DealDetailSerializer,
    DealQuery,
    DealSerializer,
    InteractionDoneSerializer,
    InteractionSerializer,
    MatchSerializer,
    NewSubmissionSerializer,
    SubmissionSerializer,
    ValuationSerializer,
    WholeDealSerializer,
)
from deals.api.shown import mark_shown
from deals.counting import Counted
from deals.models import Deal, InteractionKind
from deals.search.likeness import similar_deals
from deals.selectors import (
    DealFilters,
    deal_by_id,
    marks_of,
    matches_of,
    opportunities_for,
    threshold_for,
)
from deals.submission_actions import LARGEST_PAGE, TooManySubmissions, known_deal, submit


class OpenView(ApiView):
    """Open to visitors."""

    permission_classes = (AllowAny,)


def filters_of(request: Request, reader: User | None) -> DealFilters:
    """Read the filters of a list of deals; amounts are in the reader's currency unless the query names one."""
    values = read_query(DealQuery, request)
    own = preferences_of(reader).currency if reader else "USD"
    return DealFilters(**(values | {"currency": values.get("currency", own).upper()}))


def deals_page(deals: Sequence[Deal], request: Request) -> Response:
    """Answer with a page of deals and the caller's marks on them: three queries."""
    pages = PageNumberPagination()
    page: list[Deal] = pages.paginate_queryset(deals, request) or []
    return pages.get_paginated_response(DealSerializer(page, many=True, context=_context(page, request)).data)


def _context(deals: list[Deal], request: Request) -> dict[str, Any]:
    reader = reader_of(request)
    return {"reader": reader, "marks": None if reader is None else marks_of(reader, [deal.pk for deal in deals])}


class DealsView(OpenView):
    largest_body = 2 * LARGEST_PAGE
    narrow_scopes = {"POST": "submit"}

    def get_permissions(self) -> list[BasePermission]:
        return [IsAuthenticated()] if self.request.method == "POST" else [AllowAny()]

    def get_throttles(self) -> list[BaseThrottle]:
        self.rate_limit = RateLimit(SUBMISSIONS if self.request.method == "POST" else self.limit)
        return [self.rate_limit]

    @extend_schema(operation_id="deals", parameters=[DealQuery, PageQuery], responses=FoundPageSerializer)
    def get(self, request: Request) -> Response:
        """Live deals, without those that the caller dismissed: the newest first, with a `search` the best first, or as `ordering` says.

        `search` takes words, a "phrase", -excluded ones and `or`. Words, spelling and meaning each rank; `search` in the answer says which
        of them did.
        """
        reader = reader_of(request)
        return found_page(request, reader, filters_of(request, reader))

    @extend_schema(
        operation_id="submit_deal",
        request=NewSubmissionSerializer,
        responses={200: DealDetailSerializer, 202: SubmissionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Send an offer seen elsewhere: 200 with the deal where it is known, else 202 with the address at which its fate can be followed.

        A page that comes along is read in any case. For a known deal it is evidence beside it, which does not change it by itself.
        """
        user = current_user(request)
        values = read_body(NewSubmissionSerializer, request)
        deal, html = known_deal(values["url"]), values.get("html", "")
        sent = None
        if deal is None or html:
            try:
                sent = submit(user, values["url"], html)
            except TooManySubmissions as error:
                raise Throttled(detail=str(error), wait=600) from error
        if deal is not None:
            response = Response(DealDetailSerializer(deal, context=_context([deal], request)).data)
        else:
            response = Response(SubmissionSerializer(sent).data, status=status.HTTP_202_ACCEPTED)
        if sent is not None:
            response["Location"] = reverse("api-submission", args=[sent.pk], request=request)
        return response


class OpportunitiesView(OpenView):
    @listed("opportunities", DealSerializer)
    def get(self, request: Request) -> Response:
        """Live deals above the caller's threshold, best first. The low end of their worth is at least their price."""
        refuse_unknown(request.query_params, ("page", "page_size", "format"), "There is no such filter here.")
        reader = reader_of(request)
        return deals_page(Counted(opportunities_for(reader), reader, f"opportunities {threshold_for(reader)}"), request)


class DealView(OpenView):
    @extend_schema(operation_id="deal", responses=WholeDealSerializer)
    def get(self, request: Request, deal_id: uuid.UUID) -> Response:
        """One deal, live or past, with the evidence for its worth, its product elsewhere, and what happened to it."""
        deal = found(deal_by_id, deal_id)
        return Response(WholeDealSerializer(deal, context=_context([deal], request)).data)


class SimilarView(OpenView):
    @listed("similar_deals", DealSerializer)
    def get(self, request: Request, deal_id: uuid.UUID) -> Response:
        """Live deals of other things like this one, the most alike in meaning first, one a product."""
        deals = similar_deals(found(deal_by_id, deal_id))
        return page_of(deals, request, DealSerializer, _context(deals, request))


class ValuationView(OpenView):
    @extend_schema(operation_id="valuation", responses=ValuationSerializer)
    def get(self, request: Request, deal_id: uuid.UUID) -> Response:
        """What the deal is worth at its present price, with the evidence. 404 while it is not valued."""
        valuation = found(deal_by_id, deal_id).valuation
        if valuation is None:
            raise NotFound("This deal is not valued yet.")
        return Response(ValuationSerializer(valuation, context=_context([], request)).data)


class InteractionsView(ApiView):
    @extend_schema(operation_id="interact", request=InteractionSerializer, responses={201: InteractionDoneSerializer})
    def post(self, request: Request, deal_id: uuid.UUID) -> Response:
        """Say what the caller did with a deal, or thinks of its worth."""
        deal = found(deal_by_id, deal_id)
        kind = InteractionKind(read_body(InteractionSerializer, request)["kind"])
        mark = record_interaction(current_user(request), deal, kind)
        done = {"deal_id": str(deal.pk), "kind": kind.value} | mark_shown(mark)
        return Response(done, status=status.HTTP_201_CREATED)


class GoalMatchesView(ApiView):
    @listed("goal_matches", MatchSerializer)
    def get(self, request: Request, goal_id: uuid.UUID) -> Response:
        """What one of the caller's own goals found, newest first."""
        user = current_user(request)
        goal = found(goal_of, user, goal_id)
        matches = matches_of(user, goal.pk).select_related("deal__source").defer("deal__description")
        pages = PageNumberPagination()
        page = pages.paginate_queryset(matches, request) or []
        context = _context([match.deal for match in page], request)
        return pages.get_paginated_response(MatchSerializer(page, many=True, context=context).data)
