"""The catalogue: what is loaded, what is skipped, and that loading again changes nothing."""

from __future__ import annotations

import gzip
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from agents.pricing import importing
from agents.pricing.catalogue import index, reading
from agents.pricing.catalogue.base import Product
from agents.pricing.catalogue.compared import Compared
from agents.pricing.catalogue.pgvector import PgvectorCatalogue
from agents.pricing.embedding import embed
from agents.pricing.text import prepare
from agents.training.data import BadRow, Row, rows_of
from deals.models import CatalogueItem
from tests.agents.pricing.conftest import World

GOOD = {"title": "Acme Kettle", "text": "Acme Kettle | 1.7 l", "category": "kettles", "price": 39.9, "source": "shop"}


def lines(path: Path, *records: Any) -> Path:
    text = "\n".join(record if isinstance(record, str) else json.dumps(record) for record in records)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def load(*paths: Path) -> None:
    call_command("import_catalogue", *map(str, paths))


def test_bad_rows_are_named_by_line_and_the_rest_is_loaded(db: None, tmp_path: Path, capsys: Any) -> None:
    path = lines(
        tmp_path / "products.jsonl.gz",
        GOOD,
        "{not json",
        {"title": "No price", "text": "No price"},
        "",
        {"text": "Free thing", "price": 0},
        {"text": "Dear thing", "price": "1e999"},
        {"price": 3},
        {"text": "Old kettle", "price": "12.50", "observed_at": "yesterday"},
        {"text": "Borealis kettle | 1 l", "price": "12.50", "observed_at": "2025-03-01"},
        '["a list"]',
    )
    load(path)
    out, err = capsys.readouterr()
    for line in (2, 3, 5, 6, 7, 8, 10):
        assert f"products.jsonl.gz:{line}: " in err
    assert "2 products are new" in out
    assert "7 rows were skipped" in out
    kettle = CatalogueItem.objects.get(title="Borealis kettle")
    assert (kettle.price, kettle.observed_at) == (Decimal("12.5"), date(2025, 3, 1))
    assert CatalogueItem.objects.get(title="Acme Kettle").category == "kettles"


def test_loading_again_changes_nothing_and_a_new_price_is_taken_over(db: None, tmp_path: Path, capsys: Any) -> None:
    path = lines(tmp_path / "products.jsonl", GOOD, {"text": "Another kettle", "price": 20})
    load(path)
    before = list(CatalogueItem.objects.order_by("pk").values_list("pk", "price", "created_at"))
    load(path)
    assert "0 products are new, 0 have another price, 2 were known" in capsys.readouterr().out
    assert list(CatalogueItem.objects.order_by("pk").values_list("pk", "price", "created_at")) == before
    load(lines(path, GOOD | {"price": 35}))
    assert "0 products are new, 1 have another price, 0 were known" in capsys.readouterr().out
    assert CatalogueItem.objects.get(title="Acme Kettle").price == 35


def test_an_older_price_does_not_replace_a_newer_one(db: None, tmp_path: Path) -> None:
    load(lines(tmp_path / "a.jsonl", GOOD | {"observed_at": "2026-01-01"}))
    load(lines(tmp_path / "b.jsonl", GOOD | {"price": 10, "observed_at": "2020-01-01"}))
    assert CatalogueItem.objects.get().price == Decimal("39.9")


def test_csv_with_names_in_any_case(db: None, tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text('Title,Text,Price,Source\n"Acme Kettle, red","A kettle\nof steel",39.90,shop\nNo price,,x,\n')
    found = list(rows_of(path))
    assert [type(row) for row in found] != [BadRow, BadRow]
    load(path)
    assert CatalogueItem.objects.get().title == "Acme Kettle, red"


def test_files_that_cannot_be_read_are_one_sentence(db: None, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl.gz"
    broken.write_bytes(b"\x1f\x8b\x08\x00garbage")
    for path in (tmp_path / "missing.jsonl", broken, tmp_path):
        with pytest.raises(CommandError, match="cannot be read"):
            load(path)
    with pytest.raises(CommandError, match="no usable product"):
        load(lines(tmp_path / "empty.jsonl", ""))


def test_both_catalogues_find_the_same(db: None, world: World, tmp_path: Path) -> None:
    records = [
        {"title": item.title, "text": item.text, "price": item.price, "source": item.source} for item in world.products
    ]
    load(lines(tmp_path / "world.jsonl", *records))
    stored = PgvectorCatalogue(world.model.wording)
    vectors = embed(["Duna wireless headphones", "Acme electric kettle 2-pack"])
    here, there = world.catalogue.search(vectors, count=5), stored.search(vectors, count=5)
    np.testing.assert_allclose(there.similarity, here.similarity, atol=0.01)
    assert there.table.products[there.row[0, 0]].title == here.table.products[here.row[0, 0]].title
    assert there.size == CatalogueItem.objects.count()


def test_an_empty_catalogue_finds_nothing(db: None, world: World) -> None:
    found = PgvectorCatalogue(world.model.wording).search(embed(["kettle"]))
    assert (found.row == -1).all()
    assert found.size == 0


@pytest.mark.django_db(transaction=True)
def test_a_large_first_load_leaves_the_index_behind_and_a_killed_one_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PART", 4)
    path = lines(
        tmp_path / "many.jsonl",
        *({"text": f"Acme kettle number {number}", "price": 9 + number} for number in range(10)),
    )
    seen = []
    rows = list(rows_of(path))
    importing.import_rows(rows, progress=lambda imported: seen.append((imported.rows, index.exists())))
    assert seen == [(4, False), (8, False), (10, False)]
    assert index.exists()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {index.NAME}")
    assert index.mend() and index.exists()
    assert not index.mend()


@pytest.mark.django_db(transaction=True)
def test_an_interrupted_load_keeps_its_parts_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "PART", 4)
    path = lines(
        tmp_path / "many.jsonl",
        *({"text": f"Acme kettle number {number}", "price": 9 + number} for number in range(10)),
    )

    def stop(imported: importing.Imported) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        importing.import_rows(rows_of(path), progress=stop)
    assert CatalogueItem.objects.count() == 4
    assert index.exists()
    again = importing.import_rows(rows_of(path))
    assert (again.new, again.known) == (6, 4)


def test_progress_is_drawn_on_a_terminal_alone(db: None, tmp_path: Path) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    path = lines(tmp_path / "products.jsonl", GOOD, "{not json", {"text": "Another kettle", "price": 20})
    for stream, shown in ((Terminal(), True), (io.StringIO(), False)):
        call_command("import_catalogue", str(path), stderr=stream)
        assert ("100%  3 rows" in stream.getvalue()) is shown
        assert "products.jsonl:2: it is not JSON" in stream.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "Acme Kettle 1.7 l",
        "Used phone case for iPhone 15, 4-pack | 2023",
        "LEGO 75375 poster",
        "Acme phone $25 per month",
    ],
)
def test_what_was_read_is_kept_and_read_anew_by_other_rules(
    db: None, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    importing.import_rows([Row(Product(text, text, 20.0), "", 1)])
    item = CatalogueItem.objects.get()
    assert reading.unpacked(item.reading) == Compared.of(prepare(item.title, item.text))
    assert reading.read_again(10) == 0
    monkeypatch.setattr(reading, "version", lambda: "other rules")
    assert reading.unpacked(item.reading) is None
    assert (reading.read_again(10), reading.read_again(10)) == (1, 0)
