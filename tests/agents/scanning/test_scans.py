"""Scanning: from a feed on a server to deals, prices and events; and what happens when it does not work."""

from __future__ import annotations

import datetime
import threading
import uuid
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from celery.exceptions import Retry
from django.db import connection
from django.utils import timezone

from agents.models import Run, RunState
from agents.scanning.actions import reading
from agents.scanning.actions.rounds import due_sources
from agents.scanning.actions.scans import ScanError, SourceBusy, scan_body, scan_source
from agents.scanning.tasks import due, pending
from agents.scanning.tasks import source as scan_task
from common.models import DeadLetter, OutboxEvent
from deals.models import (
    Deal,
    DealState,
    Entry,
    EntryState,
    Fetch,
    FetchOutcome,
    PricePoint,
    Product,
    Source,
    StageState,
)
from tests.agents.scanning.feeds import item, rss
from tests.agents.scanning.local_server import LocalServer

pytestmark = pytest.mark.django_db

FEED = rss(
    [item(1, "Sony XM5 headphones $228 shipped"), item(2, "25% off everything"), item(3, "Desk lamp $12 (was $20)")]
)


def _events(*types: str) -> list[str]:
    return list(OutboxEvent.objects.filter(type__in=types).order_by("id").values_list("type", flat=True))


def _snapshot() -> dict[str, Any]:
    return {
        "deals": sorted(Deal.objects.values_list("external_id", "price", "valuation", "value_state")),
        "points": PricePoint.objects.count(),
        "products": Product.objects.count(),
        "entries": sorted(Entry.objects.values_list("external_id", "state")),
        "events": len(_events("deal.found", "deal.updated", "entry.fetched")),
    }


def test_a_scan_makes_deals_and_keeps_what_was_skipped(
    source: Source, server: LocalServer, sent_tasks: list[Any]
) -> None:
    server.serve("/feed", FEED)
    scan = scan_source(source.pk)
    assert (scan.outcome, scan.new_entries, scan.reading.new_deals, scan.reading.skipped) == (FetchOutcome.OK, 3, 2, 1)
    deal = Deal.objects.get(external_id="item-3")
    assert (deal.price, deal.list_price, deal.currency, deal.marketplace) == (Decimal(12), Decimal(20), "USD", "local")
    assert deal.canonical_url == deal.url == "https://deals.example/3"
    assert deal.product is not None
    assert deal.product.key == "desk lamp"
    assert deal.value_state == StageState.PENDING
    assert PricePoint.objects.get(deal=deal).price == 12
    skipped = Entry.objects.get(external_id="item-2")
    assert (skipped.state, skipped.skip_reason, skipped.deal) == (EntryState.SKIPPED, "it states no price", None)
    assert _events("scan.started", "deal.found", "scan.finished") == [
        "scan.started",
        "deal.found",
        "deal.found",
        "scan.finished",
    ]
    attempt = Fetch.objects.get()
    assert (attempt.outcome, attempt.http_status, attempt.size, attempt.entries) == ("ok", 200, len(FEED), 3)
    assert (attempt.new_deals, attempt.skipped) == (2, 1)
    source.refresh_from_db()
    assert source.lease is None
    assert source.last_success_at is not None
    assert timezone.now() < source.next_run_at <= timezone.now() + datetime.timedelta(seconds=300)


