"""The API described as OpenAPI 3.1, and its pages."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from common.api import ApiView
from common.problems import PROBLEM_TYPE

PROBLEM_SCHEMA = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "object",
            "description": "Sentences by field, on 400.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
    "required": ["type", "title", "status", "detail"],
}


class SchemaView(ApiView):
    """The description, which is the same for everybody and is made once."""

    permission_classes = (AllowAny,)

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(_described(), content_type="application/json")


class DocsView(SpectacularSwaggerView):
    """The description for people, with forms to try it."""

    permission_classes = (AllowAny,)
    url_name = "api-schema"


@cache
def _described() -> bytes:
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    described: bytes = OpenApiJsonRenderer().render(schema)
    return described


def each_address_once(endpoints: list[tuple[str, str, str, Any]], **_: Any) -> list[tuple[str, str, str, Any]]:
    """A drf-spectacular hook: the same address with a slash at its end is not described again."""
    return [endpoint for endpoint in endpoints if not endpoint[0].endswith("/")]


def with_problems(result: dict[str, Any], generator: Any, request: HttpRequest | None, public: bool) -> dict[str, Any]:
    """A drf-spectacular hook: every operation may answer with a problem."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    components["responses"] = {"Problem": {"description": "It did not work.", "content": {PROBLEM_TYPE: problem}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = {"$ref": "#/components/responses/Problem"}
    return result
