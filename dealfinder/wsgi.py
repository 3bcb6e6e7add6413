"""The WSGI application: pages and the API where many machines serve them; websockets go to `dealfinder.asgi`."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealfinder.settings")

application = get_wsgi_application()

# It imports views, so it can only come after Django has been set up by the line above.
from dealfinder.lasting import keep_what_is_there  # noqa: E402

keep_what_is_there()
