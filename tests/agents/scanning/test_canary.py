"""Canaries: what was read rightly and kept must still be read, or one of our own rules has changed."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from agents.scanning.actions.scans import scan_source
from agents.scanning.watching.alarms import Watched, end_alarm
from agents.scanning.watching.canary import check_canaries
from deals.models import Alarm, Fetch, PricePoint, Source
from tests.agents.scanning.feeds import item, rss
from tests.agents.scanning.local_server import LocalServer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def archive(settings: Any, tmp_path: Path) -> None:
    settings.ARCHIVE_DIR = tmp_path / "archive"


def _scan(source: Source, server: LocalServer, count: int) -> None:
    server.serve("/feed", rss([item(n, f"Thing number {n} ${n + 5}.50") for n in range(count)]))
    scan_source(source.pk)


def test_what_is_read_as_before_is_no_alarm(source: Source, server: LocalServer, sent_tasks: list[Any]) -> None:
    assert check_canaries() == Watched()
    _scan(source, server, 4)
    assert check_canaries() == Watched()
    assert len(server.requests) == 1, "a canary asks nobody"


def test_a_rule_that_reads_half_as_much_is_an_alarm_until_it_is_mended(
    source: Source, server: LocalServer, operator: Any
) -> None:
    _scan(source, server, 4)
    # As if the four that are in the archive had been eight when they were read.
    Fetch.objects.update(readable=8)
    assert check_canaries() == Watched(raised=1)
    assert check_canaries() == Watched()
    alarm = Alarm.objects.get()
    assert alarm.title == "Local feed is not read as before"
    assert "4 entries can be read; then it was 8." in alarm.sentence
    assert operator.notifications.get().title == alarm.title
    Fetch.objects.update(readable=7)
    assert check_canaries() == Watched(ended=1)


def test_another_kind_that_cannot_read_it_is_an_alarm(source: Source, server: LocalServer) -> None:
    _scan(source, server, 4)
    Source.objects.update(config={"nonsense": 1})
    assert check_canaries() == Watched(raised=1)
    assert "cannot be read at all: The configuration of" in Alarm.objects.get().sentence


def test_the_price_of_a_single_thing_must_be_what_it_was(source: Source, server: LocalServer) -> None:
    _scan(source, server, 1)
    PricePoint.objects.update(price=99)
    assert check_canaries() == Watched(raised=1)
    assert "its price is read as $5.50; then it was $99.00." in Alarm.objects.get().sentence


def test_what_is_not_there_or_was_called_right_is_no_canary(
    source: Source, server: LocalServer, operator: Any, tmp_path: Path
) -> None:
    _scan(source, server, 1)
    PricePoint.objects.update(price=99)
    check_canaries()
    end_alarm(Alarm.objects.get(), by=operator)
    assert check_canaries() == Watched()
    Source.objects.update(compared_from=None)
    (tmp_path / "archive" / Fetch.objects.get().archive_key).unlink()
    assert check_canaries() == Watched()
    Fetch.objects.update(started_at=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC), archive_key="")
    assert check_canaries() == Watched()
