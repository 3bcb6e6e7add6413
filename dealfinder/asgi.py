"""The ASGI application: pages, the API and the live feed in one process."""

from __future__ import annotations

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import OriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealfinder.settings")

_pages = get_asgi_application()

# The routes import models, so they can only come after Django has been set up by the line above.
from django.conf import settings  # noqa: E402

from deals.routing import websocket_urlpatterns  # noqa: E402

_origins = [settings.PUBLIC_URL, *(host for host in settings.ALLOWED_HOSTS if host != settings.PUBLIC_URL)]

application = ProtocolTypeRouter(
    {
        "http": _pages,
        "websocket": OriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)), _origins),
    }
)
