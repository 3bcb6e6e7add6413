"""The inbox of alerts, and the pages of channels."""

from __future__ import annotations

from django.urls import path

from notifications.web import channels, views

app_name = "notifications"
urlpatterns = [
    path("alerts/", views.alerts, name="alerts"),
    path("alerts/read/", views.read_all, name="read-all"),
    path("alerts/<uuid:notification_id>/read/", views.read_one, name="read-one"),
    path("settings/channels/", channels.channels, name="channels"),
    path("settings/channels/add/<str:kind>/", channels.channel_new, name="channel-new"),
    path("settings/channels/<uuid:channel_id>/", channels.channel_edit, name="channel"),
    path("settings/channels/<uuid:channel_id>/remove/", channels.channel_remove, name="channel-remove"),
    path("settings/channels/<uuid:channel_id>/<str:action>/", channels.channel_do, name="channel-do"),
]
