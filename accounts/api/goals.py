"""Goals: what the caller is looking for."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.goals import create_goal, delete_goal, update_goal
from accounts.api.permissions import current_user
from accounts.api.serializers import DetailSerializer, GoalSerializer, limits_shown
from accounts.errors import LimitReached
from accounts.models import GoalStatus
from accounts.selectors import goal_of, goals_of
from common.api import ApiView, found, read_body, read_query
from common.enqueue import wake
from common.paging import listed, page_of
from common.problems import LimitExceeded


class GoalQuery(serializers.Serializer[None]):
    status = serializers.ChoiceField(GoalStatus.choices, required=False)


class GoalsView(ApiView):
    @listed("goals", GoalSerializer, GoalQuery)
    def get(self, request: Request) -> Response:
        """The caller's own goals, newest first."""
        return page_of(
            goals_of(current_user(request)).filter(**read_query(GoalQuery, request)), request, GoalSerializer
        )

    @extend_schema(operation_id="create_goal", request=GoalSerializer, responses={201: GoalSerializer})
    def post(self, request: Request) -> Response:
        """Make a goal; an active one is judged against the live deals at once."""
        values = read_body(GoalSerializer, request)
        user = current_user(request)
        try:
            goal = create_goal(user, **values)
        except LimitReached as error:
            raise LimitExceeded(str(error), {"limits": limits_shown(user)}) from error
        return Response(GoalSerializer(goal).data, status=status.HTTP_201_CREATED)


class GoalView(ApiView):
    @extend_schema(operation_id="goal", responses=GoalSerializer)
    def get(self, request: Request, goal_id: uuid.UUID) -> Response:
        """One of the caller's own goals."""
        return Response(GoalSerializer(found(goal_of, current_user(request), goal_id)).data)

    @extend_schema(operation_id="change_goal", request=GoalSerializer, responses=GoalSerializer)
    def patch(self, request: Request, goal_id: uuid.UUID) -> Response:
        """Change some fields; `status` pauses, resumes and ends a goal."""
        user = current_user(request)
        goal = found(goal_of, user, goal_id)
        values = read_body(GoalSerializer, request, instance=goal)
        try:
            update_goal(user, goal, **values)
        except LimitReached as error:
            raise LimitExceeded(str(error), {"limits": limits_shown(user)}) from error
        return Response(GoalSerializer(goal).data)

    @extend_schema(operation_id="delete_goal", responses={204: None})
    def delete(self, request: Request, goal_id: uuid.UUID) -> Response:
        """Delete a goal and its matches; notifications that were sent stay."""
        user = current_user(request)
        delete_goal(user, found(goal_of, user, goal_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class GoalScanView(ApiView):
    @extend_schema(operation_id="scan_goal", request=None, responses={202: DetailSerializer})
    def post(self, request: Request, goal_id: uuid.UUID) -> Response:
        """Look now: judge the goal against the live deals, and scan the sources that are due."""
        goal = found(goal_of, current_user(request), goal_id)
        wake("match.goal", str(goal.pk))
        wake("scan.due")
        return Response({"detail": "Looking now; matches appear as they are found."}, status=status.HTTP_202_ACCEPTED)
