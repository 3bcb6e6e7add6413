"""Addresses of notifications."""

from __future__ import annotations

from common.api import api_path
from notifications.api import views

urlpatterns = [
    *api_path("notifications", views.NotificationsView.as_view(), "api-notifications"),
    *api_path("notifications/read", views.ReadView.as_view(), "api-notifications-read"),
    *api_path("notifications/<uuid:notification_id>", views.NotificationView.as_view(), "api-notification"),
]
