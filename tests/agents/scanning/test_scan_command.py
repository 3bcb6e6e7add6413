"""`manage.py scan`, as its caller sees it: JSON on one side, sentences on the other."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from deals.models import Deal, Entry, Fetch, Source
from tests.agents.scanning.feeds import item, rss
from tests.agents.scanning.local_server import LocalServer
from tests.agents.scanning.sources import bodies

pytestmark = pytest.mark.django_db

FEED = rss(
    [item(1, "Sony XM5 headphones $228 shipped"), item(2, "25% off everything"), item(3, "Desk lamp $12 (was $20)")]
)


def _scan(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("scan", *arguments, "--json", stdout=out)
    answer = json.loads(out.getvalue())
    assert isinstance(answer, dict)
    return answer


def _file(folder: Path, body: bytes) -> str:
    path = folder / "feed.xml"
    path.write_bytes(body)
    return str(path)


def test_a_file_is_read_through_to_matches(tmp_path: Path) -> None:
    answer = _scan("--file", _file(tmp_path, FEED))
    assert set(answer) >= {"source", "entries", "deals", "skipped", "opportunities", "matches"}
    assert answer["entries"] == 3
    assert [(deal["title"], deal["price"], deal["currency"]) for deal in answer["deals"]] == [
        ("Sony XM5 headphones $228 shipped", "228.00", "USD"),
        ("Desk lamp $12 (was $20)", "12.00", "USD"),
    ]
    assert set(answer["deals"][0]) >= {"url", "worth", "low", "high", "discount", "score", "verdict"}
    assert answer["skipped"] == [{"title": "25% off everything", "reason": "it states no price"}]


def test_the_same_file_twice_says_the_same_and_adds_nothing(tmp_path: Path) -> None:
    first = _scan("--file", _file(tmp_path, FEED))
    counts = (Deal.objects.count(), Entry.objects.count(), Source.objects.count())
    assert _scan("--file", _file(tmp_path, FEED)) == first
    assert (Deal.objects.count(), Entry.objects.count(), Source.objects.count()) == counts


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "empty"),
        (b"<html></html>", "web page"),
        (FEED[:150], "breaks off"),
        (b"<rss>" + b" " * 50_000_000, "10 MB"),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing(tmp_path: Path, body: bytes, word: str) -> None:
    with pytest.raises(CommandError, match=word) as caught:
        _scan("--file", _file(tmp_path, body))
    assert "\n" not in str(caught.value)
    assert caught.value.returncode == 1
    assert not Source.objects.exists()
    assert not Fetch.objects.exists()


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no file"):
        _scan("--file", str(tmp_path / "nothing.xml"))
    with pytest.raises(CommandError, match="cannot be read"):
        _scan("--file", str(tmp_path))
    with pytest.raises(CommandError, match="ozbargain"):
        _scan("--source", "nobody")
    with pytest.raises(CommandError, match="http"):
        _scan("--url", "nonsense")


def test_an_address_and_a_source_are_fetched(server: LocalServer) -> None:
    url = server.serve("/feed", FEED, ETag='"1"')
    first = _scan("--url", url)
    assert len(first["deals"]) == 2
    name = first["source"]
    server.serve("/feed", b"", status=304)
    assert _scan("--source", name) == first
    server.serve("/feed", b"", status=500)
    with pytest.raises(CommandError, match="500"):
        _scan("--source", name)


def test_people_get_lines(tmp_path: Path) -> None:
    out = io.StringIO()
    call_command("scan", "--file", _file(tmp_path, FEED), stdout=out)
    assert "$228.00" in out.getvalue()
    assert "skipped  25% off everything: it states no price" in out.getvalue()
    assert "2 deals, 1 skipped" in out.getvalue()


def test_every_real_feed_is_scanned(shared_data: Path) -> None:
    for name, deals, skipped in (("slickdeals-frontpage-2016-11-18", 16, 9), ("ozbargain-rss", 24, 6)):
        answer = _scan("--file", str(shared_data / "feeds" / f"{name}.xml"))
        assert (len(answer["deals"]), len(answer["skipped"])) == (deals, skipped)


def test_a_saved_page_is_read_as_what_it_is(tmp_path: Path) -> None:
    answer = _scan("--file", _file(tmp_path, bodies.GUMTREE_PL))
    assert [(deal["price"], deal["currency"]) for deal in answer["deals"]] == [("1900.00", "PLN")]
    assert answer["source"] == "file-gumtree-gumtree"
    url = "https://shop.example/kettle"
    answer = _scan("--file", _file(tmp_path, bodies.PRODUCT), "--url", url)
    assert [(deal["title"], deal["price"], deal["currency"], deal["url"]) for deal in answer["deals"]] == [
        ("Kettle Pro", "49.90", "EUR", url)
    ]
    assert Source.objects.get(name=answer["source"]).kind == "page"


def test_a_packed_file_is_unpacked(tmp_path: Path) -> None:
    assert len(_scan("--file", _file(tmp_path, gzip.compress(FEED)))["deals"]) == 2
    with pytest.raises(CommandError, match="cannot be read"):
        _scan("--file", _file(tmp_path, gzip.compress(FEED)[:60]))


def test_a_file_may_be_read_as_a_source_would(tmp_path: Path, db: None) -> None:
    source = Source.objects.create(name="mine", title="Mine", kind="craigslist", marketplace="craigslist")
    answer = _scan("--file", _file(tmp_path, bodies.CRAIGSLIST_STATIC), "--source", "mine")
    assert (answer["source"], len(answer["deals"]), len(answer["skipped"])) == ("mine", 1, 2)
    assert Deal.objects.get().source == source
    with pytest.raises(CommandError, match="not both"):
        _scan("--source", "mine", "--url", "https://a.example/")


def test_an_address_that_gives_a_page_is_read_as_one(server: LocalServer) -> None:
    answer = _scan("--url", server.serve("/kettle", bodies.PRODUCT, Content_Type="text/html"))
    assert [deal["price"] for deal in answer["deals"]] == ["49.90"]
    assert Source.objects.get().kind == "page"
    with pytest.raises(CommandError, match="not fetched"):
        _scan("--url", "https://www.facebook.com/marketplace/item/628088039705732/")
