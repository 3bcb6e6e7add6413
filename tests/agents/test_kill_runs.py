"""A worker that is killed in the middle of its work leaves nothing double, nothing half done and nothing lost.

What this covers: real SIGKILLs, at random moments of all stages in turn (fetching and reading a feed over HTTP, valuing with
the shipped models, matching, delivering), against a real PostgreSQL, while the feed grows. The killed process runs the
actions that the Celery tasks call; how the broker hands a task of a dead worker to another is not covered here, and need
not be: each stage finds its work in the database. Leases are ended by hand between two runs, as if a minute had passed.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import Goal
from agents.models import Run
from common.models import DeadLetter, OutboxEvent
from deals.models import Deal, Entry, EntryState, Estimate, Fetch, Match, PricePoint, Source, StageState, Valuation
from notifications.models import Delivery, Notification
from tests.matching_factories import make_goal

KILLS = 20
STAGES = ("scan", "value", "match", "tell")
SEED = 20
PATIENCE = 600
"""Seconds after which a worker that hangs is ended, and the test fails."""


class GrowingFeed(ThreadingHTTPServer):
    """A feed with so many entries as `size` says, newest first, with an ETag."""

    daemon_threads = True
    size = 4

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _FeedHandler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/deals.rss"

    def body(self) -> bytes:
        items = "".join(
            f"<item><guid>offer-{n}</guid><link>https://shop.example/offer-{n}</link>"
            f"<title>Sony WH-{n:04d}X wireless headphones for ${100 + n}.99</title>"
            f"<description>Over-ear headphones, series {n:04d}, at Amazon.</description></item>"
            for n in reversed(range(self.size))
        )
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Offers</title>{items}</channel></rss>'.encode()


class _FeedHandler(BaseHTTPRequestHandler):
    server: GrowingFeed

    def do_GET(self) -> None:
        tag, body = f'"{self.server.size}"', self.server.body()
        unchanged = self.headers.get("If-None-Match") == tag
        self.send_response(304 if unchanged else 200)
        self.send_header("ETag", tag)
        if not unchanged:
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not unchanged:
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def feed() -> Iterator[GrowingFeed]:
    with GrowingFeed() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()


class Worker:
    """The process of `tests.agents.killed_worker`."""

    def __init__(self, process: subprocess.Popen[str], lines: IO[str]) -> None:
        self.process, self.lines = process, lines

    def next(self) -> str:
        line = self.lines.readline()
        assert line, "the worker's parent process ended"
        return line.strip()

    def say(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def run(self, kill_in: str = "", after: float = 0.0) -> tuple[int, dict[str, float]]:
        """One run, killed `after` seconds in a stage if one is named; its exit code and when each stage began."""
        self.say("go")
        began: dict[str, float] = {}
        pid = 0
        while len(began) < len(STAGES) and kill_in not in began:
            word, _, value = self.next().partition(" ")
            if word == "pid":
                pid = int(value)
            elif word == "stage":
                began[value] = time.monotonic()
        while not pid:
            pid = int(self.next().removeprefix("pid "))
        if kill_in:
            time.sleep(after)
            os.kill(pid, signal.SIGKILL)
        self.say("reap")
        while not (line := self.next()).startswith("ended"):
            began.setdefault(line.removeprefix("stage "), time.monotonic())
        return int(line.removeprefix("ended ")), began


@contextmanager
def worker_for(source: Source, home: Path) -> Iterator[Worker]:
    part = connection.settings_dict
    database = f"postgresql://{part['USER']}:{part['PASSWORD']}@{part['HOST']}:{part['PORT']}/{part['NAME']}"
    environment = {
        **os.environ,
        "DATABASE_URL": database,
        "DEALFINDER_HOME": str(home),
        "EGRESS_ALLOW_CIDRS": "127.0.0.0/8",
    }
    with (home / "worker.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.agents.killed_worker", str(source.pk)],
            cwd=settings.BASE_DIR,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    assert process.stdin is not None and process.stdout is not None
    worker = Worker(process, process.stdout)
    watchdog = threading.Timer(PATIENCE, os.killpg, (process.pid, signal.SIGKILL))  # with its child: the group
    watchdog.start()
    try:
        assert worker.next() == "ready", (home / "worker.log").read_text()
        yield worker
    finally:
        watchdog.cancel()
        process.stdin.close()
        process.wait(60)
        process.stdout.close()


def _a_minute_passes(valkey: redis.Redis) -> None:
    """What a killed worker held comes free again: its leases, and its turn with the host, for which the next one would wait."""
    now = timezone.now()
    valkey.flushdb()
    Source.objects.update(leased_until=now, next_run_at=now)
    Deal.objects.filter(value_leased_until__isnull=False).update(value_leased_until=now)
    Delivery.objects.filter(leased_until__isnull=False).update(leased_until=now)


def _once_each(event_type: str, key: str, count: int) -> None:
    ids = [event.data[key] for event in OutboxEvent.objects.filter(type=event_type)]
    assert len(ids) == len(set(ids)) == count, event_type


@pytest.mark.django_db(transaction=True)
def test_twenty_kills_leave_everything_exactly_once(
    owner: Any, feed: GrowingFeed, valkey: redis.Redis, tmp_path: Path
) -> None:
    goal = make_goal(owner, keywords=["sony", "headphones"])
    source = Source.objects.create(name="growing", title="A growing feed", url=feed.url, marketplace="shop")
    chance = random.Random(SEED)
    kills: Counter[str] = Counter()
    with worker_for(source, tmp_path) as worker:
        worker.run()
        feed.size += 4
        _a_minute_passes(valkey)
        start = time.monotonic()
        code, began = worker.run()
        ended = time.monotonic()
        assert code == 0, (tmp_path / "worker.log").read_text()
        starts = [began[stage] for stage in STAGES]
        lasts = {stage: end - start for stage, start, end in zip(STAGES, starts, [*starts[1:], ended], strict=True)}
        for attempt in range(200):
            if kills.total() == KILLS:
                break
            stage = STAGES[attempt % len(STAGES)]
            feed.size += 2
            _a_minute_passes(valkey)
            code, _ = worker.run(stage, chance.uniform(0, lasts[stage]))
            assert code in (0, -signal.SIGKILL), (tmp_path / "worker.log").read_text()
            kills[stage] += code == -signal.SIGKILL
        for _ in range(2):  # the second time there is nothing left to do
            _a_minute_passes(valkey)
            code, _ = worker.run()
            assert code == 0, (tmp_path / "worker.log").read_text()
    assert start < ended and kills.total() == KILLS and len(kills) == len(STAGES), kills
    _check_everything_once(feed.size, goal, tmp_path)


def _check_everything_once(count: int, goal: Goal, home: Path) -> None:
    assert set(Entry.objects.values_list("state", flat=True)) == {EntryState.READ}
    assert Entry.objects.count() == Deal.objects.count() == PricePoint.objects.count() == count
    assert set(Deal.objects.values_list("value_state", flat=True)) == {StageState.DONE}
    assert Valuation.objects.count() == Deal.objects.filter(valuation__isnull=False).count() == count
    assert not Valuation.objects.filter(matched_at__isnull=True).exists()
    per_valuation = Counter(Estimate.objects.values_list("valuation_id", flat=True))
    assert len(per_valuation) == count and len(set(per_valuation.values())) == 1
    assert Match.objects.count() == Notification.objects.count() == count
    goal.refresh_from_db()
    assert goal.match_count == count
    assert set(Notification.objects.values_list("state", flat=True)) == {"sent"}
    assert Counter(Delivery.objects.values_list("channel", "state")) == {
        ("in_app", "sent"): count,
        ("email", "sent"): count,
    }
    for event_type, key in (
        ("entry.fetched", "entry_id"),
        ("deal.found", "deal_id"),
        ("deal.valued", "deal_id"),
        ("match.found", "match_id"),
        ("notification.sent", "notification_id"),
    ):
        _once_each(event_type, key, count)
    assert not DeadLetter.objects.exists()
    # A mail server offers no transaction: a kill between its "250 OK" and our note of it may repeat that one mail.
    mails = Counter(
        line for line in (home / "mail" / "outbox.mbox").read_text().splitlines() if line.startswith("Message-ID")
    )
    assert len(mails) == count and mails.total() <= count + KILLS
    stopped = Run.objects.filter(state="running").count()
    assert stopped <= KILLS and Fetch.objects.filter(outcome="running").count() <= 1
