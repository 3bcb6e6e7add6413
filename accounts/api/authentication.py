"""Who calls the API: a bearer token, or an API key."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`."""


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key <key>`."""
