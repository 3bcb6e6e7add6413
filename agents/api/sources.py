"""Sources: everybody sees how they do, operators change them."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.core.validators import URLValidator
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import IsOperator, reader_of
from agents.scanning.actions.configuring import save_source, shown_config
from agents.scanning.exchange.importing import LARGEST_FILE, UnreadableList, import_sources
from agents.scanning.exchange.writing import FORMATS, written_sources
from agents.scanning.sources.registry import get_kind, kinds
from common.api import ApiView, found, read_body, read_query
from common.paging import listed, page_of
from deals.health import SourceHealth, sources_with_health
from deals.models import Alarm, AlarmKind, Source
from deals.models.source import FOLLOWED
from deals.source_actions import delete_source


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

    url = serializers.URLField(  # type: ignore[assignment]
        max_length=2000,
        validators=[URLValidator(["http", "https"])],
        required=False,
        allow_blank=True,
        help_text="Not needed where the configuration makes it, such as a search on Craigslist.",
    )
    config = serializers.DictField(
        required=False, help_text="By kind; `sources/kinds` describes them. Secrets are write-only: they read as “set”."
    )

    class Meta(SourceSerializer.Meta):
        fields = (*SourceSerializer.Meta.fields, "is_adaptive", "config", "last_error", "created_at")  # type: ignore[assignment]
        read_only_fields = ("id", "is_sample", "health", "last_error", "created_at")  # type: ignore[assignment]

    def to_representation(self, instance: Source) -> Any:
        return super().to_representation(instance) | {"config": shown_config(instance)}


class KindSerializer(serializers.Serializer[Any]):
    """A kind of source, and the JSON Schema of its configuration."""

    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    summary = serializers.CharField()
    is_fetched = serializers.BooleanField(help_text="False where pages come from people only.")
    config_schema = serializers.DictField()


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
        source = save_source(None, read_body(OperatorSourceSerializer, request))
        return _one(source, request, status.HTTP_201_CREATED)


class KindsView(ApiView):
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="source_kinds", responses=KindSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The kinds of sources that there are, with what each wants to know."""
        found_kinds = [get_kind(name) for name in kinds()]
        return Response(
            [
                {
                    "kind": kind.kind,
                    "label": kind.label,
                    "summary": kind.summary,
                    "is_fetched": kind.is_fetched,
                    "config_schema": kind.config_class.model_json_schema(),
                }
                for kind in found_kinds
            ]
        )


class NewListSerializer(serializers.Serializer[Any]):
    """A file with sources: OPML or CSV, as text."""

    content = serializers.CharField(trim_whitespace=False)
    name = serializers.CharField(required=False, allow_blank=True, max_length=200)


class SkippedLineSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    title = serializers.CharField(allow_blank=True)
    reason = serializers.CharField()


class ImportedSerializer(serializers.Serializer[Any]):
    """What an import did: names of new sources and of those that were there, and the lines that were skipped."""

    made = serializers.ListField(child=serializers.CharField())
    known = serializers.ListField(child=serializers.CharField())
    skipped = SkippedLineSerializer(many=True)


class ImportView(ApiView):
    permission_classes = (IsOperator,)
    largest_body = 2 * LARGEST_FILE

    @extend_schema(operation_id="import_sources", request=NewListSerializer, responses=ImportedSerializer)
    def post(self, request: Request) -> Response:
        """Make the sources that an OPML or CSV lists and that are not there yet. A bad line is reported and skipped. Operators only."""
        values = read_body(NewListSerializer, request)
        try:
            done = import_sources(values["content"].encode(), values.get("name", ""))
        except UnreadableList as error:
            raise serializers.ValidationError({"content": [str(error)]}) from error
        return Response(done.as_json())


class ExportQuery(serializers.Serializer[Any]):
    form = serializers.ChoiceField(sorted(FORMATS), default="opml")


class ExportSerializer(serializers.Serializer[Any]):
    """A file with every source, as text."""

    form = serializers.CharField()
    content = serializers.CharField()


class ExportView(ApiView):
    permission_classes = (IsOperator,)

    @extend_schema(operation_id="export_sources", parameters=[ExportQuery], responses=ExportSerializer)
    def get(self, request: Request) -> Response:
        """Every source as the text of an OPML or CSV file, without secrets; `sources/import` takes it back. Operators only."""
        form = read_query(ExportQuery, request)["form"]
        return Response({"form": form, "content": written_sources(form).decode("utf-8-sig")})


class SourceView(_SourceView):
    @extend_schema(operation_id="source", responses=SourceSerializer)
    def get(self, request: Request, source_id: uuid.UUID) -> Response:
        source = found(Source.objects.get, pk=source_id)
        reader = reader_of(request)
        if source.name.startswith(FOLLOWED) and not (reader and reader.is_operator):
            raise NotFound
        return _one(source, request)

    @extend_schema(operation_id="change_source", request=OperatorSourceSerializer, responses=OperatorSourceSerializer)
    def patch(self, request: Request, source_id: uuid.UUID) -> Response:
        """Change, pause or resume a source. Operators only."""
        source = found(Source.objects.get, pk=source_id)
        values = read_body(OperatorSourceSerializer, request, instance=source)
        return _one(save_source(source, values), request)

    @extend_schema(operation_id="delete_source", responses={204: None})
    def delete(self, request: Request, source_id: uuid.UUID) -> Response:
        """Stop watching a place; its deals stay. Operators only."""
        delete_source(found(Source.objects.get, pk=source_id))
        return Response(status=status.HTTP_204_NO_CONTENT)
