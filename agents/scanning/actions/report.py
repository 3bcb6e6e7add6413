"""What one scan came to: its deals with their worth, and what was skipped, in the order of the entries."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone

from common.money import amount_text
from deals.models import Deal, Entry, EntryState, Match, Source, StageState, Valuation

PATIENCE: Final = 60.0
"""Seconds for which a worker that has taken some of the deals is waited for."""


@dataclass(slots=True)
class ScanReport:
    """The answer of `scan --json` (contract); amounts are decimal strings beside their currency."""

    source: str
    entries: int = 0
    deals: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[dict[str, str]] = field(default_factory=list)
    opportunities: int = 0
    matches: int = 0

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    def add(self, other: ScanReport) -> None:
        """Put another source's report behind this one."""
        self.source = ", ".join(name for name in (self.source, other.source) if name)
        self.entries += other.entries
        self.deals += other.deals
        self.skipped += other.skipped
        self.opportunities += other.opportunities
        self.matches += other.matches


def last_entries(source: Source) -> list[uuid.UUID]:
    """The entries that a source gave when it last gave any, in their order."""
    newest = Entry.objects.filter(source=source).order_by("-last_seen_at").first()
    if newest is None:
        return []
    seen = Entry.objects.filter(source=source, last_seen_at=newest.last_seen_at)
    return list(seen.order_by("position").values_list("pk", flat=True))


def value_and_match(entry_ids: Sequence[uuid.UUID]) -> None:
    """Take the deals of these entries through valuing and matching, here, in this process.

    What a worker has taken already is waited for, for a minute.
    """
    from agents.planning.actions import match_pending
    from agents.pricing.actions import value_deals

    deals = Deal.objects.filter(entries__in=entry_ids)
    deadline = time.monotonic() + PATIENCE
    tried: set[uuid.UUID] = set()
    while time.monotonic() < deadline:
        waiting = deals.filter(value_state=StageState.PENDING)
        free = waiting.filter(Q(value_leased_until__isnull=True) | Q(value_leased_until__lte=timezone.now()))
        mine = [pk for pk in free.values_list("pk", flat=True).distinct() if pk not in tried]
        if mine:
            tried.update(mine)
            value_deals(mine, trigger="command")
        elif waiting.exclude(pk__in=tried).exists():
            time.sleep(0.3)
        else:
            break
    match_pending(trigger="command")
    unmatched = Valuation.objects.filter(deal__in=deals, matched_at__isnull=True, match_attempts=0)
    while unmatched.exists() and time.monotonic() < deadline:
        time.sleep(0.3)
        match_pending(trigger="command")


def report_on(source: Source, entry_ids: Sequence[uuid.UUID]) -> ScanReport:
    """Say what became of these entries, in their order."""
    rows = Entry.objects.filter(pk__in=entry_ids).select_related("deal__valuation").in_bulk()
    entries = [rows[entry_id] for entry_id in entry_ids if entry_id in rows]
    report = ScanReport(source.name, entries=len(entry_ids))
    told: set[uuid.UUID] = set()
    for entry in entries:
        if entry.state == EntryState.READ and entry.deal is not None:
            if entry.deal.pk not in told:
                told.add(entry.deal.pk)
                report.deals.append(_deal(entry.deal))
                report.opportunities += bool(entry.deal.valuation and entry.deal.valuation.is_opportunity)
        else:
            reason = entry.skip_reason or entry.error or "it has not been read yet"
            report.skipped.append({"title": str(entry.payload.get("title", "")), "reason": reason})
    report.matches = Match.objects.filter(deal__in=told).count()
    return report


def _deal(deal: Deal) -> dict[str, Any]:
    worth = deal.valuation

    def text(amount: Decimal | None) -> str | None:
        return None if amount is None else amount_text(amount, deal.currency)

    return {
        "title": deal.title,
        "url": deal.url,
        "price": text(deal.price),
        "currency": deal.currency,
        "worth": text(worth.worth) if worth else None,
        "low": text(worth.low) if worth else None,
        "high": text(worth.high) if worth else None,
        "discount": text(worth.discount) if worth else None,
        "score": worth.score if worth else None,
        "verdict": worth.verdict if worth else None,
        "list_price": text(deal.list_price),
        "merchant": deal.merchant,
    }