def test_the_next_stage_is_woken_after_the_commit(
    source: Source, server: LocalServer, sent_tasks: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    server.serve("/feed", FEED)
    with django_capture_on_commit_callbacks(execute=True):
        scan_source(source.pk)
    assert [task.name for task in sent_tasks] == ["value.pending"]
    with django_capture_on_commit_callbacks(execute=True):
        scan_source(source.pk)
    assert len(sent_tasks) == 1


def test_the_same_scan_twice_creates_nothing_new(source: Source, server: LocalServer) -> None:
    server.serve("/feed", FEED)
    scan_source(source.pk)
    before = _snapshot()
    scan_source(source.pk)
    assert _snapshot() == before


def test_votes_in_the_text_are_no_change(source: Source, server: LocalServer) -> None:
    server.serve("/feed", rss([item(1, "Lamp $12", "<div>Thumb Score: +21 </div>Shop has a lamp.")]))
    scan_source(source.pk)
    server.serve("/feed", rss([item(1, "Lamp $12", "<div>Thumb Score: +99 </div>Shop has a lamp.")]))
    scan_source(source.pk)
    assert _events("entry.fetched") == ["entry.fetched"]


def test_a_new_price_is_kept_told_and_valued_again(source: Source, server: LocalServer) -> None:
    server.serve("/feed", FEED)
    scan_source(source.pk)
    Deal.objects.update(value_state=StageState.DONE)
    server.serve("/feed", FEED.replace(b"$228", b"$199.99"))
    scan = scan_source(source.pk)
    assert scan.reading.changed_deals == 1
    deal = Deal.objects.get(external_id="item-1")
    assert deal.price == Decimal("199.99")
    assert deal.value_state == StageState.PENDING
    assert deal.price_changed_at is not None
    assert list(deal.price_points.order_by("observed_at").values_list("price", flat=True)) == [228, Decimal("199.99")]
    (event,) = OutboxEvent.objects.filter(type="deal.updated")
    assert event.data["old_price"] == {"amount": "228.00", "currency": "USD"}
    assert event.data["price"] == {"amount": "199.99", "currency": "USD"}
    assert Deal.objects.get(external_id="item-3").value_state == StageState.DONE
    assert Product.objects.count() == 2


def test_the_same_page_by_two_ways_is_one_deal(source: Source, server: LocalServer) -> None:
    twin = item(1, "Lamp $13").replace("item-1", "item-9").replace("utm_source=rss", "utm_medium=other")
    server.serve("/feed", rss([item(1, "Lamp $12"), twin]))
    scan_source(source.pk)
    deal = Deal.objects.get()
    assert deal.price == 12
    assert deal.price_points.count() == 1
    assert Entry.objects.filter(deal=deal).count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_sources_that_find_the_same_at_once_make_it_once(server: LocalServer) -> None:
    items = [item(number, f"Thing number {number} ${number}.50") for number in range(1, 120)]
    server.serve("/feed", rss(items))
    server.serve("/other", rss(reversed(items)))
    sources = [
        Source.objects.create(name=name, title=name, url=f"{server.url}/{name}", marketplace=name)
        for name in ("feed", "other")
    ]
    start = threading.Barrier(2)

    def scan(pk: uuid.UUID) -> None:
        start.wait()
        try:
            scan_source(pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=scan, args=[one.pk]) for one in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    Entry.objects.update(retry_at=None)
    reading.read_pending()
    assert Deal.objects.count() == PricePoint.objects.count() == len(_events("deal.found")) == 119
    assert Entry.objects.filter(state=EntryState.READ).count() == 238


def test_an_expired_offer_is_no_live_deal(source: Source, server: LocalServer) -> None:
    ended = "<expirationDate>Mon, 05 Jan 2026 10:00:00 GMT</expirationDate>"
    server.serve("/feed", rss([item(1, "Lamp $12", "", ended), item(2, "Desk $90")]))
    scan_source(source.pk)
    assert dict(Deal.objects.values_list("external_id", "state")) == {
        "item-1": DealState.EXPIRED,
        "item-2": DealState.ACTIVE,
    }


def test_a_deal_ends_when_its_time_is_over(source: Source, server: LocalServer) -> None:
    server.serve("/feed", rss([item(1, "Lamp $12"), item(2, "Desk $90")]))
    scan_source(source.pk)
    Deal.objects.filter(external_id="item-1").update(expires_at=timezone.now() - datetime.timedelta(seconds=1))
    Deal.objects.filter(external_id="item-2").update(expires_at=timezone.now() + datetime.timedelta(hours=1))
    pending()
    assert dict(Deal.objects.values_list("external_id", "state")) == {
        "item-1": DealState.EXPIRED,
        "item-2": DealState.ACTIVE,
    }


def test_the_second_request_is_conditional(source: Source, server: LocalServer) -> None:
    server.serve("/feed", FEED, ETag='"v1"', Last_Modified="Wed, 07 Jan 2026 10:00:00 GMT")
    scan_source(source.pk)
    server.serve("/feed", b"", status=304)
    scan = scan_source(source.pk)
    assert scan.outcome == FetchOutcome.NOT_MODIFIED
    assert "if-none-match" not in server.requests[0][1]
    assert server.requests[1][1]["if-none-match"] == '"v1"'
    assert server.requests[1][1]["if-modified-since"] == "Wed, 07 Jan 2026 10:00:00 GMT"
    source.refresh_from_db()
    assert (source.etag, source.consecutive_failures) == ('"v1"', 0)
    assert Deal.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        (b"", 200, "empty"),
        (b"<html><body>Please enable JavaScript</body></html>", 200, "web page"),
        (FEED[:200], 200, "breaks off"),
        (FEED, 500, "500"),
        (FEED.replace(b"Sony", b"S\xf6ny"), 200, "utf-8"),
        (b"<rss>" + b" " * 11_000_000, 200, "10 MB"),
    ],
)
def test_a_failure_is_a_sentence_and_changes_nothing(
    source: Source, server: LocalServer, body: bytes, status: int, word: str
) -> None:
    server.serve("/feed", FEED, ETag='"v1"')
    scan_source(source.pk)
    before = _snapshot()
    server.serve("/feed", body, status=status)
    with pytest.raises(ScanError, match=word) as caught:
        scan_source(source.pk)
    assert _snapshot() == before
    attempt = Fetch.objects.order_by("-started_at")[0]
    assert (attempt.outcome, attempt.error) == (FetchOutcome.FAILED, str(caught.value))
    source.refresh_from_db()
    assert (source.consecutive_failures, source.last_error, source.lease, source.etag) == (
        1,
        str(caught.value),
        None,
        '"v1"',
    )
    assert Run.objects.order_by("-started_at")[0].state == RunState.FAILED


