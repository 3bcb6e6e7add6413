"""Bearer tokens: short-lived access tokens, and refresh tokens that are replaced at every use."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from django.conf import settings
from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import RefreshToken, User
from common.models import new_id

ACCESS_LIFETIME = timedelta(minutes=30)
REFRESH_LIFETIME = timedelta(days=7)
ISSUER = "dealfinder"
AUDIENCE = "dealfinder-api"
_ALGORITHM = "HS256"
_REQUIRED = ("exp", "iat", "sub", "aud", "iss", "jti", "typ", "ver")


class InvalidToken(Exception):
    """The token cannot be used; the message says why, without saying more than its holder may know."""


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a sign-in gives: both are shown once and stored nowhere."""

    access: str
    refresh: str


@dataclass(frozen=True, slots=True)
class AccessGrant:
    """Whom an access token speaks for, and until when."""

    user: User
    expires_at: datetime


def sign_in(request: HttpRequest, email: str, password: str) -> TokenPair | None:
    """Return tokens for the right address and password, else None. An unknown address takes as long as a wrong password."""
    user = authenticate(request, email=email.strip().lower(), password=password)
    return issue_tokens(user) if isinstance(user, User) and user.is_active else None


def issue_tokens(user: User) -> TokenPair:
    """Return a new access token, and a refresh token that begins a family of its own."""
    return _issue(user, family=uuid.uuid4())


def read_access_token(token: str) -> AccessGrant:
    """Return whom a token speaks for. Raises `InvalidToken` for one that is forged, expired, withdrawn or of another type."""
    claims = _claims(token, "access")
    user = User.objects.select_related("preferences").filter(pk=claims["sub"], is_active=True).first()
    if user is None or not constant_time_compare(claims["ver"], _password_version(user)):
        raise InvalidToken("This token is no longer valid. Sign in again.")
    return AccessGrant(user, datetime.fromtimestamp(claims["exp"], UTC))


def refresh_tokens(token: str) -> TokenPair:
    """Replace a refresh token. Raises `InvalidToken`; a token that was replaced before takes its whole family with it."""
    claims = _claims(token, "refresh")
    with transaction.atomic():
        stored = (
            RefreshToken.objects.select_for_update(of=("self",))
            .select_related("user")
            .filter(secret_hash=_hash(token), expires_at__gt=timezone.now(), user__is_active=True)
            .first()
        )
        if stored is not None and stored.used_at is not None:
            _revoke_family(stored.family)
        elif stored is not None and stored.revoked_at is None and claims["ver"] == _password_version(stored.user):
            stored.used_at = timezone.now()
            stored.save(update_fields=["used_at"])
            return _issue(stored.user, family=stored.family)
    raise InvalidToken("This refresh token is no longer valid. Sign in again.")


def revoke_tokens(token: str) -> None:
    """End the family of a refresh token. A token that is not known ends nothing, and nobody is told the difference."""
    stored = RefreshToken.objects.filter(secret_hash=_hash(token)).first()
    if stored is not None:
        _revoke_family(stored.family)


def revoke_all_tokens(user: User) -> None:
    """End every family of the user's refresh tokens."""
    RefreshToken.objects.filter(user=user, revoked_at__isnull=True).update(revoked_at=timezone.now())


def _issue(user: User, *, family: uuid.UUID) -> TokenPair:
    refresh = _encode(user, "refresh", REFRESH_LIFETIME)
    RefreshToken.objects.create(
        user=user, family=family, secret_hash=_hash(refresh), expires_at=timezone.now() + REFRESH_LIFETIME
    )
    return TokenPair(_encode(user, "access", ACCESS_LIFETIME), refresh)


def _encode(user: User, kind: str, lifetime: timedelta) -> str:
    now = timezone.now()
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(user.pk),
        "typ": kind,
        "ver": _password_version(user),
        "jti": str(new_id()),
        "iat": now,
        "exp": now + lifetime,
    }
    return jwt.encode(claims, _key(), algorithm=_ALGORITHM)


def _claims(token: str, kind: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            _key(),
            algorithms=[_ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": list(_REQUIRED)},
        )
        uuid.UUID(claims["sub"])
    except jwt.ExpiredSignatureError as error:
        raise InvalidToken("This token has expired.") from error
    except (jwt.InvalidTokenError, ValueError) as error:
        raise InvalidToken("This token cannot be read.") from error
    if claims["typ"] != kind:
        raise InvalidToken(f"This is not {'an access' if kind == 'access' else 'a refresh'} token.")
    return claims


def _key() -> bytes:
    """HS256 wants a key of at least 32 bytes, whatever the length of SECRET_KEY; and no other use of it shares this one."""
    return hashlib.sha256(b"dealfinder.tokens:" + settings.SECRET_KEY.encode()).digest()


def _password_version(user: User) -> str:
    """Changes with the password, so that tokens from before the change stop working."""
    return user.get_session_auth_hash()[:16]


def _revoke_family(family: uuid.UUID) -> None:
    RefreshToken.objects.filter(family=family, revoked_at__isnull=True).update(revoked_at=timezone.now())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
