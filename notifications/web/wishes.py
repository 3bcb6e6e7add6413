"""The page of what a user wants of their alerts: quiet hours, limits, the pace of each channel, and what they do not want to hear of."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.selectors import preferences_of
from accounts.web.person import person_of
from notifications.channel_actions import ensure_mail_channel
from notifications.models import UserChannel
from notifications.quiet_actions import (
    change_pace,
    change_quiet,
    end_snooze,
    mute_merchant,
    snooze,
    unmute,
)
from notifications.selectors import (
    channels_of,
    label_of,
    muted_merchants_of,
    notifications_of,
    quiet_of,
    snoozed_things,
    snoozes_of,
)
from notifications.web.links import LengthForm
from notifications.web.wishes_form import PaceForm, QuietForm


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def wishes(request: HttpRequest) -> HttpResponse:
    """Quiet hours and limits, and below them everything else that decides when and of what the user is told."""
    user = person_of(request)
    form = QuietForm(request.POST if request.method == "POST" else None, quiet=quiet_of(user))
    if form.is_bound and form.is_valid():
        try:
            change_quiet(user, **form.cleaned_data)
        except ValidationError as error:
            _note(form, error)
        else:
            messages.success(request, "Saved. What is held already follows it too.")
            return redirect("notifications:wishes")
    return _page(request, form, None)


@require_POST
@login_required
def pace(request: HttpRequest, channel_id: uuid.UUID) -> HttpResponse:
    """Change when and how often one channel tells."""
    user = person_of(request)
    row = channels_of(user).filter(pk=channel_id).first()
    if row is None:
        raise Http404("You have no such channel.")
    form = PaceForm(request.POST, row=row)
    if form.is_valid():
        try:
            change_pace(row, **form.cleaned_data)
        except ValidationError as error:
            _note(form, error)
        else:
            messages.success(request, f"{label_of(row)}: saved. What is held already follows it too.")
            return redirect("notifications:wishes")
    return _page(request, QuietForm(quiet=quiet_of(user)), (row, form))


@require_POST
@login_required
def snooze_one(request: HttpRequest, notification_id: uuid.UUID) -> HttpResponse:
    """Snooze the goal or the product of an alert, or mute its merchant; then back to the alert."""
    user = person_of(request)
    notification = notifications_of(user).filter(pk=notification_id).first()
    if notification is None:
        raise Http404("You have no such alert.")
    what = request.POST.get("what", "")
    form = LengthForm({"hours": request.POST.get("hours", "24")})
    try:
        if what == "merchant":
            muted = mute_merchant(user, str(notification.data.get("merchant") or ""))
            messages.success(request, f"You are told of no deal of {muted.merchant} any more.")
        elif form.is_valid():
            until = timezone.now() + timedelta(hours=form.cleaned_data["hours"])
            snooze(user, what, until, notification)
            messages.success(request, "Snoozed. You are told of it again when the time is over.")
        else:
            messages.error(request, "Choose for how long.")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("notifications:alert", notification_id)


@require_POST
@login_required
def snooze_all(request: HttpRequest) -> HttpResponse:
    """Snooze everything for a while."""
    form = LengthForm(request.POST)
    if form.is_valid():
        snooze(person_of(request), "everything", timezone.now() + timedelta(hours=form.cleaned_data["hours"]))
        messages.success(request, "All alerts are snoozed. They stand in your inbox as not sent.")
    else:
        messages.error(request, "Choose for how long.")
    return redirect("notifications:wishes")


@require_POST
@login_required
def snooze_end(request: HttpRequest, snooze_id: uuid.UUID) -> HttpResponse:
    """End one snooze."""
    row = snoozes_of(person_of(request)).filter(pk=snooze_id).first()
    if row is None:
        raise Http404("You have no such snooze.")
    end_snooze(row)
    messages.success(request, "You are told of it again from now on.")
    return redirect("notifications:wishes")


@require_POST
@login_required
def mute_end(request: HttpRequest, mute_id: uuid.UUID) -> HttpResponse:
    """Hear of a merchant again."""
    row = muted_merchants_of(person_of(request)).filter(pk=mute_id).first()
    if row is None:
        raise Http404("You have muted no such merchant.")
    unmute(row)
    messages.success(request, f"You are told of deals of {row.merchant} again.")
    return redirect("notifications:wishes")


def _page(request: HttpRequest, form: QuietForm, changed: tuple[UserChannel, PaceForm] | None) -> HttpResponse:
    user = person_of(request)
    ensure_mail_channel(user)
    rows = [
        {
            "channel": row,
            "label": label_of(row),
            "form": changed[1] if changed and changed[0].pk == row.pk else PaceForm(row=row),
        }
        for row in channels_of(user)
    ]
    context = {
        "form": form,
        "rows": rows,
        "zone": preferences_of(user).time_zone.replace("_", " "),
        "snoozes": snoozed_things(user),
        "muted": muted_merchants_of(user),
        "length_form": LengthForm(auto_id="all_%s"),
    }
    has_errors = bool(form.errors or (changed and changed[1].errors))
    return render(request, "settings/alerts.html", context, status=422 if has_errors else 200)


def _note(form: Form, error: ValidationError) -> None:
    for name, problems in error.message_dict.items():
        for problem in problems:
            form.add_error(name if name in form.fields else None, problem)
