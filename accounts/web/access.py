"""Who asks for a page."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.models import User


def signed_in(request: HttpRequest) -> User:
    """Who is signed in; for views behind `login_required`, which let nobody else through."""
    assert isinstance(request.user, User)
    return request.user
