"""Reading what a user wrote: with their currency, their time, and the makers that are known here."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

import redis
from django.core.cache import cache
from django.utils import timezone

from accounts.models import User
from accounts.selectors import TIER_LIMITS, preferences_of
from agents.planning.interpreting.base import Reading, Wish
from agents.planning.interpreting.language import interpreter_for
from deals.selectors import brands_seen

_KEY: Final = "interpreting:brands"
_KEPT_SECONDS: Final = 600


def read_wish(user: User, text: str) -> Reading:
    """What a user's words ask for. Stores nothing; with a language model it may cost them some of their budget."""
    preferences = preferences_of(user)
    now = timezone.now().astimezone(ZoneInfo(preferences.time_zone))
    reading = interpreter_for(user.pk).interpret(Wish(text, preferences.currency, now, _brands()))
    reading.fields.setdefault("currency", preferences.currency)
    _, most = TIER_LIMITS[user.tier]
    named = reading.fields.get("marketplaces", [])
    if most is not None and len(named) > most:
        reading.ask(
            f"Your plan allows {most} marketplace{'' if most == 1 else 's'} a goal; you named {len(named)}. Which one matters most?"
        )
    return reading


def _brands() -> frozenset[str]:
    """The makers that deals here name. Read anew every ten minutes."""
    try:
        known = cache.get(_KEY)
        if known is None:
            known = brands_seen()
            cache.set(_KEY, known, _KEPT_SECONDS)
    except redis.RedisError:  # while the cache is away they are read each time
        known = brands_seen()
    return frozenset(known)
