"""The pages of a user's own words: what their messages say, a template of their own, and what it would say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.web.person import person_of
from notifications.models import MessageTemplate
from notifications.own_words.actions import remove_template, save_template
from notifications.own_words.fields import FIELDS
from notifications.own_words.grammar import LONGEST
from notifications.own_words.previewing import last_message, preview
from notifications.own_words.words import CLASSES, KINDS, SHORT


class TemplateForm(forms.Form):
    """A text with fields. It is read as it is: spaces and line breaks count."""

    text = forms.CharField(
        max_length=LONGEST,
        strip=False,
        label="Your words",
        error_messages={"required": "It is empty. Write something, or use ours."},
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )

    def __init__(self, data: Any = None, *, preview_at: str, initial: str = "") -> None:
        super().__init__(data, initial={"text": initial})
        attributes = {"hx-post": preview_at, "hx-trigger": "input changed delay:300ms", "hx-target": "#preview"}
        self.fields["text"].widget.attrs.update(attributes)


@require_safe
@login_required
def message_words(request: HttpRequest) -> HttpResponse:
    """What each kind of message says on each class of channels, with the user's last one."""
    user = person_of(request)
    own = {(one.kind, one.channel_class): one for one in MessageTemplate.objects.filter(user=user)}
    sections = []
    for kind, title in KINDS.items():
        tried = last_message(user, kind)
        rows = []
        for channel_class, label in CLASSES.items():
            template = own.get((kind, channel_class))
            ours = tried.ours.short if channel_class == SHORT else tried.ours.long
            shown = preview(user, kind, channel_class, template.text, tried) if template else None
            rows.append({"class": channel_class, "label": label, "template": template, "ours": ours, "shown": shown})
        sections.append({"kind": kind, "title": title, "about": tried.about, "rows": rows})
    return render(request, "settings/messages.html", {"sections": sections})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def message_template(request: HttpRequest, kind: str, channel_class: str) -> HttpResponse:
    """Write a template, or change it."""
    user = person_of(request)
    _check(kind, channel_class)
    template = MessageTemplate.objects.filter(user=user, kind=kind, channel_class=channel_class).first()
    preview_at = reverse("notifications:message-preview", args=[kind, channel_class])
    data = request.POST if request.method == "POST" else None
    form = TemplateForm(data, preview_at=preview_at, initial=template.text if template else _beginning(channel_class))
    if form.is_bound and form.is_valid():
        try:
            save_template(user, kind, channel_class, form.cleaned_data["text"])
        except ValidationError as error:
            form.add_error("text", error.message_dict["text"])
        else:
            messages.success(request, "Your words are saved. They hold from the next message on.")
            return redirect("notifications:messages")
    text = str(form["text"].value() or "")
    context = {
        "form": form,
        "kind": kind,
        "class": channel_class,
        "title": KINDS[kind],
        "label": CLASSES[channel_class],
        "template": template,
        "preview_at": preview_at,
        "shown": preview(user, kind, channel_class, text[: LONGEST + 1]),
        "fields": FIELDS,
    }
    return render(request, "settings/message_template.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def message_preview(request: HttpRequest, kind: str, channel_class: str) -> HttpResponse:
    """What a text would say; nothing is kept."""
    _check(kind, channel_class)
    text = request.POST.get("text", "")[: LONGEST + 1]
    context = {"shown": preview(person_of(request), kind, channel_class, text), "class": channel_class}
    return render(request, "settings/_message_preview.html", context)


@require_POST
@login_required
def message_ours(request: HttpRequest, kind: str, channel_class: str) -> HttpResponse:
    """Go back to our words."""
    _check(kind, channel_class)
    if remove_template(person_of(request), kind, channel_class):
        messages.success(request, "Your messages are in our words again.")
    return redirect("notifications:messages")


def _beginning(channel_class: str) -> str:
    """What a new template begins with: one that shows how it is done."""
    if channel_class == SHORT:
        return "{name} {price}{if old_price} (was {old_price}){end}{if worth}, worth {worth}{unsure} ({low}–{high}){end}, {place}"
    return (
        "{price} at {place}{if old_price}, before {old_price}{end}.\n"
        "{if worth}Worth about {worth}{unsure} ({low}–{high}){if saving}: {saving_percent} less{end}.{else}Nobody knows its worth.{end}\n"
        "{why}"
    )


def _check(kind: str, channel_class: str) -> None:
    if kind not in KINDS or channel_class not in CLASSES:
        raise Http404("There are no templates for such messages.")
