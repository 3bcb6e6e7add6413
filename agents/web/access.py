"""Who may see the pages of operators."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from accounts.models import User

Rest = ParamSpec("Rest")


def operators_only(
    view: Callable[Concatenate[HttpRequest, Rest], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Rest], HttpResponse]:
    """A visitor goes to the login; a user who is no operator gets 403."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if not (isinstance(request.user, User) and request.user.is_operator):
            raise PermissionDenied("This page is for operators.")
        return view(request, *args, **kwargs)

    return login_required(guarded)
