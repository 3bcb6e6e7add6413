"""The pages of a user's channels: the list, adding, changing, trying out, pausing and removing."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.web.person import person_of
from common.limits import count
from notifications.api.channels import TRIES
from notifications.channel_actions import (
    add_channel,
    change_channel,
    ensure_mail_channel,
    is_removable,
    pause_channel,
    remove_channel,
    resume_channel,
)
from notifications.channels.base import Channel, PermanentError, is_step
from notifications.channels.registry import channel_of, known_channels
from notifications.models import UserChannel
from notifications.selectors import channels_of
from notifications.trying import try_channel
from notifications.web.channel_form import ChannelForm


@require_safe
@login_required
def channels(request: HttpRequest) -> HttpResponse:
    """The user's channels with how they do, and the kinds that may be added."""
    user = person_of(request)
    ensure_mail_channel(user)
    rows = [
        {
            "channel": row,
            "name": _name(row),
            "label": _label(row),
            "works": _kind_or_none(row.kind) is not None,
            "removable": is_removable(row),
        }
        for row in channels_of(user)
    ]
    addable = [channel for channel in known_channels() if channel.addable]
    # Those for which something is missing are no use to users; operators are told what it is.
    shown = [channel for channel in addable if user.is_operator or not channel.missing()]
    context = {"rows": rows, "kinds": shown}
    return render(request, "settings/channels.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def channel_new(request: HttpRequest, kind: str) -> HttpResponse:
    """A new channel of one kind."""
    channel = _kind_or_none(kind)
    if channel is None or not channel.addable:
        raise Http404("There is no such kind of channel to add.")
    return _edit(request, channel, None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def channel_edit(request: HttpRequest, channel_id: uuid.UUID) -> HttpResponse:
    """Change a channel."""
    row = _mine(request, channel_id)
    channel = _kind_or_none(row.kind)
    if channel is None:
        raise Http404("There are no such channels any more. It can only be removed.")
    return _edit(request, channel, row)


@require_POST
@login_required
def channel_do(request: HttpRequest, channel_id: uuid.UUID, action: str) -> HttpResponse:
    """Try a channel out, pause it, or let it speak again."""
    row = _mine(request, channel_id)
    if action == "test":
        _try(request, row)
    elif action == "pause":
        pause_channel(row)
        messages.success(request, f"{_name(row)} is paused. Nothing goes over it until you resume it.")
    elif action == "resume":
        resume_channel(row)
        messages.success(request, f"{_name(row)} is active again.")
    else:
        raise Http404("There is nothing of that name to do with a channel.")
    return redirect("notifications:channels")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def channel_remove(request: HttpRequest, channel_id: uuid.UUID) -> HttpResponse:
    """Ask, and remove a channel."""
    row = _mine(request, channel_id)
    if not is_removable(row):
        raise Http404("This channel belongs to the account, and cannot be removed.")
    if request.method == "POST":
        remove_channel(row)
        messages.success(request, f"{_name(row)} is removed.")
        return redirect("notifications:channels")
    return render(request, "settings/channel_remove.html", {"channel": row, "title": _name(row)})


def _edit(request: HttpRequest, channel: Channel, row: UserChannel | None) -> HttpResponse:
    form = ChannelForm(request.POST if request.method == "POST" else None, channel=channel, row=row)
    if form.is_bound and form.is_valid():
        try:
            saved = (
                add_channel(person_of(request), channel.kind, form.values)
                if row is None
                else change_channel(row, form.values)
            )
        except ValidationError as error:
            form.add_problems(error.message_dict if hasattr(error, "error_dict") else {"": error.messages})
            if is_step(error):
                form.heading = "One more step"
        else:
            messages.success(request, f"{_name(saved)} is saved. Send a test to see that it works.")
            return redirect("notifications:channels")
    context = {"form": form, "kind": channel, "channel": row, "guide": _guide(channel.kind)}
    return render(request, "settings/channel_form.html", context, status=422 if form.errors else 200)


def _guide(kind: str) -> Any:
    """The part of the page that says how a channel of this kind is set up, where one was written."""
    try:
        return get_template(f"settings/channels/{kind}.html").template  # type: ignore[attr-defined]
    except TemplateDoesNotExist:
        return None


def _try(request: HttpRequest, row: UserChannel) -> None:
    standing = count(TRIES.name, f"user:{row.user_id}", TRIES.user, TRIES.seconds)
    if standing is not None and standing.used > standing.limit:
        messages.error(request, f"That were many tests in a minute. Try again in {standing.reset} s.")
        return
    tried = try_channel(row)
    (messages.success if tried.sent else messages.error)(request, f"{_name(row)}: {tried.sentence}")


def _label(row: UserChannel) -> str:
    kind = _kind_or_none(row.kind)
    return kind.label if kind else row.kind


def _name(row: UserChannel) -> str:
    return row.name or _label(row)


def _mine(request: HttpRequest, channel_id: uuid.UUID) -> UserChannel:
    row = channels_of(person_of(request)).filter(pk=channel_id).first()
    if row is None:
        raise Http404("You have no such channel.")
    return row


def _kind_or_none(kind: str) -> Channel | None:
    try:
        return channel_of(kind)
    except PermanentError:
        return None
