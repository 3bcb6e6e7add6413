"""Pricing data: JSON lines or CSV, gzipped or not. A row that cannot be used is reported by its line and skipped."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

from agents.pricing.catalogue.base import Product
from agents.pricing.text import first_part

HIGHEST_PRICE = 1_000_000.0
_LONGEST_TEXT = 20_000


class UnreadableData(Exception):
    """A file is missing or cannot be read at all; the message says which."""


@dataclass(frozen=True)
class BadRow:
    """A row that was skipped: its file, its line (from 1), and why in one phrase."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass(frozen=True)
class Row:
    """A product of a file with its line, and its category, which only the catalogue keeps."""

    product: Product
    category: str
    line: int


def _open(path: Path) -> IO[str]:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return io.TextIOWrapper(
        gzip.open(path, "rb") if zipped else path.open("rb"), encoding="utf-8-sig", errors="replace", newline=""
    )


def _records(path: Path, lines: IO[str]) -> Iterator[tuple[int, Any]]:
    if ".csv" in path.suffixes:
        table = csv.DictReader(lines)
        for record in table:
            yield table.line_num, {(key or "").strip().lower(): value for key, value in record.items()}
        return
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError:
                yield number, "it is not JSON"


def _text(record: dict[str, Any], name: str) -> str:
    value = record.get(name)
    return value.replace("\0", " ").strip()[:_LONGEST_TEXT] if isinstance(value, str) else ""


def read_product(record: Any) -> tuple[Product, str] | str:
    """A product and its category, or the reason why the record cannot be used."""
    if not isinstance(record, dict):
        return record if isinstance(record, str) else "it is not an object with text and price"
    text, title = _text(record, "text"), _text(record, "title")
    text = text or title
    if not text:
        return "it has no text"
    try:
        price = float(record.get("price"))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return f"its price {record.get('price')!r} is not a number"
    if not math.isfinite(price) or not 0 < price <= HIGHEST_PRICE:
        return f"its price {price} is not between 0 and {HIGHEST_PRICE:,.0f} dollars"
    seen = _text(record, "observed_at")
    try:
        observed = date.fromisoformat(seen[:10]) if seen else None
    except ValueError:
        return f"its date {seen!r} is not an ISO date"
    product = Product(
        title or first_part(text), text, price, _text(record, "source"), observed, category=_text(record, "category")
    )
    return product, _text(record, "category")


def rows_of(path: Path) -> Iterator[Row | BadRow]:
    """The rows of one file in order. Raises `UnreadableData` with a sentence."""
    try:
        with _open(path) as lines:
            for number, record in _records(path, lines):
                read = read_product(record)
                if isinstance(read, str):
                    yield BadRow(path.name, number, read)
                else:
                    yield Row(read[0], read[1], number)
    except (OSError, EOFError, csv.Error) as error:
        raise UnreadableData(f"{path} cannot be read: {error}.") from error


def read_all(paths: Sequence[Path]) -> tuple[list[Product], list[BadRow]]:
    """All usable products of the files, and the rows that were skipped."""
    products: list[Product] = []
    bad: list[BadRow] = []
    for path in paths:
        for row in rows_of(path):
            if isinstance(row, BadRow):
                bad.append(row)
            else:
                products.append(row.product)
    return products, bad


def fingerprint(products: Sequence[Product]) -> str:
    """A digest of the texts and prices in their order, to say which data a model was trained on."""
    digest = hashlib.sha256()
    for product in products:
        digest.update(f"{product.title}\0{product.text}\0{product.price}\0".encode())
    return digest.hexdigest()
