"""The pages of an account: you, settings, and the one-time link for operators."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions.invitations import accept_operator_invitation, check_operator_invitation
from accounts.actions.preferences import rename_user, update_preferences
from accounts.errors import InvitationUnusable
from accounts.models import User
from accounts.selectors import limits_of, preferences_of
from accounts.web.forms import OperatorForm, SettingsForm

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@require_safe
def you(request: HttpRequest) -> HttpResponse:
    """The fourth place of the bottom bar: the way to everything that is yours."""
    user = request.user
    return render(request, "settings/you.html", {"limits": limits_of(user) if isinstance(user, User) else None})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def settings(request: HttpRequest) -> HttpResponse:
    """Name and preferences."""
    assert isinstance(request.user, User)
    user = request.user
    form = SettingsForm(request.POST if request.method == "POST" else None, user=user, preferences=preferences_of(user))
    if form.is_bound and form.is_valid() and _stored(form, user):
        messages.success(request, "Your settings are saved.")
        return redirect("accounts:settings")
    return render(request, "settings/settings.html", {"form": form}, status=422 if form.is_bound else 200)


def _stored(form: SettingsForm, user: User) -> bool:
    fields = dict(form.cleaned_data)
    try:
        with transaction.atomic():
            rename_user(user, fields.pop("name"))
            update_preferences(user, **fields)
    except ValidationError as error:
        for name, problems in error.message_dict.items():
            for problem in problems:
                form.add_error(name if name in form.fields else None, problem)
        return False
    return True


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def operator_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Make an operator account with a one-time link, and sign in with it."""
    try:
        check_operator_invitation(token)
    except InvitationUnusable as error:
        return render(request, "account/operator_unusable.html", {"sentence": str(error)}, status=410)
    form = OperatorForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        user = _accepted(form, token)
        if user is not None:
            login(request, user, backend=_BACKEND)
            messages.success(
                request, "You operate this Deal Finder now. Sources, queues and what failed are under Operations."
            )
            return redirect("agents:operations")
    status = 422 if form.is_bound else 200
    return render(request, "account/operator.html", {"form": form}, status=status)


def _accepted(form: OperatorForm, token: str) -> User | None:
    try:
        return accept_operator_invitation(token, form.cleaned_data["email"], form.cleaned_data["password"])
    except InvitationUnusable as error:
        form.add_error(None, str(error))
    except ValidationError as error:
        form.add_error("password", error)
    return None
