"""Who may see the pages of operators."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from accounts.models import User

View = TypeVar("View", bound=Callable[..., HttpResponse])


def operators_only(view: View) -> View:
    """A visitor goes to the login; a user who is no operator gets 403."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (isinstance(request.user, User) and request.user.is_operator):
            raise PermissionDenied("This page is for operators.")
        return view(request, *args, **kwargs)

    return cast(View, login_required(guarded))
