"""Sources written into a file. Secrets stay here: a file is copied, mailed and forgotten."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree as ET

from agents.scanning.actions.configuring import secret_fields
from agents.scanning.exchange.rows import COLUMNS, guarded
from agents.scanning.sources.registry import UnknownKind, get_kind
from deals.models import Source
from deals.models.source import FOLLOWED

FORMATS: Final = {"opml": "text/x-opml; charset=utf-8", "csv": "text/csv; charset=utf-8"}
_MADE_BY_ITSELF: Final = ("submitted", "facebook")


def written_sources(form: str) -> bytes:
    """Every source that an operator could have made, by name, as `opml` or `csv`."""
    sources = (
        Source.objects.filter(is_sample=False)
        .exclude(kind__in=_MADE_BY_ITSELF)
        .exclude(name__startswith=FOLLOWED)
        .order_by("name")
    )
    return _opml(sources) if form == "opml" else _csv(sources)


def _values(source: Source) -> dict[str, str]:
    return {
        "name": source.name,
        "title": source.title,
        "kind": source.kind,
        "url": source.url,
        "marketplace": source.marketplace,
        "default_currency": source.default_currency,
        "interval_seconds": str(source.interval_seconds),
        "state": source.state,
        "config": _config(source),
    }


def _config(source: Source) -> str:
    try:
        secrets = secret_fields(get_kind(source.kind).config_class)
    except UnknownKind:
        secrets = set(source.config)
    shown = {name: value for name, value in source.config.items() if name not in secrets}
    return json.dumps(shown, ensure_ascii=False, sort_keys=True) if shown else ""


def _csv(sources: Iterable[Source]) -> bytes:
    out = io.StringIO()
    rows = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    rows.writeheader()
    for source in sources:
        rows.writerow({name: guarded(value) for name, value in _values(source).items()})
    return out.getvalue().encode("utf-8-sig")


def _opml(sources: Iterable[Source]) -> bytes:
    """OPML 2.0 (http://opml.org/spec2.opml): feeds as feed readers know them, and what only we know as attributes of our own."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = "Sources of Deal Finder"
    body = ET.SubElement(root, "body")
    for source in sources:
        values = {name: _xml(value) for name, value in _values(source).items() if value}
        title, url = values.pop("title"), values.pop("url", "")
        attributes = {"text": title, "title": title, "type": "rss" if source.kind == "feed" else "link"}
        if url:
            attributes["xmlUrl" if source.kind == "feed" else "url"] = url
        ET.SubElement(body, "outline", attributes | values)
    ET.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + bytes(ET.tostring(root, encoding="utf-8")) + b"\n"


def _xml(text: str) -> str:
    """A text without the characters that XML has no way to write."""
    return "".join(letter for letter in text if (letter >= " " and letter not in "\ufffe\uffff") or letter in "\t\n")
