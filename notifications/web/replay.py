"""Sending a delivery again, by whom it is for."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.models import User
from notifications.delivery import send_again
from notifications.models import Delivery


@require_POST
@login_required
def again(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """Let a delivery that failed, or one over a webhook, start from the beginning."""
    assert isinstance(request.user, User)
    delivery = Delivery.objects.filter(pk=delivery_id, notification__user=request.user).first()
    if delivery is None:
        raise Http404("There is no such delivery of yours.")
    if send_again(request.user, delivery_id):
        messages.success(request, "It is sent again. Load the page again in a moment to see what became of it.")
    else:
        messages.error(request, "It is on its way already, or was taken. Nothing was changed.")
    return redirect("notifications:alert", delivery.notification_id)
