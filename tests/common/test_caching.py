"""Requests that are served asynchronously have a cache each, and share its connections."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from typing import Any

from django.conf import settings
from django.core.cache import cache, caches
from redis import Redis


def _connection() -> tuple[int, int]:
    """Which cache this context has, and the number that Valkey gave its connection."""
    own: Any = caches["default"]
    return id(own), own._cache.get_client(write=True).client_id()


def test_each_context_has_a_cache_of_its_own_and_the_connection_of_the_process() -> None:
    here = _connection()
    seen = [Context().run(_connection) for _ in range(3)]
    with ThreadPoolExecutor(1) as thread:
        seen.append(thread.submit(_connection).result())
    assert {number for _, number in seen} == {here[1]}
    assert here[0] not in {own for own, _ in seen}


def test_what_one_context_keeps_another_finds() -> None:
    Context().run(cache.set, "kept", b"\x00\xff", 60)
    assert cache.get("kept") == b"\x00\xff"
    cache.set("counted", 1, 60)
    assert Context().run(cache.incr, "counted") == 2


def test_a_connection_that_was_cut_is_opened_anew() -> None:
    own: Any = caches["default"]
    client = own._cache.get_client(write=True)
    cache.set("before", 1, 60)
    number = client.client_id()
    with Redis.from_url(settings.REDIS_URL) as other:  # as a connection does not end itself
        other.client_kill_filter(_id=number)
    assert cache.get("before") == 1
    assert client.client_id() != number
