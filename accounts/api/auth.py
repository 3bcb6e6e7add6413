"""Accounts and tokens: register, sign in, refresh, revoke, reset the password."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import registration, tokens
from accounts.api.authentication import CHALLENGE
from accounts.api.serializers import (
    CredentialsSerializer,
    DetailSerializer,
    EmailSerializer,
    RefreshSerializer,
    RegisteredSerializer,
    RegisterSerializer,
    TokenPairSerializer,
)
from common.api import ApiView, django_request, read_body
from common.limits import AUTHENTICATION, Limit, count

GUESSES, GUESSES_SECONDS = 10, 300


class AuthView(ApiView):
    """Open to everybody, and limited. An Authorization header or a session is not looked at."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    limit: Limit = AUTHENTICATION  # type: ignore[misc]

    def get_authenticate_header(self, request: Request) -> str:
        """Without an authenticator a refusal would be a 403."""
        return CHALLENGE


class RegisterView(AuthView):
    @extend_schema(operation_id="register", request=RegisterSerializer, responses={201: RegisteredSerializer})
    def post(self, request: Request) -> Response:
        """Make an account, and mail a link that confirms its address."""
        values = read_body(RegisterSerializer, request, strict=False)
        user = registration.register(django_request(request), **values)
        return Response(RegisteredSerializer(user).data, status=status.HTTP_201_CREATED)


class TokenView(AuthView):
    @extend_schema(operation_id="token", request=CredentialsSerializer, responses=TokenPairSerializer)
    def post(self, request: Request) -> Response:
        """Sign in: an access token of 30 minutes, and a refresh token of 7 days."""
        values = read_body(CredentialsSerializer, request, strict=False)
        who = f"{values['email'].strip().lower()} {request.META.get('REMOTE_ADDR', '')}"
        pair = tokens.sign_in(django_request(request), values["email"], values["password"])
        if pair is None:
            guesses = count("guesses", who, GUESSES, GUESSES_SECONDS)
            if guesses is not None and guesses.used > guesses.limit:
                raise Throttled(guesses.reset, "Too many wrong passwords for this address.")
            raise AuthenticationFailed("There is no account with this address and password.")
        return _answer(pair)


class RefreshView(AuthView):
    @extend_schema(operation_id="refresh_token", request=RefreshSerializer, responses=TokenPairSerializer)
    def post(self, request: Request) -> Response:
        """Replace a refresh token. Using a replaced one again revokes all that came from the same sign-in."""
        values = read_body(RefreshSerializer, request, strict=False)
        try:
            return _answer(tokens.refresh_tokens(values["refresh"]))
        except tokens.InvalidToken as error:
            raise AuthenticationFailed(str(error)) from error


class RevokeView(AuthView):
    @extend_schema(operation_id="revoke_token", request=RefreshSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Sign out: end a refresh token and all that came from the same sign-in."""
        tokens.revoke_tokens(read_body(RefreshSerializer, request, strict=False)["refresh"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasswordResetView(AuthView):
    @extend_schema(operation_id="reset_password", request=EmailSerializer, responses={202: DetailSerializer})
    def post(self, request: Request) -> Response:
        """Mail a link that sets a new password, if there is such an account; the answer does not tell."""
        values = read_body(EmailSerializer, request, strict=False)
        registration.request_password_reset(django_request(request), values["email"])
        sentence = "If there is an account with this address, a mail with a link to a new password is on its way."
        return Response({"detail": sentence}, status=status.HTTP_202_ACCEPTED)


def _answer(pair: tokens.TokenPair) -> Response:
    response = Response({"access": pair.access, "refresh": pair.refresh})
    response["Cache-Control"] = "no-store"
    return response
