"""The ASGI application: pages, the API and the live feed in one process."""

from __future__ import annotations

import os
import warnings

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealfinder.settings")

# WhiteNoise hands style sheets over as plain iterators. They are small, so that they are read whole is as it should be.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")

_pages = get_asgi_application()

# These import models, so they can only come after Django has been set up by the line above.
from dealfinder.lasting import keep_what_is_there  # noqa: E402
from deals.routing import websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": _pages,
        "websocket": AuthMiddlewareStack(URLRouter(websocket_urlpatterns)),
    }
)

keep_what_is_there()
