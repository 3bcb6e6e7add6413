"""What shows when everybody who could raise an alarm is dead, and the figures of a source."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from agents.scanning.watching.alarms import watch_sources
from common.models import Marker
from deals.health import WATCH, forget_watchfulness, sources_with_health, watchfulness, what_stopped
from deals.models import Alarm, Fetch, Source
from tests.deals.making import make_source

pytestmark = pytest.mark.django_db


def _long_ago(minutes: int = 23) -> Source:
    """A source that is due since, and was tried last then."""
    then = timezone.now() - timedelta(minutes=minutes)
    return make_source(last_attempt_at=then, watched_from=then, next_run_at=then + timedelta(minutes=5))


def test_dead_workers_show_without_any_of_them(operator: Any, owner: Any, signed_in: Callable[[Any], Client]) -> None:
    _long_ago()
    pages = {person: signed_in(person).get("/").content.decode() for person in (operator, owner)}
    assert "No scan of any source for 23 minutes, although 1 is due." in pages[operator]
    assert "Nobody has looked for alarms for 23 minutes." in pages[operator]
    assert "No scan of any source" not in pages[owner]
    assert "No scan of any source" not in Client().get("/").content.decode()
    assert signed_in(operator).get("/healthz").status_code == 200


def test_one_that_watches_while_nobody_scans_does_not_hide_it() -> None:
    _long_ago()
    watch_sources()
    (sentence,) = what_stopped(timezone.now())
    assert sentence.startswith("No scan of any source for 23 minutes")


@pytest.mark.parametrize("why", ["paused", "files", "not due", "scanned"])
def test_what_is_not_to_be_scanned_is_not_missed(why: str) -> None:
    _long_ago()
    watch_sources()
    now = timezone.now()
    fields: dict[str, dict[str, Any]] = {
        "paused": {"state": "paused"},
        "files": {"url": ""},
        "not due": {"next_run_at": now + timedelta(hours=1)},
        "scanned": {"last_attempt_at": now},
    }
    Source.objects.update(**fields[why])
    assert what_stopped(now) == []


def test_nothing_has_stopped_where_there_is_nothing() -> None:
    assert what_stopped(timezone.now()) == []
    assert not watchfulness()


def test_the_banner_costs_one_query_in_fifteen_seconds(
    operator: Any, signed_in: Callable[[Any], Client], django_assert_num_queries: Any
) -> None:
    source = make_source()
    watch_sources()
    Alarm.objects.create(source=source, subject="x", kind="empty", title="t", sentence="s")
    forget_watchfulness()
    client = signed_in(operator)
    text = client.get("/about/").content.decode()
    assert "1 alarm is open" in text
    assert "/operations/#alarms" in text
    with django_assert_num_queries(0):
        assert watchfulness().alarms == 1


def test_pages_are_shown_without_the_cache(settings: Any, operator: Any, signed_in: Callable[[Any], Client]) -> None:
    Alarm.objects.create(subject="x", kind="empty", title="t", sentence="s")
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:9/0"}
    }
    assert "1 alarm is open" in signed_in(operator).get("/about/").content.decode()


def test_the_figures_of_a_source_are_of_seven_days_and_of_scans_that_read_something() -> None:
    source, now = make_source(), timezone.now()
    rows = [("ok", 10, 8), ("ok", 30, 12), ("not_modified", 0, None), ("failed", 0, None), ("running", 0, None)]
    for outcome, entries, readable in rows:
        Fetch.objects.create(source=source, outcome=outcome, entries=entries, readable=readable)
    Fetch.objects.create(source=source, outcome="failed", started_at=now - timedelta(days=8))
    Fetch.objects.create(source=source, outcome="ok", entries=500)  # of an older version, which did not count
    (health,) = sources_with_health()
    assert (health.attempts, health.success_rate) == (5, 0.8)
    assert (health.entries, health.readable) == (20, 0.5)
    assert sources_with_health(only=make_source("other").pk)[0].readable is None


def test_sources_say_in_the_api_how_they_do(api: Callable[..., Any], operator: Any) -> None:
    source = make_source()
    Fetch.objects.create(source=source, outcome="ok", entries=10, readable=5)
    Alarm.objects.create(
        source=source, subject=str(source.pk), kind="unreadable", title="t", sentence="The key is s3cret-w0rd."
    )
    Alarm.objects.create(source=source, subject="x", kind="empty", title="t", sentence="s", ended_at=timezone.now())
    for person in (None, operator):
        answer = api(person).get("/api/v1/sources").json()["results"][0]["health"]
        assert (answer["entries_per_scan"], answer["readable_share"]) == (10, 0.5)
        (alarm,) = answer["alarms"]
        assert alarm["kind"] == "unreadable"
        assert alarm["text"] == "Half as many entries can be read as before"
        assert "s3cret-w0rd" not in str(answer)


def test_measurements_are_for_operators_and_scrapers(
    settings: Any, owner: Any, operator: Any, signed_in: Callable[[Any], Client]
) -> None:
    from pydantic import SecretStr

    source = make_source('odd"name', title="Odd")
    Alarm.objects.create(source=source, subject="a\nb", kind="empty", title="t", sentence="s")
    Marker.objects.filter(name=WATCH).delete()
    assert Client().get("/metrics").status_code == signed_in(owner).get("/metrics").status_code == 403
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 403
    settings.METRICS_TOKEN = SecretStr("scraper")
    assert Client().get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 403
    answer = Client().get("/metrics", headers={"Authorization": "Bearer scraper"})
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = answer.content.decode().splitlines()
    assert 'dealfinder_alarm{kind="empty",source="odd\\"name",subject="a\\nb"} 1.0' in lines
    assert "# TYPE dealfinder_source_next_run_timestamp_seconds gauge" in lines
    assert "dealfinder_stopped 0.0" in lines
    assert signed_in(operator).get("/metrics").status_code == 200
