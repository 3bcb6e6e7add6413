"""What all views of the API share: their parser, their limits, their addresses, and how they read a query."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from rest_framework.exceptions import NotFound, ParseError, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from common.limits import READS, Limit, RateLimit
from common.problems import LengthRequired, TooLarge

LARGEST_BODY = 512 * 1024
EVERY_QUERY = frozenset({"page", "page_size", "format"})

Found = TypeVar("Found")


class SaneJSONParser(JSONParser):
    """JSON of a size and depth that people send."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            parsed: dict[str, Any] = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("The body of this request is nested too deeply.") from error
        except ParseError as error:
            raise ParseError(f"The body of this request is not JSON ({error.detail}).") from error
        try:
            json.dumps(parsed, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ParseError("The body of this request holds half a character, which no text may.") from error
        return parsed


class ApiView(APIView):
    """A view of the API. `limit` is how often it may be asked."""

    parser_classes = (SaneJSONParser,)
    limit: ClassVar[Limit] = READS
    largest_body: ClassVar[int] = LARGEST_BODY

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length == "0" and request.META.get("HTTP_TRANSFER_ENCODING"):
            raise LengthRequired
        if length.isdigit() and int(length) > self.largest_body:
            raise TooLarge
        super().initial(request, *args, **kwargs)

    def get_throttles(self) -> list[BaseThrottle]:
        self.rate_limit = RateLimit(self.limit)
        return [self.rate_limit]

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        final: Response = super().finalize_response(request, response, *args, **kwargs)
        rate_limit: RateLimit | None = getattr(self, "rate_limit", None)
        if rate_limit is not None and rate_limit.standing is not None:
            for name, value in rate_limit.standing.headers().items():
                final[name] = value
        return final


def api_path(route: str, view: Callable[..., HttpResponseBase], name: str) -> list[URLPattern]:
    """The address with and without a slash at its end. The name leads to the one without."""
    return [path(route, view, name=name), path(f"{route}/", view)]


def found(get: Callable[..., Found], *args: Any, **names: Any) -> Found:
    """Call a selector; what does not exist, or not for this reader, is a 404."""
    try:
        return get(*args, **names)
    except ObjectDoesNotExist as error:
        raise NotFound from error


def read_body(
    serializer: type[Serializer[Any]], request: Request, *, instance: Any = None, strict: bool = True
) -> dict[str, Any]:
    """Return the checked values of a request's body: all of them for something new, some for a change of `instance`.

    Raises `ValidationError` by field, where `strict` for fields that there are not, too.
    """
    checked = serializer(instance, data=request.data, partial=instance is not None, context={"request": request})
    checked.is_valid(raise_exception=True)
    if strict:
        refuse_unknown(request.data, checked.fields, "There is no such field here.")
    values: dict[str, Any] = checked.validated_data
    return values


def read_query(serializer: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return the checked values of a request's query. An empty one counts as not given; an unknown one is an error."""
    given = {name: value for name, value in request.query_params.items() if value != ""}
    checked = serializer(data=given)
    checked.is_valid(raise_exception=True)
    refuse_unknown(request.query_params, {*checked.fields, *EVERY_QUERY}, "There is no such filter here.")
    values: dict[str, Any] = checked.validated_data
    return values


def refuse_unknown(given: Iterable[str], known: Iterable[str], sentence: str, below: str = "") -> None:
    """Raise `ValidationError` for names that mean nothing here, since ignoring a misspelt one would mislead."""
    unknown = set(given) - set(known)
    if unknown:
        raise ValidationError({below + name: [sentence] for name in sorted(unknown)})


def django_request(request: Request) -> HttpRequest:
    """The request below the API's, for those who only know Django's."""
    return request._request
