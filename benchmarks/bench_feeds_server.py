"""A server with 500 feeds, fetched and stored by one worker, beside a plain loop of feedparser over the same server in the same run.

The worker goes round as `scan.round` does, with a durable PostgreSQL and a Valkey of its own. The loop parses and keeps nothing. With
`--minutes` it goes on for so long, a round every ten seconds, and says how memory grew.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import feedparser
import psutil
from celery import current_app
from django.conf import settings
from django.utils import timezone

from agents.scanning.actions.rounds import go_round
from benchmarks.feed_server import FEEDS
from benchmarks.large_catalogue import database
from benchmarks.measurement import Measurement
from dealfinder.embedded.ports import any_free_port
from dealfinder.embedded.process import spawn, stop
from dealfinder.embedded.valkey import Valkey
from deals.models import Deal, Source


@dataclass
class _Taken:
    """What a stretch of work took: seconds on the clock, and of the processors in this process and in PostgreSQL's."""

    wall: float
    own: float
    database: float


def run(*, minutes: float = 0.0) -> list[Measurement]:
    """Feeds a second and processor time of a feed, for each way to ask."""
    with _server() as url, _valkey(), database(durable=True):
        settings.EGRESS_ALLOW_CIDRS, settings.ARCHIVE_STORE = ["127.0.0.0/8"], ""
        known: dict[str, str] = {}
        measured = _beside("cold", url, lambda: _make_sources(url), lambda: _loop(url, {}))
        known = _tags(url)
        for number in (1, 2, 3):
            _control(url, number, etags=True)
            measured += _beside(f"with 304s, round {number}", url, _make_due, lambda: _loop(url, known))
        _control(url, 3, etags=False)
        for number in (1, 2):
            measured += _beside(f"without 304s, round {number}", url, _make_due, lambda: _loop(url, {}))
        measured.append(Measurement("deals stored", Deal.objects.count(), ""))
        if minutes:
            measured += _soak(url, minutes)
    return measured


def _beside(what: str, url: str, prepare: Callable[[], object], loop: Callable[[], object]) -> list[Measurement]:
    prepare()
    ours = _taken(lambda: _check(go_round(seconds=600).scans))
    plain = _taken(loop)
    return [
        Measurement(f"{what}: worker", FEEDS / ours.wall, "feeds/s"),
        Measurement(f"{what}: plain loop of feedparser", FEEDS / plain.wall, "feeds/s"),
        Measurement(f"{what}: processor time of the worker", 1000 * ours.own / FEEDS, "ms a feed"),
        Measurement(f"{what}: processor time of PostgreSQL", 1000 * ours.database / FEEDS, "ms a feed"),
        Measurement(f"{what}: processor time of the plain loop", 1000 * plain.own / FEEDS, "ms a feed"),
    ]


def _check(scans: int) -> None:
    # More than all of them where other programs make a round so long that some are due again; its rate is then said too low.
    if scans < FEEDS:
        raise RuntimeError(f"{scans} scans were made where {FEEDS} were due.")


def _taken(work: Callable[[], object]) -> _Taken:
    began, own, database_before = time.perf_counter(), time.process_time(), _database_seconds()
    work()
    return _Taken(time.perf_counter() - began, time.process_time() - own, _database_seconds() - database_before)


def _database_seconds() -> float:
    """Processor time of PostgreSQL's processes. Those that ended are counted by the one that waited for them."""
    total = 0.0
    for process in psutil.Process().children():
        if process.name() == "postgres":
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
            for child in process.children():
                with contextlib.suppress(psutil.NoSuchProcess):
                    each = child.cpu_times()
                    total += each.user + each.system
    return total


def _make_sources(url: str) -> None:
    Source.objects.all().delete()
    Source.objects.bulk_create(
        Source(name=f"feed-{number}", title=f"Feed {number}", url=f"{url}/feed/{number}", marketplace=f"m{number}")
        for number in range(FEEDS)
    )


def _make_due() -> None:
    # A body that was seen before is not to be known by its hash here: the way without 304s is to read it in full.
    Source.objects.update(next_run_at=timezone.now())


def _loop(url: str, tags: dict[str, str]) -> None:
    for number in range(FEEDS):
        address = f"{url}/feed/{number}"
        parsed = feedparser.parse(address, etag=tags.get(address))
        if tags:
            tags[address] = parsed.get("etag", tags.get(address, ""))
        elif len(parsed.entries) == 0:
            raise RuntimeError("The plain loop read nothing.")


def _tags(url: str) -> dict[str, str]:
    return {f"{url}/feed/{number}": f'"{number}-0"' for number in range(FEEDS)}


def _control(url: str, number: int, *, etags: bool) -> None:
    urllib.request.urlopen(f"{url}/control?round={number}&etags={int(etags)}").read()


def _soak(url: str, minutes: float) -> list[Measurement]:
    process, until, sizes, number = psutil.Process(), time.monotonic() + 60 * minutes, [], 3
    while time.monotonic() < until:
        began = time.monotonic()
        number += 1
        _control(url, number, etags=number % 3 != 0)
        _make_due()
        _check(
            go_round(seconds=600).scans
        )  # more than all of them where other programs make a round so long that some are due again
        sizes.append(process.memory_info().rss / 2**20)
        time.sleep(max(0.0, 10 - (time.monotonic() - began)))
    first, last = sizes[len(sizes) // 10], sizes[-1]
    return [
        Measurement("soak: rounds of all feeds", len(sizes), ""),
        Measurement("soak: memory after a tenth of it", first, "MB"),
        Measurement("soak: memory at its end", last, "MB"),
        Measurement("soak: most memory", max(sizes), "MB"),
    ]


@contextlib.contextmanager
def _server() -> Iterator[str]:
    port = any_free_port()
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.feed_server", str(port)], stdout=subprocess.PIPE)
    assert server.stdout is not None
    server.stdout.readline()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


@contextlib.contextmanager
def _valkey() -> Iterator[None]:
    folder = Path(tempfile.mkdtemp(prefix="dealfinder-bench-"))
    valkey = Valkey(folder, any_free_port(), secrets.token_hex(16), durable=False)
    valkey.prepare()
    spec = valkey.spec()
    with (folder / "valkey.log").open("ab") as log:
        process = spawn(spec, log)
    try:
        valkey.wait_ready(lambda: process.poll() is None)
        settings.REDIS_URL = valkey.url()
        settings.CACHES["default"]["LOCATION"] = valkey.url()
        settings.ARCHIVE_DIR = folder / "archive"
        current_app.conf.update(broker_url=valkey.url(), result_backend=None)
        yield
    finally:
        stop(process, spec.stop_signal, patience=5)
        shutil.rmtree(folder, ignore_errors=True)
