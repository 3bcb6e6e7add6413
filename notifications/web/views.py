"""The inbox of alerts: what the user was told, why, and over which channels."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from deals.web.worth_bar import scale_of
from notifications.actions import mark_read
from notifications.selectors import notifications_of

_PAGE = 20


@require_safe
@login_required
def alerts(request: HttpRequest) -> HttpResponse:
    """The user's notifications, newest first; `?show=unread` for the unread alone."""
    assert isinstance(request.user, User)
    rows = notifications_of(request.user)
    only_unread = request.GET.get("show") == "unread"
    if only_unread:
        rows = rows.filter(read_at__isnull=True)
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    scale = scale_of([row.deal for row in page if row.deal is not None])
    return render(request, "alerts/list.html", {"page": page, "only_unread": only_unread, "scale": scale})


@require_POST
@login_required
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    assert isinstance(request.user, User)
    mark_read(request.user)
    messages.success(request, "All alerts are marked as read.")
    return redirect("notifications:alerts")


@require_POST
@login_required
def read_one(request: HttpRequest, notification_id: uuid.UUID) -> HttpResponse:
    """Mark one alert as read; with `open` in the form, go to its deal."""
    assert isinstance(request.user, User)
    notification = notifications_of(request.user).filter(pk=notification_id).first()
    if notification is None:
        raise Http404("You have no such alert.")
    mark_read(request.user, [notification.pk])
    if "open" in request.POST and notification.deal_id:
        return redirect("deals:deal", notification.deal_id)
    return redirect("notifications:alerts")
