"""The window of a limit begins with the first request, so nobody gets two windows' worth around a full minute."""

from __future__ import annotations

import time_machine

from common.limits import Standing, count

_BEFORE_THE_MINUTE = "2026-11-26T08:00:58Z"
_AFTER_THE_MINUTE = "2026-11-26T08:01:05Z"
_BEFORE_ITS_END = "2026-11-26T08:01:57Z"
_AFTER_ITS_END = "2026-11-26T08:01:59Z"


def _at(moment: str, who: str = "user:1") -> Standing | None:
    with time_machine.travel(moment, tick=False):
        return count("tries", who, 2, 60)


def test_a_full_minute_of_the_clock_ends_no_window() -> None:
    assert _at(_BEFORE_THE_MINUTE) == Standing(limit=2, used=1, reset=60)
    assert _at(_AFTER_THE_MINUTE) == Standing(limit=2, used=2, reset=53)
    assert _at(_AFTER_THE_MINUTE, "user:2") == Standing(limit=2, used=1, reset=60)
    assert _at(_BEFORE_ITS_END) == Standing(limit=2, used=3, reset=1)
    assert _at(_AFTER_ITS_END) == Standing(limit=2, used=1, reset=60)


def test_a_clock_that_was_set_back_begins_a_window_and_locks_nobody_out() -> None:
    assert _at(_AFTER_ITS_END) == Standing(limit=2, used=1, reset=60)
    assert _at(_BEFORE_THE_MINUTE) == Standing(limit=2, used=1, reset=60)
