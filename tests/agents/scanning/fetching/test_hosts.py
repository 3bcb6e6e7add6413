"""Turns with a host: how many at once, how far apart, and when it is left alone; with Valkey and without."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from agents.scanning.fetching import hosts
from agents.scanning.fetching.hosts import Turn, end_turn, take_turn


@pytest.fixture(params=["shared", "alone"])
def _where(request: pytest.FixtureRequest, settings: Any) -> Iterator[None]:
    """Once with Valkey, and once while it is away."""
    random.seed(1)
    hosts._Away.until = 0.0
    if request.param == "alone":
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
    yield
    hosts._Away.until = 0.0
    hosts._LOCAL._known.clear()


pytestmark = pytest.mark.usefixtures("_where")


def _fail(host: str, *, pause: float = 0.0) -> None:
    turn = take_turn(host, 0.0, patient=False)
    assert not turn.wait
    end_turn(turn, well=False, pause=pause)


def test_the_next_turn_waits_for_the_pace_and_a_little_more() -> None:
    first = take_turn("shop.example", 300.0)
    assert not first.wait
    end_turn(first, well=True)
    second = take_turn("shop.example", 300.0)
    assert 250 < second.wait <= 390
    assert not second.left_alone
    assert not take_turn("other.example", 300.0).wait


def test_no_more_than_so_many_at_once() -> None:
    turns = [take_turn("shop.example", 0.0, at_once=2) for _ in range(3)]
    assert [bool(turn.wait) for turn in turns] == [False, False, True]
    end_turn(turns[0], well=True)
    assert not take_turn("shop.example", 0.0, at_once=2).wait


def test_of_many_that_ask_at_once_only_so_many_are_let_through() -> None:
    turns: list[Turn] = []
    start = threading.Barrier(12)

    def ask() -> None:
        start.wait()
        turns.append(take_turn("shop.example", 0.0, at_once=2))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(not turn.wait for turn in turns) == 2


def test_a_host_that_asks_for_patience_is_left_alone_unless_a_person_asks() -> None:
    _fail("shop.example", pause=120)
    turn = take_turn("shop.example", 0.0)
    assert turn.left_alone
    assert 110 < turn.wait <= 120
    asked = take_turn("shop.example", 0.0, patient=False)
    assert not asked.wait
    end_turn(asked, well=True)
    assert not take_turn("shop.example", 0.0).wait


def test_pauses_grow_with_failures_in_a_row_and_end_with_a_success() -> None:
    waits = []
    for _ in range(12):
        _fail("shop.example")
        turn = take_turn("shop.example", 0.0)
        waits.append(turn.wait)
        end_turn(turn, well=None)
    assert waits[:2] == [0.0, 0.0]
    assert 20 < waits[2] < 40 < waits[3] < 80 < waits[4] < 160
    assert 2_500 < max(waits) <= 1.3 * 3_600
    end_turn(take_turn("shop.example", 0.0, patient=False), well=True)
    _fail("shop.example")
    assert not take_turn("shop.example", 0.0).left_alone


def test_what_is_not_the_hosts_doing_is_no_failure() -> None:
    for _ in range(5):
        end_turn(take_turn("shop.example", 0.0), well=None)
    assert not take_turn("shop.example", 0.0).wait


def test_no_pause_is_longer_than_six_hours() -> None:
    _fail("shop.example", pause=10_000_000)
    assert take_turn("shop.example", 0.0).wait <= 6 * 3600


def test_valkey_that_is_away_is_not_waited_for_again_and_again(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    hosts._Away.until = 0.0
    assert not take_turn("shop.example", 300.0).wait
    assert hosts._Away.until > 0
    assert take_turn("shop.example", 300.0).wait > 200


def test_a_turn_whose_process_died_is_free_again_in_a_minute(settings: Any, valkey: Any) -> None:
    take_turn("shop.example", 0.0, at_once=1)
    if settings.REDIS_URL.endswith(":1/0"):
        (until,) = hosts._LOCAL._known["shop.example"].busy.values()
        assert 0 < until - time.monotonic() <= 60
    else:
        assert 0 < valkey.pttl("dealfinder:host:shop.example:busy") <= 60_000
