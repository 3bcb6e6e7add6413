"""API keys: made, used and revoked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from accounts.models import ApiKey, User

SCOPES = ("read", "write", "submit")
"""`submit` may do one thing: send offers seen elsewhere. `write` may do that too."""
MOST_KEYS = 20
_PREFIX = "df_"
_NOTE_USE_EVERY = timedelta(minutes=1)


class InvalidKey(Exception):
    """The key is unknown or revoked, or its owner may no longer sign in."""


def create_key(user: User, name: str, scopes: Sequence[str]) -> tuple[ApiKey, str]:
    """Return the new key and its secret text, which is stored nowhere. Raises `ValidationError` by field."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise ValidationError({"scopes": "A key has one or more of the scopes read, write and submit."})
    if ApiKey.objects.filter(user=user, revoked_at__isnull=True).count() >= MOST_KEYS:
        raise ValidationError({"name": f"There are {MOST_KEYS} keys already; revoke one first."})
    secret = _PREFIX + secrets.token_urlsafe(30)
    key = ApiKey(user=user, name=name.strip(), prefix=secret[:12], secret_hash=_hash(secret))
    key.scopes = sorted(set(scopes))
    key.full_clean()
    key.save()
    return key, secret


def revoke_key(key: ApiKey) -> None:
    """End a key at once. It stays on record."""
    ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())


def revoke_all_keys(user: User) -> None:
    """End all keys of a user at once."""
    ApiKey.objects.filter(user=user, revoked_at__isnull=True).update(revoked_at=timezone.now())


def read_key(secret: str) -> ApiKey:
    """Return the key with its user, and note its use (to the minute). Raises `InvalidKey`."""
    key = (
        ApiKey.objects.select_related("user__preferences")
        .filter(secret_hash=_hash(secret), revoked_at__isnull=True, user__is_active=True)
        .first()
    )
    if key is None:
        raise InvalidKey("This API key is not known, or was revoked.")
    now = timezone.now()
    unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - _NOTE_USE_EVERY)
    if key.last_used_at is None or key.last_used_at < now - _NOTE_USE_EVERY:
        ApiKey.objects.filter(unnoted, pk=key.pk).update(last_used_at=now)
    return key


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
