"""The page of one source: its figures lead to what they count, nothing of a stranger's text is more than text, and it is tested
without anything being stored."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from agents.scanning.archive.bodies import Body
from agents.scanning.archive.keeping import keep_body
from agents.scanning.tasks import try_source
from agents.web.spark import spark_of
from common.models import OutboxEvent
from deals.models import Alarm, Deal, Entry, Fetch, Source
from tests.agents.scanning.feeds import item, rss
from tests.agents.scanning.local_server import local_server
from tests.deals.making import make_source

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def client(operator: Any, signed_in: Callable[[Any], Client]) -> Client:
    return signed_in(operator)


@pytest.fixture
def source(settings: Any, tmp_path: Path) -> Source:
    settings.ARCHIVE_DIR = tmp_path / "archive"
    return make_source()


def _text(client: Client, source: Source, more: str = "") -> str:
    return client.get(f"/operations/sources/{source.pk}/{more}").content.decode()


def _fetch(source: Source, outcome: str = "ok", content: bytes = b"", **fields: Any) -> Fetch:
    attempt = Fetch(source=source, outcome=outcome, **fields)
    if content:
        keep_body(source, attempt, Body(content, source.url, "text/html", attempt.started_at))
    attempt.save()
    return attempt


def test_each_figure_leads_to_what_it_counts(client: Client, source: Source) -> None:
    _fetch(source, entries=10, readable=5, size=2048, http_status=200, archive_error="The disk is nearly full.")
    _fetch(source, "failed", error="It broke off.")
    _fetch(source, "not_modified", http_status=304)
    text = _text(client, source)
    for figure in ("67 %", "50 %", "304", "2.0\xa0KB", "The disk is nearly full."):
        assert figure in text
    failed = _text(client, source, "?outcome=failed")
    assert "It broke off." in failed
    assert "The disk is nearly full." not in failed
    for anchor in set(re.findall(r'href="(?:\?[^"#]*)?#([a-z-]+)"', text)):
        assert f'id="{anchor}"' in text, anchor


def test_what_strangers_wrote_is_only_text(client: Client, source: Source) -> None:
    _fetch(source, "failed", error=HOSTILE, sample=HOSTILE)
    Entry.objects.create(
        source=source,
        external_id="1",
        content_hash="h",
        payload={"title": HOSTILE},
        state="skipped",
        skip_reason=HOSTILE,
    )
    Alarm.objects.create(source=source, subject=str(source.pk), kind="silent", title=HOSTILE, sentence=HOSTILE)
    for address in (f"/operations/sources/{source.pk}/", "/operations/"):
        text = client.get(address).content.decode()
        assert HOSTILE not in text
        assert "&lt;script&gt;alert(1)" in text


def test_what_was_fetched_is_a_file_and_never_a_page(client: Client, source: Source) -> None:
    content = HOSTILE.encode() + b"\x00\xff"
    attempt = _fetch(source, content=content)
    assert f"/operations/fetches/{attempt.pk}/raw/" in _text(client, source)
    answer = client.get(f"/operations/fetches/{attempt.pk}/raw/")
    assert answer.content == content
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith('attachment; filename="shop-')
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    Fetch.objects.update(archive_key="../../secrets.json")
    assert client.get(f"/operations/fetches/{attempt.pk}/raw/").status_code == 404
    assert client.get(f"/operations/fetches/{uuid.uuid4()}/raw/").status_code == 404


def test_an_operator_ends_an_alarm(client: Client, operator: Any, source: Source) -> None:
    alarm = Alarm.objects.create(source=source, subject=str(source.pk), kind="unreadable", title="t", sentence="Half.")
    assert "It is as it should be" in _text(client, source)
    answer = client.post(f"/operations/alarms/{alarm.pk}/end/", follow=True)
    assert "The alarm has ended" in answer.content.decode()
    alarm.refresh_from_db()
    assert alarm.ended_by == operator
    assert f"ended by {operator.email}" in _text(client, source)
    answer = client.post(f"/operations/alarms/{alarm.pk}/end/", follow=True)
    assert "had ended already" in answer.content.decode()
    assert client.post(f"/operations/alarms/{uuid.uuid4()}/end/").status_code == 404


def _trial_of(answer: Any) -> uuid.UUID:
    return uuid.UUID(re.search(r"\?trial=([0-9a-f-]{36})#trial", answer["Location"])[1])  # type: ignore[index]


def test_a_test_shows_what_would_be_read_and_stores_nothing(
    client: Client, settings: Any, sent_tasks: list[Any], source: Source
) -> None:
    settings.EGRESS_ALLOW_CIDRS = ["127.0.0.0/8"]
    with local_server() as server:
        Source.objects.update(url=f"{server.url}/feed")
        server.serve("/feed", rss([item(1, "Desk lamp $12"), item(2, "25% off everything")]), Content_Type="text/xml")
        answer = client.post(f"/operations/sources/{source.pk}/test/")
        trial = _trial_of(answer)
        waiting = client.get(answer["Location"]).content.decode()
        assert "The source is asked now" in waiting
        assert f'hx-get="/operations/sources/{source.pk}/trials/{trial}/"' in waiting
        (task,) = sent_tasks
        assert (task.name, task.queue) == ("scan.try", "scan")
        try_source(*task.args)
    text = client.get(f"/operations/sources/{source.pk}/trials/{trial}/").content.decode()
    for words in (
        "2 entries",
        "1 would be a deal",
        "1 would be skipped",
        "It allows us to ask for this address.",
        "Desk lamp",
        "$12.00",
        "it states no price",
    ):
        assert words in text
    assert "hx-get" not in text
    assert "text/xml" in text
    other = make_source("other")
    assert "is not kept any more" in client.get(f"/operations/sources/{other.pk}/trials/{trial}/").content.decode()
    for model in (Deal, Entry, Fetch, OutboxEvent):
        assert model.objects.count() == 0
    source.refresh_from_db()
    assert source.last_attempt_at is None


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"<html>" + HOSTILE.encode(), 200, ("web page", "&lt;script&gt;alert(1)")),
        (b"", 503, ("answered 503",)),
    ],
)
def test_a_test_that_fails_says_why(
    client: Client, settings: Any, source: Source, body: bytes, status: int, words: tuple[str, ...]
) -> None:
    settings.EGRESS_ALLOW_CIDRS = ["127.0.0.0/8"]
    with local_server() as server:
        Source.objects.update(url=f"{server.url}/feed")
        server.serve("/feed", body, status)
        trial = _trial_of(client.post(f"/operations/sources/{source.pk}/test/"))
        try_source(str(source.pk), str(trial))
    text = client.get(f"/operations/sources/{source.pk}/trials/{trial}/").content.decode()
    assert HOSTILE not in text
    for each in words:
        assert each in text


def test_a_source_without_an_address_cannot_be_tested(client: Client, source: Source) -> None:
    Source.objects.update(url="")
    trial = _trial_of(client.post(f"/operations/sources/{source.pk}/test/"))
    try_source(str(source.pk), str(trial))
    assert "there is no address to ask" in _text(client, source, f"?trial={trial}")


@pytest.mark.parametrize(
    ("seconds", "words", "asks_on"),
    [(0, "is asked now", True), (10, "Still waiting", True), (95, "took the test up", False)],
)
def test_a_worker_that_is_away_is_said_in_words(
    client: Client, source: Source, seconds: int, words: str, asks_on: bool
) -> None:
    trial = _trial_of(client.post(f"/operations/sources/{source.pk}/test/"))
    with time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=False):
        text = client.get(f"/operations/sources/{source.pk}/trials/{trial}/").content.decode()
    assert words in text
    assert ("hx-get" in text) is asks_on


def test_a_test_that_is_not_known_is_said_in_words(client: Client, source: Source) -> None:
    text = client.get(f"/operations/sources/{source.pk}/trials/{uuid.uuid4()}/").content.decode()
    assert "is not kept any more" in text
    assert "What would be read now" not in _text(client, source, "?trial=nonsense")


def test_a_replay_is_asked_for_with_a_day(client: Client, source: Source, sent_tasks: list[Any]) -> None:
    answer = client.post(f"/operations/sources/{source.pk}/replay/", {"since": "soon", "from": "source"}, follow=True)
    assert "Choose the day" in answer.content.decode()
    answer = client.post(
        f"/operations/sources/{source.pk}/replay/", {"since": "2026-11-20", "from": "source"}, follow=True
    )
    assert "since 2026-11-20 is read again" in answer.content.decode()
    (task,) = sent_tasks
    assert (task.name, task.queue) == ("replay.source", "maintenance")
    assert task.args == (str(source.pk), "2026-11-20T00:00:00+00:00")


def test_the_chart_says_in_words_what_it_shows(source: Source) -> None:
    now = timezone.now()
    rows = [("ok", 10, 5), ("failed", 0, None), ("not_modified", 0, None), ("ok", 20, None), ("ok", 0, 0)]
    fetches = [
        Fetch(source=source, outcome=outcome, entries=entries, readable=readable, started_at=now - timedelta(hours=n))
        for n, (outcome, entries, readable) in enumerate(rows)
    ]
    spark = spark_of(fetches)
    assert spark is not None
    assert spark.description == (
        "The last 4 scans that brought something or failed: 1 failed; the others gave 0 to 20 entries, "
        "the last 10, of which 5 could be read."
    )
    assert [(bar.height, bar.read_height, bar.failed) for bar in spark.bars] == [
        ("1.5", "0.0", False),
        ("64.0", "0.0", False),
        ("64.0", "0.0", True),
        ("32.0", "16.0", False),
    ]
    assert spark_of(fetches[:1]) is None
    assert spark_of([Fetch(source=source, outcome="failed"), Fetch(source=source, outcome="failed")]) is not None


def test_the_page_of_a_source_asks_as_much_however_many_fetches_it_has(
    client: Client, source: Source, django_assert_max_num_queries: Any
) -> None:
    for number in range(40):
        _fetch(source, entries=number, readable=number // 2, started_at=timezone.now() - timedelta(minutes=number))
    _text(client, source)
    with django_assert_max_num_queries(20):
        text = _text(client, source)
    assert "Page 1 of 2" in text
    assert 'role="img"' in text
