"""`/metrics`: measurements for Prometheus, for operators and for scrapers that know `METRICS_TOKEN`."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from agents.lifecycle.metrics import model_gauges
from common.gauges import CONTENT_TYPE, exposition
from deals.health import source_gauges


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """What can be measured now, as text. 403 for anybody else."""
    if not (_is_operator(request) or _is_scraper(request)):
        raise PermissionDenied("Measurements are for operators, and for scrapers that send METRICS_TOKEN.")
    return HttpResponse(exposition([*source_gauges(), *model_gauges()]), content_type=CONTENT_TYPE)


def _is_operator(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_operator


def _is_scraper(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN.get_secret_value()
    given = request.headers.get("Authorization", "")
    return bool(token) and constant_time_compare(given, f"Bearer {token}")
