"""The archive: what a source gave is kept when it changes, and keeping it never costs a scan."""

from __future__ import annotations

import datetime
import gzip
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine

from agents.scanning.actions.scans import ScanError, scan_source
from agents.scanning.archive.bodies import Body, UnusableBody, day_of, name_of, pack, unpack
from agents.scanning.archive.keeping import body_of, clean_up_archive, set_rule
from common import objects
from common.objects import ObjectFailure
from deals.models import Deal, Fetch, FetchOutcome, Source
from tests.agents.scanning.feeds import item, rss
from tests.agents.scanning.local_server import LocalServer
from tests.s3_server import S3Server, s3_for_us

pytestmark = pytest.mark.django_db

FEED = rss([item(1, "Sony XM5 headphones $228 shipped"), item(3, "Desk lamp $12 (was $20)")])
AT = datetime.datetime(2026, 11, 25, 10, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.ARCHIVE_DIR = tmp_path / "archive"
    return tmp_path / "archive"


@pytest.fixture
def s3(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    settings.ARCHIVE_STORE = "s3://bucket/deals"
    with s3_for_us(settings, monkeypatch) as server:
        yield server


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_changed_fetch_is_kept_byte_by_byte_and_an_unchanged_one_is_not(
    source: Source, server: LocalServer, folder: Path
) -> None:
    server.serve("/feed", FEED, Content_Type="application/rss+xml; charset=utf-8")
    scan_source(source.pk)
    scan_source(source.pk)
    server.serve("/feed", FEED.replace(b"$228", b"$199"))
    scan_source(source.pk)
    server.serve("/feed", b"", status=304)
    scan_source(source.pk)
    *rest, first = Fetch.objects.order_by("-started_at", "-pk")
    assert [bool(each.archive_key) for each in rest] == [False, True, True]
    assert rest[2].archive_key == first.archive_key
    kept = (first, rest[1])
    assert _files(folder) == sorted(f"raw/{each.started_at:%Y/%m/%d}/local/{each.pk}.gz" for each in kept)
    body = body_of(first)
    assert (body.content, body.content_type) == (FEED, "application/rss+xml; charset=utf-8")
    assert (body.url, body.fetched_at) == (f"{server.url}/feed", first.started_at)
    assert (folder / first.archive_key).stat().st_mode & 0o077 == 0


def test_what_could_not_be_read_is_kept_above_all(source: Source, server: LocalServer) -> None:
    server.serve("/feed", b"<html><p>We moved</p></html>")
    with pytest.raises(ScanError, match="web page"):
        scan_source(source.pk)
    attempt = Fetch.objects.get()
    assert attempt.outcome == FetchOutcome.FAILED
    assert body_of(attempt).content == b"<html><p>We moved</p></html>"


def test_what_comes_back_after_a_week_is_kept_again(source: Source, server: LocalServer, folder: Path) -> None:
    server.serve("/feed", FEED)
    for days in (0, 6, 7):
        with time_machine.travel(AT + datetime.timedelta(days=days), tick=False):
            scan_source(source.pk)
    assert len(_files(folder)) == 2


def test_a_full_disk_costs_a_warning_and_not_the_scan(
    source: Source, server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "LEAST_FREE", 2**62)
    server.serve("/feed", FEED)
    assert scan_source(source.pk).reading.new_deals == 2
    attempt = Fetch.objects.get()
    assert (attempt.outcome, attempt.archive_key) == (FetchOutcome.OK, "")
    assert attempt.archive_error.startswith("Not kept in the archive: The disk is nearly full")
    with pytest.raises(UnusableBody, match="Nothing was kept"):
        body_of(attempt)


def test_s3_gets_the_same_and_its_absence_costs_a_warning(source: Source, server: LocalServer, s3: S3Server) -> None:
    server.serve("/feed", FEED)
    scan_source(source.pk)
    first = Fetch.objects.get()
    assert list(s3.objects) == [f"/bucket/deals/{first.archive_key}"]
    assert body_of(first).content == FEED
    s3.down = True
    asked = s3.asked
    for number in range(5):
        server.serve("/feed", FEED.replace(b"$228", b"$1%d" % number))
        assert scan_source(source.pk).outcome == FetchOutcome.OK
    newest = Fetch.objects.latest("started_at", "pk")
    assert "left alone for a minute" in newest.archive_error
    assert s3.asked - asked == 3
    assert Deal.objects.count() == 2
    with pytest.raises(UnusableBody, match="S3 refuses"):
        body_of(first)


def test_what_was_changed_in_the_archive_is_not_used(source: Source, server: LocalServer, folder: Path) -> None:
    server.serve("/feed", FEED)
    scan_source(source.pk)
    attempt = Fetch.objects.get()
    file = folder / attempt.archive_key
    file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()) + b" "))
    with pytest.raises(UnusableBody, match="changed after"):
        body_of(attempt)
    file.write_bytes(b"no gzip")
    with pytest.raises(UnusableBody, match="damaged"):
        body_of(attempt)
    attempt.archive_key = "../../secrets.json"
    with pytest.raises(UnusableBody, match="Nothing was kept"):
        body_of(attempt)


