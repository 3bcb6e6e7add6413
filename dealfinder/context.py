"""What every page knows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Theme, User
from accounts.selectors import preferences_of
from deals.health import watchfulness
from notifications.selectors import unread_count

_PLACES = {
    "deals:feed": "feed",
    "deals:deal": "feed",
    "deals:why": "feed",
    "deals:opportunities": "opportunities",
    "deals:saved": "saved",
    "deals:compare": "saved",
    "notifications:alerts": "alerts",
    "notifications:alert": "alerts",
    "agents:worth": "worth",
    "agents:runs": "runs",
    "agents:run": "runs",
    "agents:operations": "operations",
    "agents:source": "operations",
}


def _place(request: HttpRequest) -> str:
    """Which entry of the frame's menu the page belongs to."""
    match = request.resolver_match
    name = match.view_name if match else ""
    if name in _PLACES:
        return _PLACES[name]
    if name.startswith("deals:goal"):
        return "goals"
    if name.startswith("deals:tracking"):
        return "saved"
    if name.startswith("agents:source-"):
        return "operations"
    if name in ("deals:submit", "deals:submission", "deals:sending", "deals:taste"):
        return "you"
    if name in ("notifications:wishes", "notifications:pace", "notifications:health"):
        return "you"
    return "you" if name.startswith(("accounts:", "account_", "notifications:channel", "notifications:message")) else ""


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Return what the page frame shows: the place in the menu, the chosen theme, the count of unread alerts, and
    to operators what has stopped."""
    user = getattr(request, "user", None)
    context: dict[str, Any] = {"path": request.path, "place": _place(request), "theme": "", "unread": 0}
    if isinstance(user, User):
        theme = preferences_of(user).theme
        context["theme"] = "" if theme == Theme.SYSTEM else theme
        if user.is_operator:
            context["watchfulness"] = SimpleLazyObject(watchfulness)
        context["unread"] = SimpleLazyObject(lambda: unread_count(user))
    return context
