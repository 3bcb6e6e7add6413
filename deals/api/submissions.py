"""What the caller sent, and what became of it."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import current_user
from common.api import ApiView, found, refuse_unknown
from common.paging import listed, page_of
from deals.api.serializers import SubmissionSerializer
from deals.selectors import submissions_of


class SubmissionsView(ApiView):
    @listed("submissions", SubmissionSerializer)
    def get(self, request: Request) -> Response:
        """What the caller sent, newest first."""
        refuse_unknown(request.query_params, ("page", "page_size", "format"), "There is no such filter here.")
        return page_of(submissions_of(current_user(request)), request, SubmissionSerializer)


class SubmissionView(ApiView):
    @extend_schema(operation_id="submission", responses=SubmissionSerializer)
    def get(self, request: Request, submission_id: uuid.UUID) -> Response:
        """One thing that the caller sent. It is read within seconds; until then its `state` is waiting."""
        return Response(SubmissionSerializer(found(submissions_of(current_user(request)).get, pk=submission_id)).data)
