"""Who may call what."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import ApiKey, User


class IsOperator(BasePermission):
    """People who run this Deal Finder."""

    message = "Only operators may do this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(getattr(request.user, "is_operator", False))


class IsPerson(BasePermission):
    """Somebody signed in by session or access token: a key must not be able to make keys or to close the account."""

    message = "An API key cannot do this. Sign in, and use an access token."

    def has_permission(self, request: Request, view: APIView) -> bool:
        user: Any = request.user
        return bool(user and user.is_authenticated) and not isinstance(request.auth, ApiKey)


def reader_of(request: Request) -> User | None:
    """Who asks; None for a visitor."""
    return request.user if isinstance(request.user, User) else None


def current_user(request: Request) -> User:
    """Who asks. Raises `NotAuthenticated` for a visitor."""
    user = reader_of(request)
    if user is None:
        raise NotAuthenticated
    return user
