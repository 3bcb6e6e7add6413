"""The inbox of alerts, the pages of channels and of what users want, and the links in messages."""

from __future__ import annotations

from django.urls import path

from notifications.web import channels, links, messages, replay, views, wishes

app_name = "notifications"
urlpatterns = [
    path("alerts/", views.alerts, name="alerts"),
    path("alerts/read/", views.read_many, name="read-many"),
    path("alerts/unread/", views.unread, name="unread"),
    path("alerts/<uuid:notification_id>/", views.alert, name="alert"),
    path("alerts/<uuid:notification_id>/open/", views.open_one, name="open-one"),
    path("alerts/<uuid:notification_id>/read/", views.read_one, name="read-one"),
    path("settings/messages/", messages.message_words, name="messages"),
    path("settings/messages/<slug:kind>/<slug:channel_class>/", messages.message_template, name="message-template"),
    path(
        "settings/messages/<slug:kind>/<slug:channel_class>/preview/", messages.message_preview, name="message-preview"
    ),
    path("settings/messages/<slug:kind>/<slug:channel_class>/ours/", messages.message_ours, name="message-ours"),
    path("alerts/<uuid:notification_id>/snooze/", wishes.snooze_one, name="snooze-one"),
    path("m/<str:token>/", links.link, name="link"),
    path("settings/alerts/", wishes.wishes, name="wishes"),
    path("settings/alerts/snooze/", wishes.snooze_all, name="snooze-all"),
    path("settings/alerts/channels/<uuid:channel_id>/", wishes.pace, name="pace"),
    path("settings/alerts/snoozes/<uuid:snooze_id>/end/", wishes.snooze_end, name="snooze-end"),
    path("settings/alerts/muted/<uuid:mute_id>/end/", wishes.mute_end, name="mute-end"),
    path("alerts/deliveries/<uuid:delivery_id>/again/", replay.again, name="delivery-again"),
    path("settings/channels/", channels.channels, name="channels"),
    path("settings/channels/health/", views.health, name="health"),
    path("settings/channels/add/<str:kind>/", channels.channel_new, name="channel-new"),
    path("settings/channels/<uuid:channel_id>/", channels.channel_edit, name="channel"),
    path("settings/channels/<uuid:channel_id>/remove/", channels.channel_remove, name="channel-remove"),
    path("settings/channels/<uuid:channel_id>/<str:action>/", channels.channel_do, name="channel-do"),
]
