"""What the agents did, for operators."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import IsOperator
from agents.models import Agent, Run, RunState, Step
from common.api import ApiView, found, read_query
from common.paging import listed, page_of


class RunQuery(serializers.Serializer[Any]):
    agent = serializers.ChoiceField(Agent.choices, required=False)
    state = serializers.ChoiceField(RunState.choices, required=False)


class StepSerializer(serializers.ModelSerializer[Step]):
    class Meta:
        model = Step
        fields = ("position", "name", "state", "detail", "error", "started_at", "finished_at")
        read_only_fields = fields


class RunSerializer(serializers.ModelSerializer[Run]):
    class Meta:
        model = Run
        fields = (
            "id", "agent", "trigger", "subject", "source_id", "state", "summary", "error", "started_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields


class RunDetailSerializer(RunSerializer):
    """A run with its steps, in their order."""

    steps = StepSerializer(many=True)

    class Meta(RunSerializer.Meta):
        fields = (*RunSerializer.Meta.fields, "steps")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class RunsView(ApiView):
    permission_classes = (IsOperator,)

    @listed("runs", RunSerializer, RunQuery)
    def get(self, request: Request) -> Response:
        """What the agents did, newest first. Operators only."""
        return page_of(Run.objects.filter(**read_query(RunQuery, request)), request, RunSerializer)


class RunView(ApiView):
    permission_classes = (IsOperator,)

    @extend_schema(operation_id="run", responses=RunDetailSerializer)
    def get(self, request: Request, run_id: uuid.UUID) -> Response:
        """One run, step by step. Operators only."""
        return Response(RunDetailSerializer(found(Run.objects.prefetch_related("steps").get, pk=run_id)).data)
