"""The addresses of websockets."""

from __future__ import annotations

from django.urls import re_path

from deals.consumers import FeedConsumer, NowhereConsumer

websocket_urlpatterns = [
    re_path(r"^ws/v1/feed/?$", FeedConsumer.as_asgi(), name="feed"),
    re_path(r"", NowhereConsumer.as_asgi()),
]
