"""What every page knows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Return what the page frame shows."""
    return {"path": request.path}
