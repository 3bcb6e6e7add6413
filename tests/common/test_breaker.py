"""The pauses of a circuit breaker, as they stand in Valkey."""

from __future__ import annotations

from typing import Any

from common.breaker import Breaker


def test_pauses_double_until_they_are_as_long_as_the_longest(valkey: Any) -> None:
    breaker = Breaker("a service", failures=2, pause=3000.0, first_pause=400.0)
    breaker.failed()
    assert breaker.allows(), "one is not enough"
    for seconds in (400, 800, 1600, 3000, 3000):
        before = _milliseconds(valkey)
        breaker.failed()
        until = int(valkey.hget("dealfinder:breaker:a service", "until"))
        # By the clock of the server, however long the call took.
        assert until - _milliseconds(valkey) <= 1000 * seconds <= until - before + 1
        assert not breaker.allows()
    breaker.succeeded()
    assert breaker.allows()


def _milliseconds(valkey: Any) -> int:
    seconds, microseconds = valkey.time()
    return int(seconds) * 1000 + int(microseconds) // 1000
