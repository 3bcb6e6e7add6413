"""Who calls the API: a bearer token, or an API key."""

from __future__ import annotations

from django.utils.encoding import force_str
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from accounts.actions.keys import InvalidKey, read_key
from accounts.actions.tokens import AccessGrant, InvalidToken, read_access_token
from accounts.models import ApiKey, User

CHALLENGE = 'Bearer realm="Deal Finder"'


def _credentials(request: Request, scheme: str) -> str | None:
    """Return what follows the scheme in the Authorization header; None for another scheme."""
    words = get_authorization_header(request).split()
    if not words or words[0].lower() != scheme.lower().encode():
        return None
    if len(words) != 2:
        raise AuthenticationFailed(
            f"The Authorization header wants “{scheme}”, a space, and nothing else but the secret."
        )
    return force_str(words[1], errors="replace")


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`."""

    def authenticate(self, request: Request) -> tuple[User, AccessGrant] | None:
        token = _credentials(request, "Bearer")
        if token is None:
            return None
        try:
            grant = read_access_token(token)
        except InvalidToken as error:
            raise AuthenticationFailed(str(error)) from error
        return grant.user, grant

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key <key>`; reading wants the scope read, everything else the scope write, or one of a view's
    `narrow_scopes` by method."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        secret = _credentials(request, "Api-Key")
        if secret is None:
            return None
        try:
            key = read_key(secret)
        except InvalidKey as error:
            raise AuthenticationFailed(str(error)) from error
        wanted = "read" if request.method in SAFE_METHODS else "write"
        view = request.parser_context.get("view")
        narrow = getattr(view, "narrow_scopes", {}).get(request.method)
        if not {wanted, narrow} & set(key.scopes):
            raise PermissionDenied(f"This API key does not have the scope {wanted}.")
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ApiKeyAuthentication
    name = "api-key"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Api-Key and the key."}
