"""Errors of the API as RFC 9457 problem details."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from common.requests import current_request_id

logger = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"
OF_THE_WHOLE = "non_field_errors"


class LimitExceeded(exceptions.PermissionDenied):
    """What the caller's tier does not allow; `extra` says what it does allow, beside the sentence."""

    def __init__(self, detail: str, extra: dict[str, Any]) -> None:
        super().__init__(detail)
        self.extra = extra


class LengthRequired(exceptions.APIException):
    """A body that is sent in chunks, whose end nobody knows beforehand."""

    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_detail = "Send the whole body at once, with its Content-Length."


class TooLarge(exceptions.APIException):
    """A body that is larger than any request needs."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body of this request is too large."


class Unavailable(exceptions.APIException):
    """Something that this answer needs is away for a while; `wait` is after how many seconds to try again."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "This is not available just now. Try again later."

    def __init__(self, detail: str | None = None, wait: int = 10) -> None:
        super().__init__(detail)
        self.wait = wait


def problem_details(error: Exception, context: dict[str, Any]) -> Response:
    """Turn an exception of a view into `application/problem+json`; one that nobody expected is logged and answers 500."""
    set_rollback()
    request: HttpRequest = context["request"]
    known = _known(error)
    if known is None:
        if settings.DEBUG:
            raise error
        logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return problem(500, f"Something went wrong here. It was logged as {current_request_id.get()}.", request.path)
    body: dict[str, Any] = dict(getattr(known, "extra", {}))
    detail = _sentence(known)
    if isinstance(known, exceptions.ValidationError):
        body["errors"] = fields_of(known.detail)
        detail = "Some values cannot be used: " + ", ".join(sorted(body["errors"])) + "."
    response = problem(known.status_code, detail, request.path, **body)
    wait = getattr(known, "wait", None)
    if wait is not None:
        response["Retry-After"] = str(int(wait) + (wait > int(wait)))
    if challenge := getattr(known, "auth_header", None):
        response["WWW-Authenticate"] = challenge
    return response


def problem(code: int, detail: str, instance: str, **more: Any) -> Response:
    """One answer of the form `{"type", "title", "status", "detail", "instance", …}`."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(code).phrase,
        "status": code,
        "detail": detail,
        "instance": instance,
    }
    return Response(body | more, status=code, content_type=PROBLEM_TYPE)


def fields_of(detail: Any, name: str = "") -> dict[str, list[str]]:
    """Flatten the errors of nested fields: `{"preferences": {"currency": […]}}` becomes `{"preferences.currency": […]}`."""
    if isinstance(detail, dict):
        pairs = [(str(key), value) for key, value in detail.items()]
    elif isinstance(detail, list | tuple) and any(isinstance(item, dict | list) for item in detail):
        pairs = [(str(index), value) for index, value in enumerate(detail) if value]
    else:
        sentences = [str(item) for item in (detail if isinstance(detail, list | tuple) else [detail])]
        return {name or OF_THE_WHOLE: sentences}
    found: dict[str, list[str]] = {}
    for key, value in pairs:
        whole = key in (OF_THE_WHOLE, "__all__")
        path = name if whole else f"{name}.{key}" if name else key
        for field, sentences in fields_of(value, path).items():
            found.setdefault(field, []).extend(sentences)
    return found


def _known(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied(str(error) or None)
    if isinstance(error, DjangoValidationError):
        return exceptions.ValidationError(error.message_dict if hasattr(error, "error_dict") else error.messages)
    if isinstance(error, RequestDataTooBig):
        return TooLarge()
    return None


def _sentence(error: exceptions.APIException) -> str:
    if isinstance(error, exceptions.NotFound) and error.detail == exceptions.NotFound.default_detail:
        return "There is nothing here, or nothing that you may see."
    return str(error.detail)
