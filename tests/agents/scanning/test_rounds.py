"""A round: many sources at once by one worker, and servers that misbehave in every way, none of which costs another its turn."""

from __future__ import annotations

import datetime
import gzip
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from agents.models import Run
from agents.scanning.actions import rounds
from agents.scanning.actions.rounds import due_sources, go_round, record_round, rounds_needed
from agents.scanning.fetching import hosts
from agents.scanning.fetching.robots import forget_rules
from common.egress.connections import KEPT
from common.models import OutboxEvent
from deals.models import Deal, Fetch, FetchOutcome, Source
from tests.agents.scanning.feeds import item, rss
from tests.agents.scanning.local_server import LocalServer, local_server
from tests.tls_server import Authority, TlsServer, running

# Not in a transaction of the test: the threads of a round would not see it.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _quick(settings: Any) -> Iterator[None]:
    settings.SCAN_SECONDS, settings.SCAN_PACE = 60.0, 0.0
    forget_rules()
    hosts._Away.until = 0.0
    yield


def _source(server: LocalServer, name: str, **fields: Any) -> Source:
    return Source.objects.create(name=name, title=name, url=f"{server.url}/{name}", marketplace="local", **fields)


def _feed(number: int) -> bytes:
    return rss([item(number, f"Thing number {number} ${number}.50")])


