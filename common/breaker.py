"""A circuit breaker that all processes share: whoever is broken is left alone for a while, and then tried by one.

Its state is a hash in Redis, changed by scripts, so that each step is one step however many processes take it:
`failures` counts failures in a row, `until` is there while it is open or half open, `probe` says until when somebody is
trying. The clock is Redis' own.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

_NOW: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
"""
_ALLOWS: Final = (
    _NOW
    + """
local opened = redis.call('HGET', KEYS[1], 'until')
if not opened then return 1 end
if now < tonumber(opened) then return 0 end
local probe = redis.call('HGET', KEYS[1], 'probe')
if probe and now < tonumber(probe) then return 0 end
redis.call('HSET', KEYS[1], 'probe', now + tonumber(ARGV[1]))
return 1
"""
)
_FAILED: Final = (
    _NOW
    + """
local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
local opened = redis.call('HEXISTS', KEYS[1], 'until')
if opened == 1 or failures >= tonumber(ARGV[1]) then
    local more = math.max(0, math.min(failures - tonumber(ARGV[1]), 20))
    local pause = math.min(tonumber(ARGV[2]), tonumber(ARGV[4]) * 2 ^ more)
    redis.call('HSET', KEYS[1], 'until', now + math.floor(pause))
    redis.call('HDEL', KEYS[1], 'probe')
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return failures
"""
)


@lru_cache(maxsize=1)
def _connection(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)


@dataclass(frozen=True)
class Breaker:
    """For one service. After `failures` in a row it is open for `pause` seconds; then one caller may try (half open), and
    what becomes of that closes it or opens it for another pause. A prober that never reports is replaced after
    `probe` seconds. With a `first_pause` the pauses begin with that, and double until they are as long as `pause`: some failures
    in a row are bad luck where a service fails now and then. While Redis is away everybody is let through.
    """

    name: str
    failures: int = 5
    pause: float = 30.0
    probe: float = 30.0
    first_pause: float | None = None

    def allows(self) -> bool:
        """Whether the service may be called now. Who gets a yes reports `succeeded` or `failed`."""
        return bool(self._run(_ALLOWS, round(1000 * self.probe)) != 0)

    def succeeded(self) -> None:
        """The service answered: all is forgotten."""
        try:
            _connection(settings.REDIS_URL).delete(self._key)
        except redis.RedisError:
            logger.warning("The state of the circuit breaker %s could not be kept", self.name)

    def failed(self) -> None:
        """The service did not answer usably."""
        kept = round(1000 * max(10 * self.pause, 600))
        first = self.pause if self.first_pause is None else self.first_pause
        self._run(_FAILED, self.failures, round(1000 * self.pause), kept, round(1000 * first))

    @property
    def _key(self) -> str:
        return f"dealfinder:breaker:{self.name}"

    def _run(self, script: str, *arguments: int) -> Any:
        try:
            return _connection(settings.REDIS_URL).eval(script, 1, self._key, *arguments)
        except redis.RedisError:
            logger.warning("The state of the circuit breaker %s could not be read", self.name)
            return None
