"""Sources in and out of files: bad lines, hostile files, and the way there and back."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError

from agents.scanning.actions.configuring import save_source
from agents.scanning.exchange.importing import UnreadableList, import_sources
from agents.scanning.exchange.writing import written_sources
from deals.models import Source

pytestmark = pytest.mark.django_db
OPML = b"""<?xml version="1.0"?><opml version="2.0"><head><title>My feeds</title></head><body>
<outline text="Deals"><outline type="rss" text="One" xmlUrl="https://one.example/feed" htmlUrl="https://one.example/"/>
<outline type="rss" title="Two &amp; more" text="2" xmlUrl="https://two.example/feed"/></outline>
<outline type="rss" text="Bad" xmlUrl="ftp://bad.example/feed"/>
</body></opml>"""
CSV = """title,url,kind,interval_seconds,config
Three,https://three.example/feed,,600,
No address,,feed,,
Odd,https://odd.example/,oracle,,
Slow,https://slow.example/feed,feed,often,
Search,,craigslist,3600,"{""city"": ""sfbay"", ""query"": ""desk""}"
Wrong,,craigslist,,"{""city"": ""not a city""}"
Broken,https://broken.example/,feed,,"{"
,https://untitled.example/feed,,,
"""
BOMB = b'<?xml version="1.0"?><!DOCTYPE opml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><opml><body><outline text="&b;" xmlUrl="https://a.example/"/></body></opml>'
XXE = b'<?xml version="1.0"?><!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><body><outline text="&x;" xmlUrl="https://a.example/"/></body></opml>'


def test_opml_is_taken_in_and_a_bad_line_skipped() -> None:
    done = import_sources(OPML)
    assert sorted(done.made) == ["one", "two-more"]
    assert done.skipped == [
        {"line": 4, "title": "Bad", "reason": "url: This wants an address that begins with http:// or https://."}
    ]
    assert Source.objects.get(name="two-more").title == "Two & more"
    again = import_sources(OPML)
    assert (again.made, sorted(again.known)) == ([], ["one", "two-more"])


def test_csv_is_taken_in_and_bad_lines_are_reported_by_number() -> None:
    done = import_sources(CSV.encode())
    assert sorted(done.made) == ["feed-untitled-example", "search", "three"]
    assert [one["line"] for one in done.skipped] == [3, 4, 5, 7, 8]
    reasons = " ".join(one["reason"] for one in done.skipped)
    for words in ("wants an address", "“oracle”", "whole number", "config.city", "wants JSON"):
        assert words in reasons
    assert Source.objects.get(name="search").url == "https://sfbay.craigslist.org/search/sss?query=desk&sort=date"


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_spreadsheet_s_own_marks_are_understood(delimiter: str) -> None:
    text = f"\ufeffName{delimiter}Feed URL\r\nfour{delimiter}https://four.example/feed\r\n\r\n"
    done = import_sources(text.encode())
    assert (done.made, done.skipped) == (["four"], [])


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "empty"), (BOMB, "entities"), (XXE, "entities"), (BOMB.decode().encode("utf-16"), "entities"), (b"<opml><body>", "broken"),
        (b"<html></html>", "no OPML"), (b"<opml><body><outline text='Folder'/></body></opml>", "no feed"), (b"a,b\n1,2\n", "no column"),
        (b"url\n", "no source"), (b"url\n\xff\xfe\xfa\n", "UTF-8"), (b"url\n\x00\n", "neither"),
        (b"url\n" + b"https://a.example/\n" * 5_001, "5,000"),
        (b"url\n" + b"x" * 2_000_001, "2 MB"), (b'url\n"https://a.example/', ""),
    ],
)  # fmt: skip
def test_a_file_that_is_none_changes_nothing(body: bytes, word: str) -> None:
    if word:
        with pytest.raises(UnreadableList, match=word):
            import_sources(body)
        assert not Source.objects.exists()
    else:
        assert import_sources(body).made == ["feed-a-example"]


def _make_all() -> None:
    save_source(None, {"title": "=HYPERLINK(1)", "url": "https://one.example/feed?a=1&b=2", "name": "one"})
    save_source(
        None,
        {
            "title": "Cameras",
            "name": "cameras",
            "kind": "ebay",
            "config": {"client_id": "app", "client_secret": "cert-id", "query": "camera"},
        },
    )
    save_source(
        None,
        {
            "title": "Szukaj ł",
            "name": "desk",
            "kind": "craigslist",
            "config": {"city": "sfbay", "query": "desk"},
            "interval_seconds": 7200,
        },
    )


@pytest.mark.parametrize("form", ["opml", "csv"])
def test_what_goes_out_comes_back_without_secrets(form: str) -> None:
    _make_all()
    fields = ("name", "title", "kind", "url", "marketplace", "default_currency", "interval_seconds", "state")
    before = list(Source.objects.order_by("name").values(*fields))
    written = written_sources(form)
    assert b"cert-id" not in written and b"sealed" not in written
    Source.objects.all().delete()
    done = import_sources(written)
    assert done.skipped == []
    assert list(Source.objects.order_by("name").values(*fields)) == before


def test_a_cell_is_never_a_formula() -> None:
    _make_all()
    cells = [cell for row in csv.reader(io.StringIO(written_sources("csv").decode("utf-8-sig"))) for cell in row]
    assert "'=HYPERLINK(1)" in cells and not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_commands(tmp_path: Path) -> None:
    path, out = tmp_path / "feeds.opml", io.StringIO()
    path.write_bytes(OPML)
    call_command("import_sources", str(path), "--json", stdout=out)
    assert json.loads(out.getvalue())["skipped"][0]["line"] == 4
    call_command("export_sources", str(tmp_path / "out.csv"))
    assert b"https://one.example/feed" in (tmp_path / "out.csv").read_bytes()
    out = io.StringIO()
    call_command("export_sources", stdout=out)
    assert out.getvalue().startswith("<?xml")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_sources", str(tmp_path / "nothing"))
    path.write_bytes(XXE)
    with pytest.raises(CommandError, match="entities"):
        call_command("import_sources", str(path))


def test_the_api_and_the_page_do_the_same_for_operators_alone(
    api: Any, owner: Any, operator: Any, signed_in: Any
) -> None:
    body = {"content": OPML.decode(), "name": "x.opml"}
    assert api().post("/api/v1/sources/import", body, format="json").status_code == 401
    assert api(owner).post("/api/v1/sources/import", body, format="json").status_code == 403
    assert api(owner).get("/api/v1/sources/export").status_code == 403
    assert len(api(operator).post("/api/v1/sources/import", body, format="json").json()["made"]) == 2
    assert list(
        api(operator).post("/api/v1/sources/import", {"content": XXE.decode()}, format="json").json()["errors"]
    ) == ["content"]
    for form in ("opml", "csv"):
        assert "one.example" in api(operator).get(f"/api/v1/sources/export?form={form}").json()["content"]
    assert api(operator).get("/api/v1/sources/export?form=exe").status_code == 400
    page = signed_in(operator).post(
        "/operations/sources/exchange/", {"file": SimpleUploadedFile("a.csv", CSV.encode())}
    )
    assert "3 new, 0 known already, 5 skipped" in page.content.decode() and "“oracle”" in page.content.decode()
    page = signed_in(operator).post("/operations/sources/exchange/", {"file": SimpleUploadedFile("a.xml", XXE)})
    assert page.status_code == 422 and "was not read" in page.content.decode()
    assert signed_in(operator).get("/operations/sources/export/csv/")["Content-Disposition"].endswith('.csv"')
