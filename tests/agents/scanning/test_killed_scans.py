"""A worker that is killed in the middle of a scan, again and again, loses nothing and makes nothing twice."""

from __future__ import annotations

import contextlib
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from agents.scanning.actions.scans import scan_source
from common.models import OutboxEvent
from deals.models import Deal, Entry, EntryState, Fetch, FetchOutcome, PricePoint, Product, Source
from tests.agents.scanning.feeds import item, rss
from tests.agents.scanning.local_server import LocalServer

KILLS = 20
ITEMS = 40
# Sets Django up once and forks a worker for each line that it reads: starting Python twenty times would take a minute.
_NURSERY = """
import os, sys, django
django.setup()
from agents.scanning.actions.scans import scan_source
for line in sys.stdin:
    child = os.fork()
    if not child:
        scan_source(sys.argv[1])
        os._exit(0)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


class Nursery:
    """Workers that can be killed one after the other."""

    def __init__(self, source: Source) -> None:
        at = connection.settings_dict
        database = f"postgresql://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
        environment = {**os.environ, "DATABASE_URL": database, "EGRESS_ALLOW_CIDRS": "127.0.0.0/8"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", _NURSERY, str(source.pk)],
            env={**environment, "REDIS_URL": settings.REDIS_URL},
            cwd=Path(settings.BASE_DIR),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def scan(self, *, kill_after: float | None = None) -> bool:
        """Have a new worker scan, and kill it after so many seconds; whether it had come to its end before."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("scan\n")
        self._process.stdin.flush()
        worker = int(self._process.stdout.readline())
        if kill_after is not None:
            select.select([self._process.stdout], [], [], kill_after)  # one that has ended is not waited for
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        return int(self._process.stdout.readline()) == 0

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def nursery(source: Source) -> Iterator[Nursery]:
    nursery = Nursery(source)
    yield nursery
    nursery.close()


@pytest.mark.django_db(transaction=True)
def test_killed_twenty_times_each_deal_is_there_once(
    source: Source, server: LocalServer, nursery: Nursery, valkey: redis.Redis
) -> None:
    chance = random.Random(2)
    took = _seconds_of_a_whole_scan(server, nursery)
    ended = 0
    for number in range(KILLS):
        # The feed grows, so that the later scans have something to do as well.
        server.serve("/feed", _feed(number))
        _a_minute_passes(valkey)
        ended += nursery.scan(kill_after=chance.uniform(0, took))
    _a_minute_passes(valkey)
    scan_source(source.pk)
    assert ended < KILLS, "every scan had ended before its worker was killed"
    _assert_exactly_once(ITEMS + (KILLS - 1) * 5)


def _a_minute_passes(valkey: redis.Redis) -> None:
    """What a killed worker held comes free again: the source, and its turn with the host, for which the next one would wait."""
    Source.objects.update(leased_until=timezone.now(), etag="")
    valkey.flushdb()


def _feed(generation: int) -> bytes:
    numbers = range(1, ITEMS + generation * 5 + 1)
    return rss([item(number, f"Thing number {number} ${number}.99 shipped") for number in numbers])


def _seconds_of_a_whole_scan(server: LocalServer, nursery: Nursery) -> float:
    server.serve("/feed", _feed(0))
    began = time.monotonic()
    assert nursery.scan()
    took = time.monotonic() - began
    _forget_everything()
    return took


def _forget_everything() -> None:
    for model in (Entry, PricePoint, Deal, Product, OutboxEvent, Fetch):
        model.objects.all().delete()


def _assert_exactly_once(expected: int) -> None:
    assert Deal.objects.count() == expected
    assert Entry.objects.filter(state=EntryState.READ).count() == Entry.objects.count() == expected
    assert PricePoint.objects.count() == expected
    assert Product.objects.count() == expected
    assert not Deal.objects.annotate(points=Count("price_points")).exclude(points=1).exists()
    events: list[Any] = list(OutboxEvent.objects.filter(type="deal.found").values_list("data__deal_id", flat=True))
    assert len(events) == len(set(events)) == expected
    assert not OutboxEvent.objects.filter(type="deal.updated").exists()
    assert not Fetch.objects.filter(outcome=FetchOutcome.RUNNING).exists()
