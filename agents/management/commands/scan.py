"""`manage.py scan`: one scan, now, in this process, through to matches."""

from __future__ import annotations

import contextlib
import gzip
import json
import time
import zlib
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.scanning.actions.report import ScanReport, last_entries, report_on, value_and_match
from agents.scanning.actions.scans import LEASE, Scan, ScanError, SourceBusy, scan_body, scan_source
from agents.scanning.actions.sources import (
    BadSource,
    install_default_sources,
    kind_and_config,
    read_as_page,
    source_for_file,
    source_for_url,
)
from agents.scanning.sources.base import UnreadableSource
from agents.scanning.sources.guessing import guess_kind
from agents.scanning.sources.registry import get_kind, kinds
from common.money import format_money
from common.urls import is_web_url
from deals.models import FetchOutcome, Source, SourceState


class Command(BaseCommand):
    help = "Scan a source, a file or an address now: read it, value its deals and match them, in this process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--source", metavar="NAME", help="the source of this name; every active source without any option"
        )
        parser.add_argument("--file", type=Path, metavar="PATH", help="a feed or a page on disk")
        parser.add_argument(
            "--url", help="a feed or a page on the web; beside --file the address that it was saved from"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        failures: list[str] = []
        if options["source"] and options["url"]:
            raise CommandError("Say --source or --url, not both.", returncode=2)
        if options["url"] and not is_web_url(options["url"]):
            raise CommandError("The address wants to begin with http:// or https:// and to name a host.")
        if options["file"]:
            report = _report(_scan_file(options["file"], options["url"] or "", options["source"]))
        elif options["url"]:
            report = _report(_scan_url(options["url"]))
        else:
            report, failures = _scan_sources(options["source"])
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self._print(report)
        if failures:
            raise CommandError(" ".join(failures))

    def _print(self, report: ScanReport) -> None:
        self.stdout.write(f"{report.source}: {report.entries} entries")
        for deal in report.deals:
            price = format_money(Decimal(deal["price"]), deal["currency"])
            worth = (
                f"worth {format_money(Decimal(deal['worth']), deal['currency'])}" if deal["worth"] else "worth unknown"
            )
            verdict = (deal["verdict"] or "not valued").replace("_", " ")
            self.stdout.write(f"  {price:>12}  {worth:<22} {verdict:<12} {deal['title']}")
        for skipped in report.skipped:
            self.stdout.write(f"       skipped  {skipped['title']}: {skipped['reason']}")
        self.stdout.write(
            f"{len(report.deals)} deals, {len(report.skipped)} skipped, {report.opportunities} opportunities, {report.matches} matches"
        )


def _scan_file(path: Path, url: str, name: str | None) -> Scan:
    """Read a file as the source of this name would, or as the kind that its address or its content suggests."""
    body = _body(path)
    known = _source(name) if name else None
    kind = get_kind(known.kind if known else guess_kind(body, url))
    try:
        # What cannot be read leaves no trace, not even a source.
        entries = kind.parse(body, "", url, kind_and_config(known)[1] if known else None)
        source = known or source_for_file([entry.url for entry in entries] or [url], kind.kind)
        return scan_body(source, body, url=url, trigger="command")
    except (UnreadableSource, BadSource, ScanError) as error:
        raise CommandError(str(error)) from error


def _body(path: Path) -> bytes:
    """The content of a file, unpacked where it is gzipped, and no more of it than any kind reads."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as content:
            return content.read(max(get_kind(name).max_bytes for name in kinds()) + 1)
    except FileNotFoundError:
        raise CommandError(f"There is no file at {path}.") from None
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CommandError(f"{path} cannot be read: {reason.lower()}.") from error


def _scan_url(url: str) -> Scan:
    source = source_for_url(url)
    try:
        return _scan_when_free(source)
    except ScanError as error:
        if not isinstance(error.__cause__, UnreadableSource) or not read_as_page(source):
            raise CommandError(str(error)) from error
    try:
        return _scan_when_free(source)
    except ScanError as error:
        raise CommandError(str(error)) from error


def _scan_sources(name: str | None) -> tuple[ScanReport, list[str]]:
    """Scan the named source, or every active one; what fails is said, and the others are scanned all the same."""
    install_default_sources()
    if name:
        sources = [_source(name)]
        if not sources[0].url:
            raise CommandError(f"The source “{name}” has no address that could be fetched.")
    else:
        sources = list(Source.objects.filter(state=SourceState.ACTIVE).exclude(url=""))
    total, failures = ScanReport(""), []
    for source in sources:
        try:
            total.add(_report(_scan_when_free(source)))
        except ScanError as error:
            failures.append(f"{source.title}: {error}")
    if failures and len(failures) == len(sources):
        raise CommandError(" ".join(failures))
    return total, failures


def _source(name: str) -> Source:
    found = Source.objects.filter(name=name).first()
    if found is None:
        known = ", ".join(Source.objects.order_by("name").values_list("name", flat=True))
        raise CommandError(f"There is no source “{name}”; there are: {known}.")
    return found


def _scan_when_free(source: Source) -> Scan:
    """Scan a source as soon as nobody else does: a lease is short, so this ends soon."""
    deadline = time.monotonic() + LEASE.total_seconds() + 5
    while time.monotonic() < deadline:
        with contextlib.suppress(SourceBusy):
            return scan_source(source.pk, trigger="command")
        time.sleep(0.5)
    return scan_source(source.pk, trigger="command")


def _report(scan: Scan) -> ScanReport:
    entries = last_entries(scan.source) if scan.outcome == FetchOutcome.NOT_MODIFIED else scan.entry_ids
    value_and_match(entries)
    return report_on(scan.source, entries)
