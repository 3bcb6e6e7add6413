"""The page of API keys: a new one is shown once, an old one can be revoked."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions.keys import create_key, revoke_key
from accounts.models import User
from accounts.selectors import keys_of

SCOPE_CHOICES = [("read", "Read"), ("write", "Change"), ("submit", "Only send offers that you see")]


class KeyForm(forms.Form):
    """A new key."""

    name = forms.CharField(max_length=80, label="Name", help_text="What uses it, for example: my phone")
    scopes = forms.MultipleChoiceField(
        choices=SCOPE_CHOICES, widget=forms.CheckboxSelectMultiple, label="It may", initial=["read"]
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def keys(request: HttpRequest) -> HttpResponse:
    """The user's keys, and a form for a new one."""
    assert isinstance(request.user, User)
    form = KeyForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        try:
            key, secret = create_key(request.user, form.cleaned_data["name"], form.cleaned_data["scopes"])
            context |= {"made": key, "secret": secret, "form": KeyForm()}
        except ValidationError as error:
            for name, problems in error.message_dict.items():
                form.add_error(name if name in form.fields else None, problems)
    context["keys"] = list(keys_of(request.user))
    return render(request, "settings/keys.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def key_revoke(request: HttpRequest, key_id: uuid.UUID) -> HttpResponse:
    """Revoke one of the user's keys."""
    assert isinstance(request.user, User)
    key = keys_of(request.user).filter(pk=key_id).first()
    if key is None:
        raise Http404("You have no such key.")
    revoke_key(key)
    messages.success(request, f"“{key.name}” is revoked. Programs that use it are refused from now on.")
    return redirect("accounts:keys")
