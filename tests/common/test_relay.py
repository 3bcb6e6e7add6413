from __future__ import annotations

import json
import threading
import time
from typing import Any, ClassVar

import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connection, transaction

from common.models import OutboxEvent
from common.outbox import Event, record
from common.relay import RELAY_LOCK, Relay, place_events
from common.stream import Place, current_place, events_after, place_of_seq

pytestmark = pytest.mark.django_db(transaction=True)


class Happened(Event):
    type: ClassVar[str] = "deal.found"
    topic: ClassVar[str] = "deals.parsed"
    what: str


class Inside(Event):
    type: ClassVar[str] = "entry.fetched"
    topic: ClassVar[str] = "deals.raw"
    internal: ClassVar[bool] = True
    what: str


def happen(*events: tuple[str, Any]) -> None:
    with transaction.atomic():
        for what, user in events:
            record(Happened(what=what), user_id=user.pk if user else None)


def stream_of(user: Any, after: Place | None = None) -> list[tuple[int, str]]:
    found = events_after(user.pk if user else None, after or Place(), limit=100)
    return [(event.place.seq, event.data["what"]) for event in found]


def test_every_reader_counts_the_public_events_and_their_own_without_a_gap(owner: Any, stranger: Any) -> None:
    happen(
        ("a", None), ("mine 1", owner), ("b", None), ("c", None), ("mine 2", owner), ("theirs", stranger), ("d", None)
    )
    with Relay() as relay:
        assert relay.publish_pending() == 7
    assert stream_of(owner) == [(1, "a"), (2, "mine 1"), (3, "b"), (4, "c"), (5, "mine 2"), (6, "d")]
    assert stream_of(stranger) == [(1, "a"), (2, "b"), (3, "c"), (4, "theirs"), (5, "d")]
    assert stream_of(None) == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]


def test_any_number_of_a_stream_is_found_again(owner: Any) -> None:
    happen(
        ("mine 0", owner),
        ("a", None),
        ("mine 1", owner),
        ("mine 2", owner),
        ("b", None),
        ("c", None),
        ("mine 3", owner),
    )
    place_events(100)
    whole = stream_of(owner)
    assert [seq for seq, _ in whole] == list(range(1, 8))
    for seq in range(8):
        assert stream_of(owner, place_of_seq(owner.pk, seq)) == whole[seq:]
    assert current_place(owner.pk).seq == 7
    assert stream_of(owner, place_of_seq(owner.pk, 900)) == []


def test_counting_goes_on_after_a_restart(owner: Any) -> None:
    happen(("a", None), ("mine 1", owner))
    with Relay() as relay:
        relay.publish_pending()
    happen(("b", None), ("mine 2", owner))
    with Relay() as relay:
        relay.publish_pending()
    assert stream_of(owner) == [(1, "a"), (2, "mine 1"), (3, "b"), (4, "mine 2")]


def test_a_lower_id_that_is_committed_later_comes_later() -> None:
    happen(("first", None), ("second", None))
    low = OutboxEvent.objects.get(data__what="first")
    OutboxEvent.objects.filter(pk=low.pk).delete()
    place_events(100)
    low.save(force_insert=True)
    place_events(100)
    assert stream_of(None) == [(1, "second"), (2, "first")]


def test_events_reach_their_topics_and_internal_ones_no_reader(owner: Any, valkey: redis.Redis) -> None:
    happen(("a", None), ("mine", owner))
    with transaction.atomic():
        record(Inside(what="raw"))
    with Relay() as relay:
        relay.publish_pending()
    entries = [fields for _, fields in valkey.xrange("deals.parsed")]  # type: ignore[union-attr]
    assert [json.loads(fields[b"data"]) for fields in entries] == [{"what": "a"}, {"what": "mine"}]
    assert [fields[b"user"].decode() for fields in entries] == ["", str(owner.pk)]
    assert valkey.xlen("deals.raw") == 1
    assert stream_of(owner) == [(1, "a"), (2, "mine")]
    assert not OutboxEvent.objects.filter(published_at__isnull=True).exists()


def test_a_crash_after_placing_publishes_again_with_the_same_place(valkey: redis.Redis) -> None:
    happen(("a", None), ("b", None))
    place_events(100)
    happen(("c", None))
    with Relay() as relay:
        assert relay.publish_pending() == 3
    data = [json.loads(fields[b"data"])["what"] for _, fields in valkey.xrange("deals.parsed")]  # type: ignore[union-attr]
    assert data == ["a", "b", "c"]
    assert stream_of(None) == [(1, "a"), (2, "b"), (3, "c")]


def test_without_valkey_nothing_is_lost(monkeypatch: pytest.MonkeyPatch, valkey: redis.Redis) -> None:
    happen(("a", None))
    with monkeypatch.context() as patched:
        patched.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
        with Relay() as relay, pytest.raises(redis.ConnectionError):
            relay.publish_pending()
    assert OutboxEvent.objects.get().published_at is None
    with Relay() as relay:
        assert relay.publish_pending() == 1
    assert valkey.xlen("deals.parsed") == 1


def test_events_in_a_rolled_back_transaction_never_happened() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record(Happened(what="never"))
        _ = 1 / 0
    with Relay() as relay:
        assert relay.publish_pending() == 0


def _other_session() -> psycopg.Connection[Any]:
    return psycopg.connect(**connection.get_connection_params(), autocommit=True)


def test_only_one_relay_leads() -> None:
    with _other_session() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [RELAY_LOCK])
        with Relay() as relay:
            assert relay.take_lead() is False
            other.execute("SELECT pg_advisory_unlock(%s)", [RELAY_LOCK])
            assert relay.take_lead() is True
            assert relay.take_lead() is True


def test_a_running_relay_publishes_at_once_and_survives_the_loss_of_its_session() -> None:
    stop = threading.Event()

    def work() -> None:
        with Relay() as relay:
            relay.run(stop)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        happen(("a", None))
        assert _published(1) < 60
        with _other_session() as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s",
                [RELAY_LOCK],
            )
        happen(("b", None))
        assert _published(2) < 60
    finally:
        stop.set()
        thread.join(60)
    assert not thread.is_alive()


def _published(count: int) -> float:
    start = time.monotonic()
    while OutboxEvent.objects.filter(published_at__isnull=False).count() < count and time.monotonic() < start + 90:
        time.sleep(0.02)
    return time.monotonic() - start
