"""What the caller's websocket missed."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from accounts.api.permissions import current_user
from common.api import ApiView, read_query
from common.stream import current_place, events_after, place_of_seq
from deals.api.serializers import EventsSerializer
from deals.live import passes_threshold
from deals.readers import Reader


class EventsQuery(serializers.Serializer[Any]):
    after = serializers.IntegerField(min_value=0, max_value=2**62, default=0, help_text="The last seq that is known.")
    page_size = serializers.IntegerField(min_value=1, max_value=100, default=20)


class EventsView(ApiView):
    @extend_schema(operation_id="events", parameters=[EventsQuery], responses=EventsSerializer)
    def get(self, request: Request) -> Response:
        """The caller's events after a seq, oldest first. Opportunities below the caller's threshold are left out, as live."""
        query = read_query(EventsQuery, request)
        user = current_user(request)
        place = place_of_seq(user.pk, query["after"])
        events = events_after(user.pk, place, limit=query["page_size"] + 1)
        more = len(events) > query["page_size"]
        events = events[: query["page_size"]]
        threshold = Reader(user).threshold_usd() if any(event.type == "opportunity.found" for event in events) else None
        shown = [
            event.message()
            for event in events
            if threshold is None or event.type != "opportunity.found" or passes_threshold(event.data, threshold)
        ]
        following = None
        if more:
            following = replace_query_param(request.build_absolute_uri(), "after", str(events[-1].place.seq))
        seq = events[-1].place.seq if events and not more else current_place(user.pk).seq
        return Response({"next": following, "previous": None, "seq": seq, "results": shown})
