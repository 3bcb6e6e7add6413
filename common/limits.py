"""How often somebody may ask: a window for each address or user that begins with its first request, counted in the cache."""

from __future__ import annotations

import hashlib
import logging
import math
import time
from dataclasses import dataclass

import redis
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in so many seconds: for a visitor (by address), and for a user or an API key's owner."""

    name: str
    visitor: int
    user: int
    seconds: int = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands with a limit; `reset` is the number of seconds until the window ends."""

    limit: int
    used: int
    reset: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }


READS = Limit("reads", visitor=1200, user=3000)
AUTHENTICATION = Limit("authentication", visitor=60, user=60)
SUBMISSIONS = Limit("submissions", visitor=20, user=20)
ESTIMATES = Limit("estimates", visitor=30, user=60)
INTERPRETATIONS = Limit("interpretations", visitor=30, user=60)


def count(name: str, who: str, limit: int, seconds: int) -> Standing | None:
    """Count one use, and return where that leaves them; None, which lets them through, while the cache is away."""
    now = time.time()
    key = f"limit:{name}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
    try:
        began: float = cache.get_or_set(key, now, timeout=seconds) or now
        if not began <= now < began + seconds:  # an entry about to expire, or a clock that was set back
            cache.set(key, now, timeout=seconds)
            began = now
        counter = f"{key}:{began}"
        cache.add(counter, 0, timeout=2 * seconds)
        used = cache.incr(counter)
    except (redis.RedisError, ValueError):
        logger.warning("Requests are not counted, because the cache did not answer.")
        return None
    return Standing(limit, used, math.ceil(began + seconds - now))


class RateLimit(BaseThrottle):
    """Applies one limit to a request, and leaves the standing on it for the headers."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.standing: Standing | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        user = request.user if request.user and request.user.is_authenticated else None
        who = f"user:{user.pk}" if user else f"address:{request.META.get('REMOTE_ADDR', '')}"
        allowed = self.limit.user if user else self.limit.visitor
        self.standing = count(self.limit.name, who, allowed, self.limit.seconds)
        return self.standing is None or self.standing.used <= self.standing.limit

    def wait(self) -> float | None:
        return self.standing.reset if self.standing else None
