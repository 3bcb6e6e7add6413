"""Every address of the API, version 1."""

from __future__ import annotations

from django.urls import include, path, re_path
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from common.api import ApiView, api_path
from dealfinder.api.export import ExportView
from dealfinder.api.schema import DocsView, SchemaView


@extend_schema(exclude=True)
class NothingHereView(ApiView):
    """An address that the API does not have is a problem too, not a page."""

    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        raise NotFound("The API has no such address.")


urlpatterns = [
    path("", include("accounts.api.urls")),
    path("", include("deals.api.urls")),
    path("", include("notifications.api.urls")),
    path("", include("agents.api.urls")),
    *api_path("me/export", ExportView.as_view(), "api-export"),
    *api_path("schema", SchemaView.as_view(), "api-schema"),
    *api_path("docs", DocsView.as_view(), "api-docs"),
    re_path("", NothingHereView.as_view(), name="api-nothing"),
]
