"""How a source is asked: headers, a session's cookies, user agents and a proxy. Operators set them; values are never shown again."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import IsOperator
from agents.scanning.fetching.access import BadAccess, set_access, shown_access
from common.api import ApiView, found, read_body
from deals.models import Source


class AccessSerializer(serializers.Serializer[Any]):
    """What may be shown: the names of headers and cookies, the user agents, and the proxy without its password."""

    headers = serializers.ListField(child=serializers.CharField())
    cookies = serializers.ListField(child=serializers.CharField())
    user_agents = serializers.ListField(child=serializers.CharField())
    proxy = serializers.CharField(allow_blank=True)
    error = serializers.CharField(required=False)


class AccessChangeSerializer(serializers.Serializer[Any]):
    """What is set. Each is replaced as a whole where it is named; an empty value takes it away."""

    headers = serializers.DictField(
        child=serializers.CharField(allow_blank=True, trim_whitespace=False), required=False
    )
    cookies = serializers.CharField(required=False, allow_blank=True, max_length=16_000)
    user_agents = serializers.ListField(child=serializers.CharField(), required=False)
    proxy = serializers.CharField(required=False, allow_blank=True, max_length=500)


class SourceAccessView(ApiView):
    permission_classes = (IsOperator,)

    @extend_schema(operation_id="source_access", responses=AccessSerializer)
    def get(self, request: Request, source_id: uuid.UUID) -> Response:
        """How a source is asked. Operators only."""
        return Response(AccessSerializer(shown_access(_source(source_id))).data)

    @extend_schema(operation_id="change_source_access", request=AccessChangeSerializer, responses=AccessSerializer)
    def patch(self, request: Request, source_id: uuid.UUID) -> Response:
        """Set headers, cookies (`name=value; other=value`), user agents to take in turn, or a proxy. Operators only."""
        source = _source(source_id)
        try:
            set_access(source, read_body(AccessChangeSerializer, request))
        except BadAccess as error:
            raise serializers.ValidationError({error.name: [str(error)]}) from error
        return Response(AccessSerializer(shown_access(source)).data)


def _source(source_id: uuid.UUID) -> Source:
    return found(Source.objects.select_related("access").get, pk=source_id)
