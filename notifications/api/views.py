"""The caller's notifications."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import current_user
from common.api import ApiView, found, read_body, read_query
from common.paging import listed, page_of
from notifications.actions import mark_read
from notifications.api.serializers import (
    NotificationQuery,
    NotificationSerializer,
    ReadDoneSerializer,
    ReadManySerializer,
    ReadSerializer,
)
from notifications.selectors import InboxFilter, notifications_of, unread_count


class NotificationsView(ApiView):
    @listed("notifications", NotificationSerializer, NotificationQuery)
    def get(self, request: Request) -> Response:
        """What the caller was told, newest first, with the reason and the deliveries of each."""
        asked = read_query(NotificationQuery, request)
        wanted = InboxFilter(asked.get("standing"), asked.get("goal"), asked.get("channel", ""))
        rows = notifications_of(current_user(request), wanted)
        unread = asked.get("unread")
        if unread is not None:
            rows = rows.filter(read_at__isnull=unread)
        return page_of(rows, request, NotificationSerializer)


class NotificationView(ApiView):
    @extend_schema(operation_id="notification", responses=NotificationSerializer)
    def get(self, request: Request, notification_id: uuid.UUID) -> Response:
        return Response(
            NotificationSerializer(found(notifications_of(current_user(request)).get, pk=notification_id)).data
        )

    @extend_schema(operation_id="read_notification", request=ReadSerializer, responses=NotificationSerializer)
    def patch(self, request: Request, notification_id: uuid.UUID) -> Response:
        """Mark a notification as read."""
        mine = notifications_of(current_user(request))
        found(mine.get, pk=notification_id)
        if not read_body(ReadSerializer, request)["read"]:
            raise ValidationError({"read": ["What was read cannot be made unread."]})
        mark_read(current_user(request), [notification_id])
        return Response(NotificationSerializer(found(mine.get, pk=notification_id)).data)


class ReadView(ApiView):
    @extend_schema(operation_id="read_notifications", request=ReadManySerializer, responses=ReadDoneSerializer)
    def post(self, request: Request) -> Response:
        """Mark some notifications as read, or all."""
        user = current_user(request)
        read = mark_read(user, read_body(ReadManySerializer, request).get("ids"))
        return Response({"read": read, "unread": unread_count(user)})
