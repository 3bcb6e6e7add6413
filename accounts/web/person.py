"""Who a page is for, on pages that nobody sees without signing in; `accounts.api.permissions` says the same for the API."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.models import User


def person_of(request: HttpRequest) -> User:
    """Who asks. For views behind `login_required`: an `AssertionError` says that one is not."""
    assert isinstance(request.user, User)
    return request.user
