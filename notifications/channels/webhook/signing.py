"""The symmetric signature of the Standard Webhooks specification."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Final

PREFIX: Final = "whsec_"
_LEAST, _MOST = 24, 64
"""Bytes of a key, by the specification."""


def new_secret() -> str:
    """A secret that nobody has guessed."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def key_of(secret: str) -> bytes:
    """The key that a secret stands for. Raises `ValueError` with a sentence."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("This wants whsec_ and a text in Base64.") from None
    if not secret.startswith(PREFIX) or not _LEAST <= len(key) <= _MOST:
        raise ValueError(f"This wants whsec_ and {_LEAST} to {_MOST} bytes in Base64.")
    return key


def sign(key: bytes, identifier: str, timestamp: str, body: bytes) -> str:
    """One signature, as it stands in the header."""
    content = b".".join((identifier.encode("ascii"), timestamp.encode("ascii"), body))
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode("ascii")
