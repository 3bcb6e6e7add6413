"""When a host may be asked: so many at once, so far apart, and not while it wants to be left alone.

All processes share what they know in Redis, where each step is one script, so that it is one step however many take it. Of
a host there is: `next`, when the next request may begin; `busy`, who asks it now and until when at most; `until`, until when
it is left alone; and `failures`, how many requests in a row came to nothing because of the host. The clock is Redis' own.
While Redis is away each process goes by what it knows itself, by the same rules.
"""

from __future__ import annotations

import logging
import random
import threading
import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

AT_ONCE: Final = 2
"""Requests to one host at the same time, over all processes."""
HOLD_SECONDS: Final = 60.0
"""After that a request whose process died is not counted any more."""
LONGEST_DELAY: Final = 600.0
"""The longest `Crawl-delay` that is kept to the second; who asks for more gets this."""
LONGEST_PAUSE: Final = 6 * 3600.0
_FIRST_PAUSE: Final = 30.0
_FROM_FAILURES: Final = 3
_LONGEST_BACK_OFF: Final = 3600.0
_JITTER: Final = 0.3
_AWAY_SECONDS: Final = 10.0
_MOST_KNOWN: Final = 5_000

_NOW: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
"""
# KEYS: next, busy, until. ARGV: delay, most at once, hold, token, patient. Milliseconds; what comes back is the wait.
_ENTER: Final = (
    _NOW
    + """
local left_alone = tonumber(redis.call('GET', KEYS[3]) or '0')
if ARGV[5] == '1' and left_alone > now then return {left_alone - now, 1} end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local first = tonumber(redis.call('GET', KEYS[1]) or '0')
if first > now then return {first - now, 0} end
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[2]) then return {500, 0} end
local delay = tonumber(ARGV[1])
if delay > 0 then redis.call('SET', KEYS[1], now + delay, 'PX', delay) end
redis.call('ZADD', KEYS[2], now + tonumber(ARGV[3]), ARGV[4])
redis.call('PEXPIRE', KEYS[2], tonumber(ARGV[3]))
return {0, 0}
"""
)
# KEYS: busy, until, failures. ARGV: token, outcome (1 well, 0 neither, -1 badly), asked pause, first pause, from, longest, jitter.
_LEAVE: Final = (
    _NOW
    + """
redis.call('ZREM', KEYS[1], ARGV[1])
if ARGV[2] == '1' then redis.call('DEL', KEYS[2], KEYS[3]) end
if ARGV[2] ~= '-1' then return 0 end
local failures = redis.call('INCR', KEYS[3])
redis.call('EXPIRE', KEYS[3], 86400)
local pause = tonumber(ARGV[3])
if failures >= tonumber(ARGV[5]) then
    local grown = tonumber(ARGV[4]) * 2 ^ math.min(failures - tonumber(ARGV[5]), 20)
    pause = math.max(pause, math.floor(math.min(grown, tonumber(ARGV[6])) * tonumber(ARGV[7])))
end
if pause > 0 then redis.call('SET', KEYS[2], now + pause, 'PX', pause) end
return pause
"""
)


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether a host may be asked now. `wait` is 0 where it may, else the seconds until it is worth asking again;
    `left_alone` says that the host wants that, or failed too often. `delay` is what was asked for between this turn and the
    next. Who gets a turn ends it."""

    host: str
    token: str
    wait: float = 0.0
    left_alone: bool = False
    delay: float = 0.0


@dataclass(slots=True)
class _Known:
    """What this process knows about one host; times are of the monotonic clock."""

    next: float = 0.0
    until: float = 0.0
    failures: int = 0
    busy: dict[str, float] = field(default_factory=dict)


