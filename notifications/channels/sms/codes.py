"""Showing that a telephone number is one's own: a code goes to it, and comes back through the form."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

from django.conf import settings
from django.core.cache import cache
from redis import RedisError

from common.limits import count

SECONDS: Final = 600
MOST_CODES: Final = 5
"""For each user in a day."""
MOST_GUESSES: Final = 5
"""For each code."""


class NoCode(Exception):
    """A code cannot be made or looked at now: why, in a sentence."""


def new_code(user: str, number: str) -> str:
    """A code of six digits for this user and number; the one before is of no use any more. Raises `NoCode`."""
    standing = count("sms-codes", user, MOST_CODES, 86_400)
    if standing is None:
        raise NoCode("Codes cannot be sent just now. Try again in a few minutes.")
    if standing.used > standing.limit:
        raise NoCode(f"We have sent you {MOST_CODES} codes today. Try again tomorrow.")
    code = f"{secrets.randbelow(1_000_000):06}"
    try:
        cache.set(_key(user, number), _sealed(code), SECONDS)
        cache.delete(_key(user, number) + ":guesses")
    except RedisError as error:
        raise NoCode("Codes cannot be sent just now. Try again in a few minutes.") from error
    return code


def is_code(user: str, number: str, code: str) -> bool:
    """Whether that is the code that was sent; it is used up then. Raises `NoCode`."""
    key = _key(user, number)
    try:
        stored = cache.get(key)
        cache.add(key + ":guesses", 0, SECONDS)
        if not stored or cache.incr(key + ":guesses") > MOST_GUESSES:
            return False
        if not hmac.compare_digest(str(stored), _sealed(code)):
            return False
        cache.delete(key)
    except (RedisError, ValueError) as error:
        raise NoCode("The code cannot be looked at just now. Try again in a few minutes.") from error
    return True


def _key(user: str, number: str) -> str:
    return "sms-code:" + hashlib.sha256(f"{user}:{number}".encode()).hexdigest()


def _sealed(code: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), code.encode(), hashlib.sha256).hexdigest()
