"""The pages of an account, but for signing in and out, which are allauth's."""

from __future__ import annotations

from django.urls import path

from accounts.web import keys, views

app_name = "accounts"
urlpatterns = [
    path("you/", views.you, name="you"),
    path("settings/", views.settings, name="settings"),
    path("settings/keys/", keys.keys, name="keys"),
    path("settings/keys/<uuid:key_id>/revoke/", keys.key_revoke, name="key-revoke"),
    path("accounts/operator/<str:token>/", views.operator_invitation, name="operator-invitation"),
]