def take_turn(host: str, delay: float, *, patient: bool = True, at_once: int = AT_ONCE) -> Turn:
    """Ask for a turn with a host, after which `delay` seconds pass until the next, and a little more by chance.

    Who is not `patient` asks although the host is to be left alone: a person wants to see what it says now.
    """
    wanted = min(delay, LONGEST_DELAY)
    delay = wanted * random.uniform(1, 1 + _JITTER)  # noqa: S311
    token = uuid.uuid4().hex
    keys = [_key(host, "next"), _key(host, "busy"), _key(host, "until")]
    answer = _run(_ENTER, keys, round(1000 * delay), at_once, round(1000 * HOLD_SECONDS), token, int(patient))
    if answer is None:
        return replace(_LOCAL.take_turn(host, delay, token, patient=patient, at_once=at_once), delay=wanted)
    return Turn(host, token, int(answer[0]) / 1000, bool(answer[1]), wanted)


def end_turn(turn: Turn, *, well: bool | None, pause: float = 0.0) -> None:
    """Give a turn back. `well` says how it went with the host: True, False, or None where it was not the host's doing.

    `pause` is how many seconds the host asked to be left alone. From the third failure in a row on it is left alone for 30 s,
    1 min, 2 min … up to an hour, each ± 30 % by chance.
    """
    pause = min(pause, LONGEST_PAUSE)
    jitter = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311
    outcome = 0 if well is None else 1 if well else -1
    keys = [_key(turn.host, "busy"), _key(turn.host, "until"), _key(turn.host, "failures")]
    limits = (round(1000 * _FIRST_PAUSE), _FROM_FAILURES, round(1000 * _LONGEST_BACK_OFF), f"{jitter:.3f}")
    if _run(_LEAVE, keys, turn.token, outcome, round(1000 * pause), *limits) is None:
        _LOCAL.end_turn(turn, outcome, pause, jitter)


class _LocalHosts:
    """The same rules within this process alone, for as long as Redis is away."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def take_turn(self, host: str, delay: float, token: str, *, patient: bool, at_once: int) -> Turn:
        now = time.monotonic()
        with self._lock:
            known = self._of(host)
            known.busy = {each: until for each, until in known.busy.items() if until > now}
            if patient and known.until > now:
                return Turn(host, token, known.until - now, left_alone=True)
            if known.next > now:
                return Turn(host, token, known.next - now)
            if len(known.busy) >= at_once:
                return Turn(host, token, 0.5)
            known.next = now + delay
            known.busy[token] = now + HOLD_SECONDS
        return Turn(host, token)

    def end_turn(self, turn: Turn, outcome: int, pause: float, jitter: float) -> None:
        with self._lock:
            known = self._of(turn.host)
            known.busy.pop(turn.token, None)
            if outcome > 0:
                known.failures, known.until = 0, 0.0
            if outcome >= 0:
                return
            known.failures += 1
            if known.failures >= _FROM_FAILURES:
                grown = _FIRST_PAUSE * 2.0 ** min(known.failures - _FROM_FAILURES, 20)
                pause = max(pause, min(grown, _LONGEST_BACK_OFF) * jitter)
            if pause:
                known.until = time.monotonic() + pause

    def _of(self, host: str) -> _Known:
        known = self._known.setdefault(host, _Known())
        self._known.move_to_end(host)
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return known


_LOCAL: Final = _LocalHosts()


class _Away:
    """Since when Redis has not answered: it is not asked again for a few seconds, each of which would be waited for."""

    until = 0.0


def _key(host: str, what: str) -> str:
    return f"dealfinder:host:{host}:{what}"


def _run(script: str, keys: list[str], *arguments: Any) -> Any:
    """What a script answers; None while Redis is away."""
    if time.monotonic() < _Away.until:
        return None
    try:
        return _script(settings.REDIS_URL, script)(keys=keys, args=list(arguments))
    except (redis.RedisError, OSError):
        logger.warning("Redis does not answer, so each process keeps the pace of hosts for itself")
        _Away.until = time.monotonic() + _AWAY_SECONDS
        return None


@lru_cache(maxsize=8)
def _script(url: str, text: str) -> Any:
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1).register_script(text)
