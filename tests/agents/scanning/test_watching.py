"""Nothing stops silently: a source that falls off raises an alarm once, which ends when it has recovered."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from agents.scanning.actions.scans import ScanError, scan_source
from agents.scanning.watching.alarms import Watched, end_alarm, watch_sources
from agents.scanning.watching.judgement import Share, chance_of_at_most, unreadability
from common.models import OutboxEvent
from deals.models import Alarm, AlarmKind, Fetch, FetchOutcome, Source, SourceState
from deals.source_actions import update_source
from notifications.delivery import deliver_pending
from notifications.models import Notification
from tests.agents.scanning.feeds import item, rss
from tests.agents.scanning.local_server import LocalServer

pytestmark = pytest.mark.django_db

AT = datetime.datetime(2026, 11, 25, 10, tzinfo=datetime.UTC)
EMPTY = rss([])


@pytest.fixture(autouse=True)
def clock(settings: Any, tmp_path: Path) -> Iterator[time_machine.Traveller]:
    settings.ARCHIVE_DIR = tmp_path / "archive"
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


def _go_on(clock: Any, minutes: float) -> None:
    clock.move_to(timezone.now() + datetime.timedelta(minutes=minutes), tick=False)


def _watch_for(clock: Any, minutes: int, each: Any = None) -> None:
    """Let so many minutes go by with the check in each of them, as beat does."""
    for _ in range(minutes):
        _go_on(clock, 1)
        if each is not None:
            each()
        watch_sources()


def _feed(start: int, count: int = 12, readable: int = 12) -> bytes:
    """`count` entries of which so many state a price."""
    return rss(
        [
            item(start + n, f"Thing number {start + n} ${n + 5}.50" if n < readable else f"Thing {start + n} on sale")
            for n in range(count)
        ]
    )


def _scan(source: Source, server: LocalServer, body: bytes) -> None:
    server.serve("/feed", body)
    scan_source(source.pk)


def _open() -> list[str]:
    return sorted(Alarm.objects.filter(ended_at=None).values_list("kind", flat=True))


def test_a_source_that_fails_for_three_intervals_raises_one_alarm_and_ends_it(
    source: Source, server: LocalServer, clock: Any, operator: Any, stranger: Any
) -> None:
    _scan(source, server, _feed(0))
    server.serve("/feed", b"", status=503)

    def fails() -> None:
        if Source.objects.filter(next_run_at__lte=timezone.now()).exists():
            with pytest.raises(ScanError):
                scan_source(source.pk)

    _watch_for(clock, 15, fails)
    assert _open() == []
    _watch_for(clock, 20, fails)
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.source, alarm.ended_at) == (AlarmKind.SILENT, source, None)
    assert alarm.title == "Local feed is silent"
    assert "answered 503" in alarm.sentence
    told = Notification.objects.get()
    assert (told.user, told.reason, told.title) == (operator, "alarm", "Local feed is silent")
    assert told.data["url"] == f"/operations/sources/{source.pk}/"
    assert {delivery.channel for delivery in told.deliveries.all()} == {"in_app", "email"}
    _scan(source, server, _feed(0))
    assert watch_sources() == Watched(raised=0, ended=1)
    assert watch_sources() == Watched()
    assert Alarm.objects.get().ended_at == timezone.now()


def test_an_alarm_is_told_once_a_day_however_often_it_comes_back(
    source: Source, server: LocalServer, clock: Any, operator: Any
) -> None:
    for _ in range(3):
        Source.objects.update(last_success_at=timezone.now() - datetime.timedelta(hours=2), consecutive_failures=5)
        Source.objects.update(watched_from=timezone.now() - datetime.timedelta(days=1))
        watch_sources()
        Source.objects.update(last_success_at=timezone.now())
        watch_sources()
        _go_on(clock, 60)
    assert Alarm.objects.count() == 3
    states = list(Notification.objects.order_by("created_at").values_list("state", "state_text"))
    assert states[0] == ("pending", "")
    assert states[1:] == [
        ("suppressed", "Not sent: the same alarm told 1 h ago."),
        ("suppressed", "Not sent: the same alarm told 2 h ago."),
    ]


def test_the_mail_to_operators_says_what_is_wrong_and_where_to_look(
    source: Source, operator: Any, mailoutbox: list[Any], settings: Any
) -> None:
    Source.objects.update(
        watched_from=AT - datetime.timedelta(days=1), consecutive_failures=3, last_error="It says <b>no</b>."
    )
    watch_sources()
    assert deliver_pending() == 2
    (mail,) = mailoutbox
    assert mail.to == [operator.email]
    assert mail.subject == "Local feed is silent"
    assert "It never had one. It says <b>no</b>." in mail.body
    assert f"{settings.PUBLIC_URL}/operations/sources/{source.pk}/" in mail.body
    (html, _) = mail.alternatives[0]
    assert "It says &lt;b&gt;no&lt;/b&gt;." in html
    assert OutboxEvent.objects.filter(type="notification.sent", user=operator).count() == 1


def test_after_an_outage_of_ours_no_source_is_blamed_at_once(source: Source, server: LocalServer, clock: Any) -> None:
    _scan(source, server, _feed(0))
    watch_sources()
    _go_on(clock, 600)
    _watch_for(clock, 15)
    assert _open() == []
    _watch_for(clock, 2)
    assert _open() == ["silent"], "somebody watched for three intervals, and yet nobody scanned it"


def test_a_source_that_is_paused_has_no_alarm_and_gets_its_time_when_it_is_resumed(source: Source, clock: Any) -> None:
    watch_sources()
    _watch_for(clock, 17)
    assert _open() == ["silent"]
    update_source(Source.objects.get(), state=SourceState.PAUSED)
    assert watch_sources() == Watched(ended=1)
    _watch_for(clock, 30)
    update_source(Source.objects.get(), state=SourceState.ACTIVE)
    _watch_for(clock, 15)
    assert _open() == []
    _watch_for(clock, 1)
    assert _open() == ["silent"]


def test_a_layout_that_changes_is_seen_with_the_next_scan_and_recovers(
    source: Source, server: LocalServer, clock: Any
) -> None:
    for number in range(4):
        _scan(source, server, _feed(number * 3, readable=10))
        _go_on(clock, 5)
    watch_sources()
    assert [fetch.readable for fetch in Fetch.objects.all()] == [10] * 4
    _scan(source, server, _feed(100, readable=1))
    watch_sources()
    alarm = Alarm.objects.get()
    assert alarm.kind == AlarmKind.UNREADABLE
    assert alarm.sentence.startswith("Only 1 of the last 12 entries could be read (8%); before it was 83%.")
    # It stays while the bad scans become what came before, and half a recovery is none.
    for number in range(6):
        _go_on(clock, 60)
        _scan(source, server, _feed(200 + 12 * number, readable=2))
        watch_sources()
    _go_on(clock, 5)
    _scan(source, server, _feed(300, readable=7))
    assert watch_sources() == Watched()
    _go_on(clock, 5)
    _scan(source, server, _feed(400, readable=10))
    assert watch_sources() == Watched(ended=1)


def test_what_an_operator_says_is_right_becomes_the_measure(
    source: Source, server: LocalServer, clock: Any, operator: Any
) -> None:
    for number in range(4):
        _scan(source, server, _feed(number * 3))
        _go_on(clock, 5)
    _scan(source, server, _feed(100, readable=1))
    watch_sources()
    assert end_alarm(Alarm.objects.get(), by=operator)
    assert not end_alarm(Alarm.objects.get(), by=operator)
    for number in range(4):
        _go_on(clock, 5)
        _scan(source, server, _feed(200 + number, readable=1))
        watch_sources()
    assert _open() == []
    assert Alarm.objects.get().ended_by == operator


def test_few_entries_that_cannot_be_read_are_chance(source: Source, server: LocalServer, clock: Any) -> None:
    for number in range(4):
        _scan(source, server, _feed(number * 12, readable=3))
        _go_on(clock, 5)
    _scan(source, server, _feed(100, readable=1))
    watch_sources()
    assert _open() == []


@pytest.mark.parametrize(
    ("lately", "before", "alarms"),
    [
        (Share(0, 12), Share(0, 0), False),  # nothing to compare with
        (Share(0, 12), Share(19, 19), False),  # too little to compare with
        (Share(0, 12), Share(20, 20), True),
        (Share(0, 0), Share(200, 200), False),
        (Share(5, 12), Share(200, 200), True),
        (Share(7, 12), Share(200, 200), False),  # not half
        (Share(0, 12), Share(40, 200), False),  # comes by chance once in fifteen times
        (Share(0, 40), Share(40, 200), True),
        (Share(0, 12), Share(0, 200), False),  # never could be read
        (Share(0, 1), Share(20, 20), False),  # one page, once
        (Share(1, 5), Share(30, 30), True),  # one page that states no price in four of five scans
    ],
)
def test_half_is_an_alarm_only_where_it_is_no_chance(lately: Share, before: Share, alarms: bool) -> None:
    assert (unreadability(lately, before) is not None) is alarms


def test_the_chance_is_the_binomial_tail() -> None:
    assert chance_of_at_most(1, 3, 0.5) == pytest.approx(0.5)
    assert chance_of_at_most(12, 12, 0.3) == pytest.approx(1)
    assert 0 <= chance_of_at_most(100, 100_000, 0.5) < 1e-9


def test_a_feed_that_becomes_a_web_page_is_told_with_a_sample(source: Source, server: LocalServer, clock: Any) -> None:
    _scan(source, server, _feed(0))
    server.serve("/feed", b"<!doctype html><html><script>alert(1)</script></html>")
    for _ in range(4):
        _go_on(clock, 5)
        with pytest.raises(ScanError):
            scan_source(source.pk)
    watch_sources()
    assert _open() == ["silent"]
    assert "<script>alert(1)</script>" in Fetch.objects.filter(outcome=FetchOutcome.FAILED)[0].sample


def test_a_feed_that_had_entries_and_has_none_is_an_alarm_and_one_that_never_had_is_none(
    source: Source, server: LocalServer, clock: Any
) -> None:
    never = Source.objects.create(name="never", title="Never", url=f"{server.url}/none", marketplace="m")
    server.serve("/none", EMPTY)
    _scan(source, server, _feed(0))
    for _ in range(2):
        _go_on(clock, 5)
        _scan(source, server, EMPTY)
        scan_source(never.pk)
        watch_sources()
    assert _open() == []
    _go_on(clock, 5)
    server.serve("/feed", b"", status=304)  # empty, and not changed since
    scan_source(source.pk)
    scan_source(never.pk)
    watch_sources()
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.source) == (AlarmKind.EMPTY, source)
    assert alarm.sentence == "It answers, but has given no entry in 3 scans; before it gave 12 a scan."
    clock.move_to(AT + datetime.timedelta(days=20), tick=False)
    scan_source(source.pk)
    watch_sources()
    assert _open() == ["empty"], "that the full scans are long ago is no recovery"
    _scan(source, server, _feed(50, count=1))
    assert watch_sources().ended == 1


def test_sources_without_news_cost_no_question_each(
    source: Source, server: LocalServer, clock: Any, django_assert_max_num_queries: Any
) -> None:
    _scan(source, server, _feed(0))
    for number in range(20):
        other = Source.objects.create(name=f"s{number}", title="S", url=source.url, marketplace="m")
        Fetch.objects.create(source=other, outcome=FetchOutcome.OK, entries=9, readable=9, started_at=AT)
    watch_sources()
    for _ in range(2):
        _go_on(clock, 30)
        Source.objects.update(last_success_at=timezone.now())  # nothing had changed
        watched = watch_sources()
    assert watched == Watched()
    with django_assert_max_num_queries(9):
        assert watch_sources() == Watched()


def test_a_search_with_few_results_may_be_empty_for_a_day(source: Source, server: LocalServer, clock: Any) -> None:
    _scan(source, server, _feed(0, count=1))
    for _ in range(9):
        assert _open() == []
        _go_on(clock, 180)
        _scan(source, server, EMPTY)
        watch_sources()
    assert _open() == ["empty"]