def test_a_private_address_is_refused(source: Source, settings: Any) -> None:
    settings.EGRESS_ALLOW_CIDRS = []
    with pytest.raises(ScanError, match="not on the public internet"):
        scan_source(source.pk)


def test_three_failures_in_a_row_are_a_dead_letter_and_a_success_ends_it(source: Source, server: LocalServer) -> None:
    server.serve("/feed", b"", status=503)
    pauses = []
    for number in range(1, 6):
        with pytest.raises(ScanError):
            scan_source(source.pk)
        source.refresh_from_db()
        pauses.append((source.next_run_at - timezone.now()).total_seconds())
        assert DeadLetter.objects.filter(stage="scan", replayed_at=None).count() == (1 if number >= 3 else 0)
    assert pauses[0] < 40
    assert 250 < pauses[2] <= 300 < pauses[3] <= 600 < pauses[4] <= 1200
    server.serve("/feed", FEED)
    scan_source(source.pk)
    source.refresh_from_db()
    assert source.consecutive_failures == 0
    assert not DeadLetter.objects.filter(replayed_at=None).exists()


def test_a_server_that_asks_for_patience_gets_it(source: Source, server: LocalServer) -> None:
    server.serve("/feed", b"", status=429, Retry_After="3600")
    with pytest.raises(ScanError):
        scan_source(source.pk)
    source.refresh_from_db()
    assert source.next_run_at > timezone.now() + datetime.timedelta(minutes=55)


def test_one_scan_at_a_time(source: Source, server: LocalServer) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(FEED)

    server.answers["/feed"] = answer
    Source.objects.update(lease=uuid.uuid4(), leased_until=timezone.now() + datetime.timedelta(seconds=30))
    with pytest.raises(SourceBusy):
        scan_source(source.pk)
    assert not due_sources().exists()
    assert server.requests == []
    Source.objects.update(leased_until=timezone.now() - datetime.timedelta(seconds=1))
    assert scan_source(source.pk).outcome == FetchOutcome.OK


