"""The keys with which this installation shows push services who it is.

A browser subscribes with one public key and takes messages that are signed with its private key alone. So a key is never lost: it is
the one of `VAPID_PRIVATE_KEY`, or else made of `SECRET_KEY`, and subscriptions of before are served with the keys of
`SECRET_KEY_FALLBACKS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings

from notifications.channels.webpush.encryption import key_from_secret, key_from_text, point_of, to_base64


def public_key() -> str:
    """What a browser subscribes with now."""
    return to_base64(point_of(next(_keys())))


def private_key(public: str) -> ec.EllipticCurvePrivateKey | None:
    """The key to a public one that a browser has subscribed with; None where this installation has it no more."""
    return next((key for key in _keys() if to_base64(point_of(key)) == public), None)


def contact() -> str:
    """Whom a push service may write to: `USER_AGENT_CONTACT` where that is an address, else the sender of our mail."""
    stated = settings.USER_AGENT_CONTACT
    if urlsplit(stated).scheme in ("https", "mailto"):
        return stated
    return "mailto:" + (stated if "@" in stated else settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip("> "))


def _keys() -> Iterator[ec.EllipticCurvePrivateKey]:
    if settings.VAPID_PRIVATE_KEY:
        yield key_from_text(settings.VAPID_PRIVATE_KEY)
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield key_from_secret(secret)
