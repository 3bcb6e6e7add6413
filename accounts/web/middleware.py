"""Times are shown in the zone of the user."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from accounts.models import Preferences


class TimeZoneMiddleware:
    """Activates the signed-in user's time zone for the request, and UTC for a visitor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with timezone.override(self._zone(request)):
            return self.get_response(request)

    def _zone(self, request: HttpRequest) -> zoneinfo.ZoneInfo:
        if not request.user.is_authenticated:
            return zoneinfo.ZoneInfo("UTC")
        preferences = Preferences.objects.filter(user=request.user).only("time_zone").first()
        try:
            return zoneinfo.ZoneInfo(preferences.time_zone if preferences else "UTC")
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            return zoneinfo.ZoneInfo("UTC")
