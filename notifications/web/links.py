"""The pages behind links in messages. Whoever has the link may use it, signed in or not; looking at one of these pages changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from notifications.actions import mark_read
from notifications.link_actions import Target, carry_out, note_click, target_of
from notifications.links import BrokenLink, Doing, OldLink, read_link

LENGTHS: Final = [(8, "8 hours"), (24, "A day"), (72, "3 days"), (168, "A week"), (720, "30 days")]
SNOOZES: Final = (Doing.SNOOZE_GOAL, Doing.SNOOZE_PRODUCT, Doing.SNOOZE_ALL)


class LengthForm(forms.Form):
    """For how long something is snoozed, in hours."""

    hours = forms.TypedChoiceField(
        choices=LENGTHS, coerce=int, initial=24, label="For how long", widget=forms.RadioSelect
    )


class _Question(NamedTuple):
    title: str
    sentence: str
    button: str


_QUESTIONS: Final = {
    Doing.SNOOZE_GOAL: _Question("Snooze this goal", "You are told of nothing for the goal “{goal}” for a while.", "Snooze the goal"),
    Doing.SNOOZE_PRODUCT: _Question("Snooze this product", "You are not told of it for a while, whoever offers it.", "Snooze it"),
    Doing.SNOOZE_ALL: _Question("Snooze all alerts", "You are told of nothing at all for a while.", "Snooze everything"),
    Doing.MUTE_MERCHANT: _Question("Mute {merchant}", "You are told of no deal of {merchant} until you say otherwise.", "Mute {merchant}"),
    Doing.TOO_HIGH: _Question("Is our worth too high?", "Say so, and it goes into how we judge such things.", "The worth is too high"),
    Doing.TOO_LOW: _Question("Is our worth too low?", "Say so, and it goes into how we judge such things.", "The worth is too low"),
    Doing.NOT_FOR_ME: _Question("Not for you?", "The deal leaves your lists, and you are shown fewer like it.", "Not for me"),
    Doing.BOUGHT: _Question("Did you buy it?", "Goals that look for one end with it.", "I bought it"),
    Doing.UNSUBSCRIBE: _Question("No more {channel}?", "Nothing comes this way any more. It still stands in your inbox.", "Stop them"),
}  # fmt: skip


# The seal in the address is what a form's token would be: nobody who does not hold the link can make a browser press it. And mail
# programs unsubscribe with one POST that has no cookies (RFC 8058).
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Open what a message is about, or ask with one button whether to do what its link says, and do it."""
    response = _answer(request, token)
    # The address is the permission: it goes to nobody, and into no log, where Django writes the addresses of refusals.
    response._has_been_logged = True  # type: ignore[attr-defined]
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    try:
        target = target_of(read_link(token))
    except OldLink as error:
        sentence = f"{error} Links in messages work for 90 days. Nothing was changed."
        return render(request, "links/broken.html", {"sentence": sentence}, status=410)
    except BrokenLink as error:
        return render(request, "links/broken.html", {"sentence": f"{error} Nothing was changed."}, status=404)
    if target.doing == Doing.OPEN:
        return _open(request, target)
    form = LengthForm(request.POST if request.method == "POST" else None)
    is_snooze = target.doing in SNOOZES
    if request.method == "POST" and (not is_snooze or form.is_valid()):
        hours = form.cleaned_data["hours"] if is_snooze else 0
        try:
            done = carry_out(target, timedelta(hours=hours))
        except ValidationError as error:
            return render(request, "links/broken.html", {"sentence": " ".join(error.messages)}, status=410)
        return render(request, "links/done.html", _context(target) | {"done": done})
    context = _context(target) | {"form": form if is_snooze else None}
    return render(request, "links/ask.html", context, status=422 if form.errors and is_snooze else 200)


def _open(request: HttpRequest, target: Target) -> HttpResponse:
    """Go to what the message is about. That it was opened counts where a person did it, as far as that can be seen."""
    prefetched = "prefetch" in request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    if request.method == "GET" and not prefetched:
        note_click(target)
        if request.user == target.user:
            mark_read(target.user, [target.notification.pk])
    url = str(target.notification.data.get("url") or "")
    # Our own pages alone, whatever stands in the record.
    return redirect(url if url.startswith("/") and not url.startswith(("//", "/\\")) else "/alerts/")


def _context(target: Target) -> dict[str, Any]:
    notification = target.notification
    goal = notification.goal
    words = {
        "goal": goal.title if goal is not None else "",
        "merchant": str(notification.data.get("merchant") or "this merchant"),
        "channel": _channel_words(target),
    }
    # Only the words of the questions are templates: what is filled in may hold braces.
    title, sentence, button = (part.format_map(words) for part in _QUESTIONS[target.doing])
    return {"title": title, "sentence": sentence, "button": button, "about": notification.title}


def _channel_words(target: Target) -> str:
    row = target.delivery.user_channel if target.delivery is not None else None
    if row is not None and row.name:
        return f"alerts over {row.name}"
    is_mail = target.delivery is not None and target.delivery.channel == "email"
    return "alerts by e-mail" if is_mail else "alerts over this channel"
