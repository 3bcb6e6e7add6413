"""Sending a delivery of the caller's again."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import current_user
from common.api import ApiView, found
from notifications.api.serializers import DeliverySerializer
from notifications.delivery import send_again
from notifications.models import Delivery


class AgainView(ApiView):
    @extend_schema(operation_id="send_delivery_again", request=None, responses={202: DeliverySerializer})
    def post(self, request: Request, notification_id: uuid.UUID, delivery_id: uuid.UUID) -> Response:
        """Let a delivery start from the beginning, under the same id: one that failed, or one that a webhook took, whose
        receiver knows by the id whether it has it."""
        user = current_user(request)
        mine = Delivery.objects.filter(notification=notification_id, notification__user=user)
        delivery = found(mine.get, pk=delivery_id)
        if not send_again(user, delivery.pk):
            raise ValidationError(
                {"state": ["It is on its way already, or was taken, so there is nothing to send again."]}
            )
        delivery.refresh_from_db()
        return Response(DeliverySerializer(delivery).data, status=status.HTTP_202_ACCEPTED)
