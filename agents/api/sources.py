"""Sources: everybody sees how they do, operators change them."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.core.validators import URLValidator
from drf_spectacular.utils import extend_schema, extend_schema_field
from pydantic import ValidationError as ConfigError
from rest_framework import serializers, status
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import IsOperator, reader_of
from agents.scanning.sources.registry import UnknownKind, get_kind
from common.api import ApiView, found, read_body
from common.paging import listed, page_of
from deals.health import SourceHealth, sources_with_health
from deals.models import Alarm, AlarmKind, Source
from deals.source_actions import create_source, delete_source, update_source


class AlarmSerializer(serializers.Serializer[Alarm]):
    """Something that is wrong with a source, until it ends. `text` says what in general; operators see more on its page."""

    kind = serializers.ChoiceField(choices=AlarmKind.choices)
    text = serializers.CharField(source="get_kind_display")
    started_at = serializers.DateTimeField()


class HealthSerializer(serializers.Serializer[SourceHealth]):
    """How a source did over the last seven days; `success_rate` is 0 to 1, null without an attempt.

    `entries_per_scan` and `readable_share` (0 to 1) count the scans that read something, null without one.
    """

    last_attempt_at = serializers.DateTimeField(source="source.last_attempt_at", allow_null=True)
    last_success_at = serializers.DateTimeField(source="source.last_success_at", allow_null=True)
    next_run_at = serializers.SerializerMethodField()
    current_interval_seconds = serializers.SerializerMethodField()
    attempts = serializers.IntegerField()
    success_rate = serializers.FloatField(allow_null=True)
    consecutive_failures = serializers.IntegerField(source="source.consecutive_failures")
    is_silent = serializers.BooleanField()
    entries_per_scan = serializers.FloatField(source="entries", allow_null=True)
    readable_share = serializers.FloatField(source="readable", allow_null=True)
    alarms = AlarmSerializer(many=True)
    deals = serializers.IntegerField()

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_next_run_at(self, health: SourceHealth) -> Any:
        """Null while it is paused."""
        runs = health.source.state == "active"
        return serializers.DateTimeField().to_representation(health.source.next_run_at) if runs else None

    @extend_schema_field(int)
    def get_current_interval_seconds(self, health: SourceHealth) -> int:
        """How far apart its scans are now: longer than its interval while nothing changes."""
        return round(health.source.current_interval.total_seconds())


class SourceSerializer(serializers.ModelSerializer[Source]):
    """A source as everybody sees it. What an address has after its path may be a secret, and is left out."""

    health = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()

    class Meta:
        model = Source
        fields = (
            "id", "name", "title", "kind", "url", "marketplace", "default_currency", "interval_seconds", "state", "is_sample",
            "health",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(HealthSerializer)
    def get_health(self, source: Source) -> Any:
        return HealthSerializer(self.context["health"][source.pk]).data

    @extend_schema_field(str)
    def get_url(self, source: Source) -> str:
        parts = urlsplit(source.url)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


class OperatorSourceSerializer(SourceSerializer):
    """A source as operators see and change it."""

    url = serializers.URLField(max_length=2000, validators=[URLValidator(["http", "https"])])  # type: ignore[assignment]
    config = serializers.DictField(required=False)

    class Meta(SourceSerializer.Meta):
        fields = (*SourceSerializer.Meta.fields, "is_adaptive", "config", "last_error", "created_at")  # type: ignore[assignment]
        read_only_fields = ("id", "is_sample", "health", "last_error", "created_at")  # type: ignore[assignment]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        kind = attrs.get("kind", self.instance.kind if self.instance else "feed")
        try:
            config = get_kind(kind).config_class
        except UnknownKind as error:
            raise serializers.ValidationError({"kind": str(error)}) from error
        if "config" in attrs:
            try:
                config.model_validate(attrs["config"])
            except ConfigError as error:
                problems = [f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()]
                raise serializers.ValidationError({"config": problems}) from error
        return attrs


def _shown(sources: list[SourceHealth], request: Request) -> tuple[type[SourceSerializer], dict[str, Any]]:
    reader = reader_of(request)
    serializer = OperatorSourceSerializer if reader is not None and reader.is_operator else SourceSerializer
    return serializer, {"health": {health.source.pk: health for health in sources}}


def _one(source: Source, request: Request, code: int = 200) -> Response:
    serializer, context = _shown(sources_with_health(only=source.pk), request)
    return Response(serializer(source, context=context).data, status=code)


class _SourceView(ApiView):
    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny()] if self.request.method in ("GET", "HEAD", "OPTIONS") else [IsOperator()]


class SourcesView(_SourceView):
    @listed("sources", SourceSerializer)
    def get(self, request: Request) -> Response:
        """Every source and how it does, by title. Operators see addresses and errors in full."""
        sources = sources_with_health()
        serializer, context = _shown(sources, request)
        return page_of([health.source for health in sources], request, serializer, context)

    @extend_schema(
        operation_id="create_source", request=OperatorSourceSerializer, responses={201: OperatorSourceSerializer}
    )
    def post(self, request: Request) -> Response:
        """Watch another place; it is scanned at once. Operators only."""
        source = create_source(**read_body(OperatorSourceSerializer, request))
        return _one(source, request, status.HTTP_201_CREATED)


class SourceView(_SourceView):
    @extend_schema(operation_id="source", responses=SourceSerializer)
    def get(self, request: Request, source_id: uuid.UUID) -> Response:
        return _one(found(Source.objects.get, pk=source_id), request)

    @extend_schema(operation_id="change_source", request=OperatorSourceSerializer, responses=OperatorSourceSerializer)
    def patch(self, request: Request, source_id: uuid.UUID) -> Response:
        """Change, pause or resume a source. Operators only."""
        source = found(Source.objects.get, pk=source_id)
        values = read_body(OperatorSourceSerializer, request, instance=source)
        return _one(update_source(source, **values), request)

    @extend_schema(operation_id="delete_source", responses={204: None})
    def delete(self, request: Request, source_id: uuid.UUID) -> Response:
        """Stop watching a place; its deals stay. Operators only."""
        delete_source(found(Source.objects.get, pk=source_id))
        return Response(status=status.HTTP_204_NO_CONTENT)
