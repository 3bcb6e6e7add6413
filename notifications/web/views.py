"""The inbox of alerts: what the user was told, why, over which channels, and what was held or not sent."""

from __future__ import annotations

import uuid
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.web.person import person_of
from deals.web.worth_bar import scale_of
from notifications.actions import mark_read
from notifications.delivery import may_send_again
from notifications.link_actions import Target, note_click
from notifications.links import Doing
from notifications.models import Notification
from notifications.models.delivery import IN_APP
from notifications.selectors import (
    STANDINGS,
    InboxFilter,
    channels_of,
    goals_told_of,
    health_of_channels,
    label_of,
    notifications_of,
    unread_count,
)
from notifications.standing import words_of
from notifications.web.links import LengthForm

_PAGE: Final = 20
_MOST_CHOSEN: Final = 500
_TABS: Final = (("", "All"), ("unread", "Unread"), ("sent", "Sent"), ("held", "Held"), ("not_sent", "Not sent"))


@require_safe
@login_required
def alerts(request: HttpRequest) -> HttpResponse:
    """The user's notifications, newest first; `?show=` unread, sent, held or not_sent, `?goal=` and `?channel=` choose among them."""
    user = person_of(request)
    wanted = _wanted(request)
    page = Paginator(notifications_of(user, wanted), _PAGE).get_page(request.GET.get("page"))
    scale = scale_of([row.deal for row in page if row.deal is not None])
    channels = [(IN_APP, "Inbox"), *((str(row.pk), label_of(row)) for row in channels_of(user))]
    context = {
        "rows": [_row(row) for row in page],
        "page": page,
        "scale": scale,
        "tabs": [(name, label, _address(request, show=name)) for name, label in _TABS],
        "show": wanted.standing or "",
        "wanted": wanted,
        "goals": goals_told_of(user),
        "channels": channels,
        "is_filtered": wanted != InboxFilter(),
        "here": request.get_full_path(),
        "page_address": _address(request, page=""),
    }
    return render(request, "alerts/list.html", context)


@require_safe
@login_required
def alert(request: HttpRequest, notification_id: uuid.UUID) -> HttpResponse:
    """One alert, and all that became of it on every channel."""
    found = _mine(request, notification_id)
    context = {
        **_row(found),
        "scale": scale_of([found.deal] if found.deal is not None else []),
        "length_form": LengthForm(),
        "again": [delivery for delivery in found.deliveries.all() if may_send_again(delivery)],
        "merchant": found.data.get("merchant") if found.deal_id else "",
    }
    return render(request, "alerts/alert.html", context)


@never_cache
@require_safe
@login_required
def open_one(request: HttpRequest, notification_id: uuid.UUID) -> HttpResponse:
    """Go to what an alert is about; that it was opened is written down, and it is read now."""
    found = _mine(request, notification_id)
    if request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", ""):
        mark_read(person_of(request), [found.pk])
        note_click(Target(Doing.OPEN, found))
    url = str(found.data.get("url") or "")
    if found.deal_id is not None:
        return redirect("deals:deal", found.deal_id)
    return redirect(url if url.startswith("/") and not url.startswith(("//", "/\\")) else "notifications:alerts")


@never_cache
@require_safe
@login_required
def unread(request: HttpRequest) -> JsonResponse:
    """How many alerts are unread: what an open page asks when something came."""
    return JsonResponse({"unread": unread_count(person_of(request))})


@require_POST
@login_required
def read_many(request: HttpRequest) -> HttpResponse:
    """Mark those that are chosen as read, or all where the button says so; then back to the list as it was filtered."""
    if "all" in request.POST:
        mark_read(person_of(request))
        messages.success(request, "All alerts are marked as read.")
        return _back(request)
    chosen = _ids(request.POST.getlist("chosen"))
    if not chosen:
        messages.error(request, "Choose the alerts first.")
        return _back(request)
    read = mark_read(person_of(request), chosen)
    messages.success(request, f"{read} {'alert is' if read == 1 else 'alerts are'} marked as read.")
    return _back(request)


@require_POST
@login_required
def read_one(request: HttpRequest, notification_id: uuid.UUID) -> HttpResponse:
    """Mark one alert as read."""
    found = _mine(request, notification_id)
    mark_read(person_of(request), [found.pk])
    return _back(request)


@require_safe
@login_required
def health(request: HttpRequest) -> HttpResponse:
    """How each of the user's channels did in the last seven days."""
    return render(request, "settings/channel_health.html", {"rows": health_of_channels(person_of(request))})


def _row(notification: Notification) -> dict[str, Any]:
    words = [words_of(delivery) for delivery in notification.deliveries.all()]
    return {
        "alert": notification,
        "deliveries": list(zip(notification.deliveries.all(), words, strict=True)),
        "sentences": list(dict.fromkeys(f"{one.channel}: {one.sentence}" for one in words if one.sentence)),
        "is_unread": notification.read_at is None and notification.state != "suppressed",
        "leads": notification.deal_id is not None or bool(notification.data.get("url")),
    }


def _wanted(request: HttpRequest) -> InboxFilter:
    """The filter that an address states; what makes no sense is left out."""
    show, channel = request.GET.get("show", ""), request.GET.get("channel", "")
    goals, channels = _ids([request.GET.get("goal", "")]), _ids([channel])
    return InboxFilter(
        next((standing for standing in STANDINGS if standing == show), None),
        goals[0] if goals else None,
        channel if channel == IN_APP else str(channels[0]) if channels else "",
    )


def _ids(texts: list[str]) -> list[uuid.UUID]:
    found = []
    for text in texts[:_MOST_CHOSEN]:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found


def _address(request: HttpRequest, **changed: str) -> str:
    """This page's address with another filter, from its first page on."""
    kept = {name: request.GET.get(name, "") for name in ("show", "goal", "channel")} | changed
    query = urlencode({name: value for name, value in kept.items() if value})
    return f"?{query}" if query else "?"


def _back(request: HttpRequest) -> HttpResponse:
    """To the inbox, as it was filtered."""
    query = request.POST.get("next", "").partition("?")[2]
    return redirect(f"/alerts/?{query}" if query else "notifications:alerts")


def _mine(request: HttpRequest, notification_id: uuid.UUID) -> Notification:
    found = notifications_of(person_of(request)).filter(pk=notification_id).first()
    if found is None:
        raise Http404("You have no such alert.")
    return found
