"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path

from dealfinder.api.urls import NothingHereView
from dealfinder.health import healthz, readyz
from dealfinder.metrics import metrics

urlpatterns = [
    path("", include("deals.web.urls")),
    path("", include("notifications.web.urls")),
    path("", include("agents.web.urls")),
    path("", include("accounts.web.urls")),
    path("", include("dealfinder.pages")),
    path("api/v1/", include("dealfinder.api.urls")),
    re_path(r"^api(?:/|$)", NothingHereView.as_view(), name="api-other"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]

handler400 = "dealfinder.pages.bad_request"
handler403 = "dealfinder.pages.forbidden"
handler404 = "dealfinder.pages.not_found"
handler500 = "dealfinder.pages.failed"
