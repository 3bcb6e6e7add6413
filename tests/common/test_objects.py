"""Objects in a folder and in a bucket: the same promises, at the wire for the bucket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from common import objects
from common.objects import FolderObjects, NoSuchObject, ObjectFailure, Objects, S3Objects
from tests.s3_server import S3Server, s3_for_us


@pytest.fixture
def s3(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    with s3_for_us(settings, monkeypatch) as server:
        yield server


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path, s3: S3Server) -> Objects:
    if request.param == "folder":
        return FolderObjects(tmp_path / "kept")
    return S3Objects("s3://bucket/our/place", seconds=30, tries=1, patience=30)


def test_what_was_put_comes_back_is_listed_in_order_and_goes(store: Objects, s3: S3Server) -> None:
    s3.page = 2
    names = ["raw/2026/11/09/a/1.gz", "raw/2026/11/10/a/1.gz", "raw/2026/11/10/b/2.gz"]
    for name in reversed(names):
        store.put(name, name.encode())
    store.put("other/1", b"")
    assert store.get(names[1], largest=100) == names[1].encode()
    assert list(store.names("raw/")) == names
    assert list(store.names("raw/2026/11/10")) == names[1:]
    store.put(names[0], b"anew")
    assert store.get(names[0], largest=4) == b"anew"
    store.delete(names[:2])
    store.delete(names[:1])
    assert list(store.names("raw/")) == names[2:]


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/passwd",
        "a/../../x",
        "a//b",
        "",
        ".hidden",
        "a/.ssh",
        "a\\..\\b",
        "a/b\n",
        "a/\x00",
        "ä",
        "a" * 901,
    ],
)
def test_a_name_that_could_lead_elsewhere_is_refused(store: Objects, s3: S3Server, name: str) -> None:
    for refused in (lambda: store.put(name, b"x"), lambda: store.get(name, largest=1), lambda: store.delete([name])):
        with pytest.raises(ObjectFailure, match="not a name"):
            refused()
    assert s3.asked == 0


def test_what_is_not_there_or_too_large_is_said(store: Objects) -> None:
    with pytest.raises(NoSuchObject):
        store.get("raw/none", largest=10)
    store.put("raw/large", b"12345")
    with pytest.raises(ObjectFailure, match="larger than"):
        store.get("raw/large", largest=4)


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "secret").write_text("s")
    (tmp_path / "kept" / "link").symlink_to(tmp_path)
    with pytest.raises(ObjectFailure, match="leads out"):
        FolderObjects(tmp_path / "kept").get("link/secret", largest=10)


def test_a_disk_that_is_nearly_full_keeps_room_for_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "LEAST_FREE", 2**62)
    with pytest.raises(ObjectFailure, match="nearly full"):
        FolderObjects(tmp_path).put("a/b", b"x")
    assert list(FolderObjects(tmp_path).names()) == []


def test_a_folder_that_cannot_be_written_to_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ObjectFailure, match="cannot be written to"):
        FolderObjects(tmp_path / "file").put("a/b", b"x")


def test_a_bucket_that_is_down_or_elsewhere_is_a_sentence(s3: S3Server, settings: Any) -> None:
    store = S3Objects("s3://bucket", seconds=30, tries=1, patience=30)
    s3.down = True
    with pytest.raises(ObjectFailure, match="S3 refuses the AWS keys"):
        store.put("a", b"x")
    settings.AWS_STORAGE_URL = "http://127.0.0.1:9"
    with pytest.raises(ObjectFailure, match="S3 broke off"):
        store.get("a", largest=1)
