"""How a score is made, for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from agents.pricing.score import VERSION, rules
from common.api import ApiView
from deals.reliability import ASSUMED_OTHERS, learned_reliability


class RuleSerializer(serializers.Serializer[Any]):
    part = serializers.CharField(help_text="As in `score_parts` of a valuation.")
    title = serializers.CharField()
    words = serializers.CharField()
    least = serializers.FloatField()
    most = serializers.FloatField()


class FormulaSerializer(serializers.Serializer[Any]):
    """The formula in use. A score is the sum of its parts, held within 0 and 100 and rounded to whole points."""

    version = serializers.CharField(help_text="As in `score_version` of a valuation.")
    parts = RuleSerializer(many=True)
    reliability = serializers.DictField(
        child=serializers.FloatField(),
        help_text="By marketplace, as learned from what people bought, kept and turned down; `other` is any that nobody said anything of.",
    )


class ScoreView(ApiView):
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="score_formula", responses=FormulaSerializer)
    def get(self, request: Request) -> Response:
        """How a score is made."""
        learned = learned_reliability()
        reliability = {name: round(each.value, 4) for name, each in learned.items()} | {"other": ASSUMED_OTHERS}
        return Response({"version": VERSION, "parts": [asdict(rule) for rule in rules()], "reliability": reliability})
