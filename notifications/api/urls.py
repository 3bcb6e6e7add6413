"""Addresses of notifications."""

from __future__ import annotations

from common.api import api_path
from notifications.api import channels, replay, templates, views, wishes

urlpatterns = [
    *api_path("notifications", views.NotificationsView.as_view(), "api-notifications"),
    *api_path("notifications/read", views.ReadView.as_view(), "api-notifications-read"),
    *api_path("notifications/<uuid:notification_id>", views.NotificationView.as_view(), "api-notification"),
    *api_path(
        "notifications/<uuid:notification_id>/snooze",
        wishes.NotificationSnoozeView.as_view(),
        "api-notification-snooze",
    ),
    *api_path(
        "notifications/<uuid:notification_id>/deliveries/<uuid:delivery_id>/again",
        replay.AgainView.as_view(),
        "api-delivery-again",
    ),
    *api_path("me/alerts", wishes.AlertPreferencesView.as_view(), "api-me-alerts"),
    *api_path("snoozes", wishes.SnoozesView.as_view(), "api-snoozes"),
    *api_path("snoozes/<uuid:snooze_id>", wishes.SnoozeView.as_view(), "api-snooze"),
    *api_path("muted-merchants", wishes.MutedMerchantsView.as_view(), "api-muted-merchants"),
    *api_path("muted-merchants/<uuid:mute_id>", wishes.MutedMerchantView.as_view(), "api-muted-merchant"),
    *api_path("message-templates", templates.TemplatesView.as_view(), "api-message-templates"),
    *api_path(
        "message-templates/<str:kind>/<str:channel_class>", templates.TemplateView.as_view(), "api-message-template"
    ),
    *api_path(
        "message-templates/<str:kind>/<str:channel_class>/preview",
        templates.TemplatePreviewView.as_view(),
        "api-message-template-preview",
    ),
    *api_path("channels", channels.ChannelsView.as_view(), "api-channels"),
    *api_path("channels/kinds", channels.ChannelKindsView.as_view(), "api-channel-kinds"),
    *api_path("channels/<uuid:channel_id>", channels.ChannelView.as_view(), "api-channel"),
    *api_path("channels/<uuid:channel_id>/test", channels.ChannelTestView.as_view(), "api-channel-test"),
]
