"""Files with sources, read: OPML by a parser that knows no entities and fetches nothing, CSV with its columns in any order."""

from __future__ import annotations

import csv
import io
import re
from typing import Final

from lxml import etree

from agents.scanning.exchange.rows import COLUMNS, Row, unguarded

MOST_ROWS: Final = 5_000
_DOCTYPE: Final = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_WIDE_DOCTYPE: Final = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ALSO_CALLED: Final = {
    "xmlurl": "url", "feed": "url", "feed_url": "url", "address": "url", "link": "url", "text": "title", "currency": "default_currency",
    "interval": "interval_seconds",
}  # fmt: skip


class UnreadableList(Exception):
    """A file that holds no sources in a form that is known. The message is one sentence."""


def rows_of(body: bytes, name: str = "") -> list[Row]:
    """The sources that a file lists, each with its line. Raises `UnreadableList`."""
    beginning = body[:4_000].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
    if not beginning:
        raise UnreadableList("The file is empty.")
    rows = _opml(body) if beginning[:1] == b"<" else _csv(body, name)
    if len(rows) > MOST_ROWS:
        raise UnreadableList(f"The file lists more than {MOST_ROWS:,} sources. Split it.")
    return rows


def _opml(body: bytes) -> list[Row]:
    wide = body[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\x00" in body[:200]
    text = body.decode("utf-16", "replace") if wide else ""
    if _DOCTYPE.search(body) or _WIDE_DOCTYPE.search(text):
        raise UnreadableList(
            "The file declares a document type or entities of its own, which can be used to harm, so it was not read."
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        place = f" (line {error.lineno})" if isinstance(error, etree.XMLSyntaxError) and error.lineno else ""
        raise UnreadableList(f"The file is no OPML that can be read: its XML is broken{place}.") from error
    if etree.QName(root).localname.lower() != "opml":
        raise UnreadableList("The file is XML, but no OPML.")
    rows = []
    for outline in root.iter("outline"):
        said = {str(key).lower(): str(value).strip() for key, value in outline.attrib.items()}
        address = said.get("xmlurl") or said.get("url") or ""
        if not address and not said.get("config"):
            continue  # a folder
        values = {key: said[key] for key in COLUMNS if said.get(key)}
        values |= {"url": address, "title": said.get("title") or said.get("text", "")}
        rows.append(Row(int(outline.sourceline or 0), values))
    if not rows:
        raise UnreadableList("The OPML lists no feed: none of its outlines has an address.")
    return rows


def _csv(body: bytes, name: str) -> list[Row]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableList("The file is not in UTF-8. Save it as “CSV UTF-8”.") from error
    if "\x00" in text:
        raise UnreadableList("The file is neither OPML nor CSV.")
    first = text.split("\n", 1)[0]
    delimiter = max((",", ";", "\t"), key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[Row] = []
    try:
        header = [_column(cell) for cell in next(reader)]
        if not {"url", "config"} & set(header):
            raise UnreadableList("The first line names no column “url”. The columns are: " + ", ".join(COLUMNS) + ".")
        for cells in reader:
            if any(cell.strip() for cell in cells):
                pairs = zip(header, cells, strict=False)
                values = {
                    column: unguarded(cell.strip()) for column, cell in pairs if column in COLUMNS and cell.strip()
                }
                rows.append(Row(reader.line_num, values | ({"": "more"} if len(cells) > len(header) else {})))
    except (csv.Error, StopIteration) as error:
        raise UnreadableList(f"The CSV breaks off or is malformed (line {reader.line_num}).") from error
    if not rows:
        raise UnreadableList("The file has a first line, but lists no source.")
    return rows


def _column(cell: str) -> str:
    name = re.sub(r"[\s-]+", "_", unguarded(cell.strip()).lower())
    return _ALSO_CALLED.get(name, name)
