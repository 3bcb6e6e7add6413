"""Secrets that are kept: sealed with the installation's key, so that neither a copy of the database nor a log holds them in the clear.

The key is made of `SECRET_KEY`; keys of before (`SECRET_KEY_FALLBACKS`) still open what they sealed.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

_MARK = "sealed:1:"


class Unopenable(Exception):
    """A sealed text that this installation's key does not open. The message is one sentence."""


def seal(text: str) -> str:
    """The text, sealed: other characters each time, and of no use without the key. What is sealed already stays as it is."""
    return text if is_sealed(text) else _MARK + _box().encrypt(text.encode()).decode("ascii")


def unseal(text: str) -> str:
    """The text that `seal` was given; one that was never sealed comes back as it is. Raises `Unopenable`."""
    if not is_sealed(text):
        return text
    try:
        return _box().decrypt(text.removeprefix(_MARK).encode("ascii", "replace")).decode()
    except (InvalidToken, ValueError) as error:
        raise Unopenable(
            "A stored secret cannot be opened, because SECRET_KEY is another one now. Enter the secret again."
        ) from error


def is_sealed(text: str) -> bool:
    """Whether this is what `seal` gives."""
    return text.startswith(_MARK)


def _box() -> MultiFernet:
    return _made_of((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _made_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"sealing:" + key.encode()).digest())) for key in keys]
    )