def test_a_name_has_the_day_and_nothing_that_leads_elsewhere() -> None:
    fetch = uuid.uuid4()
    late = datetime.datetime(2026, 11, 26, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=9)))
    assert name_of("shop-1", fetch, late) == f"raw/2026/11/25/shop-1/{fetch}.gz"
    for odd in ("../../etc", "a/b", "", "ä" * 200, "..", "a\x00b"):
        name = name_of(odd, fetch, late)
        assert day_of(name) == datetime.date(2026, 11, 25)
        assert name.count("/") == 5
        assert ".." not in name
    for other in ("raw/2026/13/40/a/x.gz", f"raw/2026/02/30/a/{fetch}.gz", "models/x", ""):
        assert day_of(other) is None


def test_a_body_survives_packing_and_a_bomb_does_not() -> None:
    body = Body(b"\x00\r\n\xff{", "https://a.example/ä", "text/html; charset=x", AT)
    assert unpack(pack(body)) == body
    assert pack(body) == pack(body)
    for broken in (
        b"",
        b"\x1f\x8b",
        pack(body)[:-9],
        gzip.compress(b"[]\nx"),
        gzip.compress(b"{}\n"),
        gzip.compress(b"no"),
    ):
        with pytest.raises(UnusableBody):
            unpack(broken)
    with pytest.raises(UnusableBody, match="more than 64 MB"):
        unpack(gzip.compress(json.dumps({}).encode() + b"\n" + bytes(65 * 2**20), 1))


@pytest.mark.parametrize("where", ["folder", "bucket"])
def test_what_was_kept_long_enough_goes(
    where: str, request: Any, settings: Any, source: Source, server: LocalServer
) -> None:
    if where == "bucket":
        request.getfixturevalue("s3")
    server.serve("/feed", FEED)
    for days in (0, 15, 30):
        with time_machine.travel(AT + datetime.timedelta(days=days), tick=False):
            scan_source(source.pk)
    with time_machine.travel(AT + datetime.timedelta(days=30), tick=False):
        assert clean_up_archive() == 0
    with time_machine.travel(AT + datetime.timedelta(days=31), tick=False):
        assert clean_up_archive() == 1
        assert clean_up_archive() == 0
    assert [bool(each.archive_key) for each in Fetch.objects.order_by("started_at")] == [False, True, True]


def test_the_bucket_gets_a_rule_beside_those_that_it_has(s3: S3Server, settings: Any) -> None:
    s3.rules = (
        b"<LifecycleConfiguration><Rule><ID>theirs</ID><Status>Enabled</Status><Filter><Prefix>logs/</Prefix></Filter>"
        b"<Expiration><Days>9</Days></Expiration></Rule></LifecycleConfiguration>"
    )
    for _ in range(2):
        assert "after 31 days. 1 other rules stay" in set_rule()
    text = s3.rules.decode()
    assert text.count("<ID>") == 2
    assert "<ID>theirs</ID>" in text
    assert "<Prefix>deals/raw/</Prefix>" in text
    s3.rules = b""
    assert "0 other rules" in set_rule()
    settings.ARCHIVE_STORE = ""
    with pytest.raises(ObjectFailure, match="is a folder"):
        set_rule()
