"""How lists are cut into pages: 20 a page, `{"count", "next", "previous", "results"}`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import pagination, serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

LARGEST_PAGE = 100


class PageNumberPagination(pagination.PageNumberPagination):
    """Pages by number; `page_size` up to 100. A number that is none is an error, a page beyond the last is a 404."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = LARGEST_PAGE
    invalid_page_message = "There is no such page."

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any] | None:
        errors = {}
        for name, largest in (("page", None), ("page_size", LARGEST_PAGE)):
            text = request.query_params.get(name, "1")
            if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= 1):
                errors[name] = ["A whole number from 1."]
            elif largest is not None and int(text) > largest:
                errors[name] = [f"At most {largest}."]
        if errors:
            raise ValidationError(errors)
        return super().paginate_queryset(queryset, request, view)


def page_of(
    rows: QuerySet[Any] | Sequence[Any],
    request: Request,
    serializer: type[BaseSerializer[Any]],
    context: dict[str, Any] | None = None,
) -> Response:
    """Answer with the page of rows that the request asks for."""
    pages = PageNumberPagination()
    page = pages.paginate_queryset(rows, request)
    return pages.get_paginated_response(serializer(page, many=True, context=context or {}).data)


class PageQuery(serializers.Serializer[Any]):
    page = serializers.IntegerField(min_value=1, default=1)
    page_size = serializers.IntegerField(min_value=1, max_value=LARGEST_PAGE, default=PageNumberPagination.page_size)


def listed(operation_id: str, serializer: type[BaseSerializer[Any]], *parameters: Any) -> Callable[[Any], Any]:
    """Say in the schema that a view answers with pages of this serializer."""
    decorate: Callable[[Any], Any] = extend_schema(
        operation_id=operation_id, parameters=[*parameters, PageQuery], responses=_page_serializer(serializer)
    )
    return decorate


def _page_serializer(serializer: type[BaseSerializer[Any]]) -> Any:
    """One page serializer for each serializer, since the schema knows them by their identity."""
    name = f"{serializer.__name__.removesuffix('Serializer')}Page"
    if name not in _page_serializers:
        fields: dict[str, Any] = {
            "count": serializers.IntegerField(),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": serializer(many=True),
        }
        _page_serializers[name] = inline_serializer(name, fields)
    return _page_serializers[name]


_page_serializers: dict[str, Any] = {}