def test_a_source_that_is_leased_is_tried_again_and_one_that_is_not_due_is_not(
    source: Source, server: LocalServer, sent_tasks: list[Any]
) -> None:
    server.serve("/feed", FEED)
    Source.objects.update(lease=uuid.uuid4(), leased_until=timezone.now() + datetime.timedelta(seconds=30))
    with pytest.raises(Retry):
        scan_task.apply(args=[str(source.pk)], kwargs={"only_if_due": True}, throw=True)
    Source.objects.update(lease=None, leased_until=None)
    assert scan_task(str(source.pk), only_if_due=True) == "ok"
    assert scan_task(str(source.pk), only_if_due=True) == "This source is not due now."
    assert len(server.requests) == 1


@pytest.mark.django_db(transaction=True)
def test_a_scan_that_lost_its_lease_writes_nothing(source: Source, server: LocalServer) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        Source.objects.update(lease=uuid.uuid4())
        connection.close()
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(FEED)

    server.answers["/feed"] = answer
    with pytest.raises(SourceBusy):
        scan_source(source.pk)
    assert Entry.objects.count() == 0


def test_what_an_interrupted_scan_left_is_read_by_the_next(source: Source, server: LocalServer) -> None:
    server.serve("/feed", FEED)
    scan_source(source.pk)
    Deal.objects.all().delete()
    Entry.objects.update(state=EntryState.UNREAD, deal=None)
    Fetch.objects.update(outcome=FetchOutcome.RUNNING, finished_at=None)
    Source.objects.update(lease=uuid.uuid4(), leased_until=timezone.now())
    scan_source(source.pk)
    assert Deal.objects.count() == 2
    assert Fetch.objects.filter(outcome=FetchOutcome.RUNNING).count() == 0


def test_due_sources_are_sent_to_the_workers(source: Source, sent_tasks: list[Any]) -> None:
    Source.objects.create(name="paused", title="p", url="https://e.example/", marketplace="m", state="paused")
    Source.objects.create(
        name="later", title="l", url="https://e.example/", marketplace="m", next_run_at="2099-01-01T00:00Z"
    )
    Source.objects.create(name="files", title="f", url="", marketplace="m")
    assert due() == 1
    assert [(task.name, task.args, task.queue) for task in sent_tasks] == [("scan.round", (), "scan")]


def test_a_bad_entry_does_not_hold_up_the_others(source: Source, server: LocalServer) -> None:
    server.serve("/feed", FEED)
    scan_source(source.pk)
    # An external id that the deals table cannot hold stands for any entry that breaks the reader.
    bad = Entry.objects.get(external_id="item-1")
    Deal.objects.all().delete()
    Entry.objects.update(state=EntryState.UNREAD, payload={**bad.payload, "external_id": "x" * 600})
    good = Entry.objects.get(external_id="item-3")
    good.payload = {**good.payload, "external_id": "item-3", "title": "Desk lamp $12", "url": "https://deals.example/3"}
    good.save()
    for attempt in range(1, 4):
        outcome = reading.read_pending()
        assert outcome.failed == 2
        bad.refresh_from_db()
        assert bad.attempts == attempt
        Entry.objects.update(retry_at=None)
    assert list(Deal.objects.values_list("external_id", flat=True)) == ["item-3"]
    assert bad.state == EntryState.FAILED
    assert DeadLetter.objects.filter(stage="read", task="read.entry").count() == 2


def test_a_body_at_hand_is_scanned_as_if_it_had_been_fetched(db: None) -> None:
    source = Source.objects.create(name="file-x", title="Files: x", marketplace="x", state="paused")
    scan = scan_body(source, FEED)
    assert scan.reading.new_deals == 2
    before = _snapshot()
    scan_body(source, FEED)
    assert _snapshot() == before
    with pytest.raises(ScanError, match="web page"):
        scan_body(source, b"<html></html>")
    assert _snapshot() == before