def _hang(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(60)


def _drip(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n<rss>")
    for _ in range(600):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


def _ten_gigabytes(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(10_000_000_000))
    handler.end_headers()
    handler.wfile.write(b"<rss>" * 1_000)


def _without_end(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"<item>" * 20_000)


def _reset(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<rss>")
    handler.wfile.flush()
    handler.connection.setsockopt(
        1, 13, b"\x01\x00\x00\x00\x00\x00\x00\x00"
    )  # SO_LINGER of 0: a reset instead of an end
    handler.connection.close()


HOSTILE: dict[str, tuple[Any, str]] = {
    "hangs": (_hang, "took longer than"),
    "drips": (_drip, "took longer than"),
    "large": (_ten_gigabytes, "more than 10 MB"),
    "endless": (_without_end, "more than 10 MB"),
    "resets": (_reset, "connection|broke off"),
}


def test_servers_that_misbehave_are_contained_and_cost_no_other_its_turn(server: LocalServer, settings: Any) -> None:
    settings.SCAN_SECONDS = 5.0
    for name, (answer, _) in HOSTILE.items():
        server.answers[f"/{name}"] = answer
        _source(server, name)
    server.serve("/bomb", gzip.compress(b"<item>" * 10_000_000, 1), Content_Encoding="gzip")
    _source(server, "bomb")
    for status in (429, 403, 500):
        server.serve(f"/s{status}", b"", status=status, Retry_After="7200")
        _source(server, f"s{status}")
    for number in range(6):
        server.serve(f"/good{number}", _feed(number))
        _source(server, f"good{number}")
    done = go_round(threads=20)
    assert (done.outcomes["ok"], done.outcomes["failed"]) == (6, 9)
    assert Deal.objects.count() == 6
    said = dict(Source.objects.values_list("name", "last_error"))
    for name, (_, words) in HOSTILE.items():
        assert any(word in said[name] for word in words.split("|")), said[name]
    assert "more than 10 MB" in said["bomb"]
    assert all(f"answered {status}" in said[f"s{status}"] for status in (429, 403, 500))
    assert not due_sources().exists()
    asked_to_wait = Source.objects.get(name="s429").next_run_at - timezone.now()
    assert datetime.timedelta(minutes=115) < asked_to_wait <= datetime.timedelta(minutes=120)


def test_a_certificate_that_changes_is_contained_shown_and_costs_no_other_its_turn(
    server: LocalServer, settings: Any, tmp_path: Path, operator: Any, signed_in: Callable[[Any], Client]
) -> None:
    authority = Authority(tmp_path)
    settings.EGRESS_ALLOW_CIDRS, settings.EGRESS_CA_FILE = ["127.0.0.0/8", "::1/128"], str(tmp_path / "ca.pem")
    with running(TlsServer(authority.context("localhost"), body=_feed(7))) as secure:
        source = Source.objects.create(
            name="sealed", title="A sealed shop", url=f"https://localhost:{secure.port}/feed", marketplace="local"
        )
        for number in range(3):
            server.serve(f"/good{number}", _feed(number))
            _source(server, f"good{number}")
        assert go_round(threads=2).outcomes == {"ok": 4}
        KEPT.close()
        secure.context, before = authority.context("evil.example"), list(secure.asked)
        Source.objects.update(next_run_at=timezone.now())
        assert go_round(threads=2).outcomes == {"ok": 3, "failed": 1}
        assert not any(asked.startswith("GET") for asked in secure.asked[len(before) :]), "nothing was asked of it"
        source.refresh_from_db()
        assert "certificate" in source.last_error and source.consecutive_failures == 1
        assert source.next_run_at > timezone.now() and source.lease is None
        page = signed_in(operator).get(f"/operations/sources/{source.pk}/").content.decode()
        assert "certificate" in page
        assert Deal.objects.filter(source=source, state="active").count() == 1, "what it gave before stays"
        secure.context = authority.context("localhost")
        Source.objects.update(next_run_at=timezone.now())
        assert go_round(threads=2).outcomes == {"ok": 4}
    source.refresh_from_db()
    assert (source.last_error, source.consecutive_failures) == ("", 0)


def test_what_hangs_is_waited_for_beside_the_others(server: LocalServer, settings: Any) -> None:
    """The first one answers only when all others have been asked: it would wait for ever if they had to wait for it."""
    settings.SCAN_SECONDS = 90.0
    others_asked = threading.Semaphore(0)

    def patient(handler: BaseHTTPRequestHandler) -> None:
        assert all(others_asked.acquire(timeout=60) for _ in range(8))
        server.serve("/hangs", _feed(9))
        server.answers["/hangs"](handler)

    server.answers["/hangs"] = patient
    _source(server, "hangs", next_run_at=timezone.now() - datetime.timedelta(hours=1))
    for number in range(8):
        server.serve(f"/good{number}", _feed(number))
        plain = server.answers[f"/good{number}"]
        server.answers[f"/good{number}"] = lambda handler, plain=plain: (others_asked.release(), plain(handler))  # type: ignore[misc, func-returns-value]
        _source(server, f"good{number}")
    assert go_round(threads=2).outcomes == {"ok": 9}


def test_a_round_with_nothing_new_is_one_run_and_a_few_statements(
    server: LocalServer, django_assert_max_num_queries: Any
) -> None:
    for number in range(10):
        server.serve(f"/f{number}", _feed(number), ETag='"1"')
        _source(server, f"f{number}")
    assert go_round().outcomes["ok"] == 10
    for number in range(10):
        server.serve(f"/f{number}", b"", status=304)
    Source.objects.update(next_run_at=timezone.now())
    Run.objects.all().delete()
    before = OutboxEvent.objects.count()
    with django_assert_max_num_queries(120):
        assert record_round().outcomes == {"not_modified": 10}
    (run,) = Run.objects.all()
    assert run.summary == {"scans": 10, "not_modified": 10}
    assert set(Fetch.objects.order_by("-started_at").values_list("outcome", "http_status")[:10]) == {
        ("not_modified", 304)
    }
    assert OutboxEvent.objects.count() - before == 20
    for source in Source.objects.all():
        assert (source.lease, source.unchanged_scans, source.consecutive_failures) == (None, 1, 0)
        assert source.next_run_at > timezone.now()
    assert record_round().scans == 0
    assert Run.objects.count() == 1


def test_the_database_stretches_intervals_as_the_model_does(server: LocalServer) -> None:
    plans = [
        (0, True, 300),
        (3, True, 300),
        (4, True, 300),
        (20, True, 300),
        (20, False, 300),
        (20, True, 86_400),
        (20, True, 172_800),
    ]
    for scans, adaptive, interval in plans:
        name = f"f{scans}-{adaptive}-{interval}"
        server.serve(f"/{name}", b"", status=304)
        _source(server, name, etag='"1"', unchanged_scans=scans, is_adaptive=adaptive, interval_seconds=interval)
    assert go_round().outcomes["not_modified"] == 7
    for source in Source.objects.all():
        assert source.last_success_at is not None
        late = abs(source.next_run_at - source.last_success_at - source.current_interval)
        assert late < datetime.timedelta(seconds=60)
    intervals = {source.name: source.current_interval.total_seconds() for source in Source.objects.all()}
    assert intervals == {
        "f0-True-300": 300, "f3-True-300": 450, "f4-True-300": 675, "f20-True-300": 2400, "f20-False-300": 300,
        "f20-True-86400": 86_400, "f20-True-172800": 172_800,
    }  # fmt: skip


def test_a_body_that_comes_again_is_not_read_again_after_a_while(server: LocalServer) -> None:
    server.serve("/f", _feed(1))
    source = _source(server, "f")
    outcomes = []
    for _ in range(5):
        Source.objects.update(next_run_at=timezone.now())
        outcomes += list(go_round().outcomes)
    assert outcomes == ["ok", "ok", "ok", "not_modified", "not_modified"]
    assert Fetch.objects.filter(outcome=FetchOutcome.NOT_MODIFIED, http_status=200).count() == 2
    server.serve("/f", _feed(2))
    Source.objects.update(next_run_at=timezone.now())
    assert list(go_round().outcomes) == ["ok"]
    source.refresh_from_db()
    assert source.unchanged_scans == 0
    Source.objects.update(
        next_run_at=timezone.now(), unchanged_scans=9, body_read_at=timezone.now() - datetime.timedelta(days=2)
    )
    assert list(go_round().outcomes) == ["ok"]


def test_a_host_is_asked_one_after_the_other_and_what_cannot_wait_comes_later(settings: Any) -> None:
    with local_server() as server:
        settings.EGRESS_ALLOW_CIDRS = ["127.0.0.0/8", "::1/128"]
        settings.SCAN_PACE = 0.4
        named = server.url.replace("127.0.0.1", "localhost")  # by a name, a host is not known as the operator's own
        for number in range(4):
            server.serve(f"/f{number}", _feed(number))
            Source.objects.create(name=f"f{number}", title="f", url=f"{named}/f{number}", marketplace="local")
        began = time.monotonic()
        assert go_round(seconds=60).outcomes["ok"] == 4
        assert time.monotonic() - began >= 3 * 0.4
        for number in range(4):
            server.serve(f"/f{number}", b"", status=429, Retry_After="600")
        Source.objects.update(next_run_at=timezone.now())
        settings.SCAN_PACE = 1.5
        done = go_round(seconds=60)
        assert done.outcomes == {"failed": done.scans} and done.scans < 4, (
            "whoever came first: one, where it is answered at once"
        )
        assert due_sources().count() == 4 - done.scans


def test_a_host_that_asks_for_more_time_between_requests_gets_it(settings: Any) -> None:
    with local_server() as server:
        settings.EGRESS_ALLOW_CIDRS = ["127.0.0.0/8", "::1/128"]
        settings.SCAN_PACE = 0.1
        server.serve("/robots.txt", b"User-agent: *\nCrawl-delay: 1.5\n")
        for number in range(3):
            server.serve(f"/f{number}", _feed(number))
            url = f"{server.url.replace('127.0.0.1', 'localhost')}/f{number}"
            Source.objects.create(name=f"f{number}", title="f", url=url, marketplace="local")
        began = time.monotonic()
        assert go_round(seconds=60).outcomes["ok"] == 3
        assert time.monotonic() - began >= 2 * 1.5


def test_as_many_go_round_as_there_is_work_for(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rounds_needed() == 0
    Source.objects.bulk_create(
        Source(name=f"s{number}", title="s", url=f"https://h{number}.example/", marketplace="m")
        for number in range(rounds.PER_ROUND + 1)
    )
    assert rounds_needed() == 2
