"""The inbox of alerts."""

from __future__ import annotations

from django.urls import path

from notifications.web import views

app_name = "notifications"
urlpatterns = [
    path("alerts/", views.alerts, name="alerts"),
    path("alerts/read/", views.read_all, name="read-all"),
    path("alerts/<uuid:notification_id>/read/", views.read_one, name="read-one"),
]
