"""`manage.py scan`: one scan, now, in this process, through to matches."""

from __future__ import annotations

import contextlib
import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.scanning.actions.report import ScanReport, last_entries, report_on, value_and_match
from agents.scanning.actions.scans import LEASE, Scan, ScanError, SourceBusy, scan_body, scan_source
from agents.scanning.actions.sources import install_default_sources, source_for_file, source_for_url
from agents.scanning.sources.base import UnreadableSource
from agents.scanning.sources.registry import get_kind
from common.money import format_money
from common.urls import is_web_url
from deals.models import FetchOutcome, Source, SourceState


class Command(BaseCommand):
    help = "Scan a source, a file or an address now: read it, value its deals and match them, in this process."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--source", metavar="NAME", help="the source of this name; every active source without any option"
        )
        what.add_argument("--file", type=Path, metavar="PATH", help="a feed on disk")
        what.add_argument("--url", help="a feed on the web")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        failures: list[str] = []
        if options["file"]:
            report = _report(_scan_file(options["file"]))
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


def _scan_file(path: Path) -> Scan:
    kind = get_kind("feed")
    try:
        with path.open("rb") as file:
            body = file.read(kind.max_bytes + 1)
    except FileNotFoundError:
        raise CommandError(f"There is no file at {path}.") from None
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error
    try:
        # A feed that cannot be read leaves no trace, not even a source.
        entries = kind.parse(body, "", "")
        return scan_body(source_for_file([entry.url for entry in entries]), body, trigger="command")
    except (UnreadableSource, ScanError) as error:
        raise CommandError(str(error)) from error


def _scan_url(url: str) -> Scan:
    if not is_web_url(url):
        raise CommandError("The address wants to begin with http:// or https:// and to name a host.")
    try:
        return _scan_when_free(source_for_url(url))
    except ScanError as error:
        raise CommandError(str(error)) from error


def _scan_sources(name: str | None) -> tuple[ScanReport, list[str]]:
    """Scan the named source, or every active one; what fails is said, and the others are scanned all the same."""
    install_default_sources()
    if name:
        sources = list(Source.objects.filter(name=name))
        if not sources:
            known = ", ".join(Source.objects.order_by("name").values_list("name", flat=True))
            raise CommandError(f"There is no source “{name}”; there are: {known}.")
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
