"""Who reads a live feed: a visitor, or a user by session, access token or API key; and whether they still may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

from accounts.actions.keys import InvalidKey, read_key
from accounts.actions.tokens import InvalidToken, read_access_token
from accounts.models import ApiKey, User
from common.stream import Place, current_place
from deals.selectors import in_dollars, threshold_for

_DEFAULT_PORTS = {"http": 80, "https": 443}


class NotRecognised(Exception):
    """The credentials do not open the feed; the message says why."""


@dataclass(frozen=True)
class Reader:
    """A reader of the live feed. `user` is None for a visitor; `expires_at` is when an access token ends."""

    user: User | None = None
    expires_at: datetime | None = None
    key_id: Any = None
    session: Any = None

    def beginning(self) -> tuple[Place, Decimal]:
        """Where the reader's stream stands as published, and the reader's own threshold for opportunities."""
        place = current_place(self.user.pk if self.user else None, published=True)
        return place, self.threshold_usd()

    def may_still_read(self) -> bool:
        """Tell whether the account, the session, the token or the key is still good."""
        if self.user is None:
            return True
        if self.expires_at is not None and self.expires_at <= timezone.now():
            return False
        if self.key_id is not None and not ApiKey.objects.filter(pk=self.key_id, revoked_at__isnull=True).exists():
            return False
        if self.session is not None and not self.session.exists(self.session.session_key):
            return False
        return User.objects.filter(pk=self.user.pk, is_active=True).exists()

    def threshold_usd(self) -> Decimal:
        """The reader's own threshold for opportunities, as it stands now, in US dollars."""
        user = self.user and User.objects.select_related("preferences").filter(pk=self.user.pk).first()
        return in_dollars(threshold_for(user))


def reader_by_secret(secret: str) -> Reader:
    """Recognise an access token or an API key that may read. Raises `NotRecognised`."""
    secret = secret.strip()
    for scheme in ("bearer ", "api-key "):
        if secret.lower().startswith(scheme):
            secret = secret[len(scheme) :].strip()
    try:
        if secret.count(".") == 2:
            grant = read_access_token(secret)
            return Reader(grant.user, expires_at=grant.expires_at)
        key = read_key(secret)
    except (InvalidToken, InvalidKey) as error:
        raise NotRecognised(str(error)) from error
    if "read" not in key.scopes:
        raise NotRecognised("This API key does not have the scope read.")
    return Reader(key.user, key_id=key.pk)


def origin_allowed(origin: str, headers: Mapping[bytes, bytes]) -> bool:
    """Tell whether a browser's page may open the feed: a page of the host that it asks, or of PUBLIC_URL."""
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    host = headers.get(b"host", b"").decode("latin-1")
    domain, _ = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    try:
        asked, page = urlsplit(f"//{host}"), urlsplit(origin)
        default = _DEFAULT_PORTS.get(page.scheme)
        return default is not None and (page.hostname, page.port or default) == (asked.hostname, asked.port or default)
    except ValueError:
        return False
