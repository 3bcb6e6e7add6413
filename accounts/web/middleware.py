"""Times are shown in the zone of the user."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from accounts.models import User
from accounts.selectors import preferences_of


class TimeZoneMiddleware:
    """Activates the signed-in user's time zone for the request, and UTC for a visitor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with timezone.override(self._zone(request)):
            return self.get_response(request)

    def _zone(self, request: HttpRequest) -> zoneinfo.ZoneInfo:
        if not isinstance(request.user, User):
            return zoneinfo.ZoneInfo("UTC")
        try:
            return zoneinfo.ZoneInfo(preferences_of(request.user).time_zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            return zoneinfo.ZoneInfo("UTC")
