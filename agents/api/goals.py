"""A goal in one's own words: what was understood, why, and what it would find. Nothing is stored."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import current_user
from accounts.api.serializers import GoalSerializer
from accounts.models import Goal, User
from agents.planning.interpreting.base import LONGEST_TEXT, Reading
from agents.planning.interpreting.reading import read_wish
from common.api import ApiView, read_body
from common.limits import INTERPRETATIONS
from deals.api.foresight import ForesightSerializer
from deals.foresight import foresee

_OF_STORED_GOALS = ("id", "match_count", "created_at", "updated_at")


class SentenceSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=LONGEST_TEXT)


class UnderstoodSerializer(GoalSerializer):
    """All fields of a goal as they were understood, and beside them what is said about them."""

    # DRF takes declared fields out of the class, so this does not hide the serializer's own `fields`.
    fields = serializers.JSONField(help_text="Only those that were understood, as POST goals takes them.")  # type: ignore[assignment]
    explanation = serializers.JSONField(help_text="By field, a sentence why.")
    sureness = serializers.JSONField(help_text="By field, 0 to 1.")
    unclear = serializers.ListField(child=serializers.CharField(), help_text="Questions to the user.")
    confidence = serializers.FloatField(help_text="Of the whole, 0 to 1.")
    interpreter = serializers.ChoiceField(["grammar", "language model"])
    preview = ForesightSerializer()

    class Meta(GoalSerializer.Meta):
        fields = (  # type: ignore[assignment]
            *(name for name in GoalSerializer.Meta.fields if name not in _OF_STORED_GOALS),
            "fields", "explanation", "sureness", "unclear", "confidence", "interpreter", "preview",
        )  # fmt: skip


class InterpretView(ApiView):
    limit = INTERPRETATIONS

    @extend_schema(operation_id="interpret_goal", request=SentenceSerializer, responses=UnderstoodSerializer)
    def post(self, request: Request) -> Response:
        """Say in your own words what you are looking for. The answer can be changed and sent to `goals`."""
        user = current_user(request)
        reading = read_wish(user, read_body(SentenceSerializer, request)["text"])
        goal = goal_as_read(user, reading)
        shown = {name: value for name, value in GoalSerializer(goal).data.items() if name not in _OF_STORED_GOALS}
        return Response(
            shown
            | {
                "fields": {name: shown[name] for name in reading.fields},
                "explanation": reading.explanation,
                "sureness": reading.sureness,
                "unclear": reading.unclear,
                "confidence": reading.confidence,
                "interpreter": reading.interpreter,
                "preview": foresee(goal).as_json(),
            }
        )


def goal_as_read(user: User, reading: Reading) -> Goal:
    """The goal that a reading makes, which is not stored."""
    return Goal(user=user, **reading.fields)
