"""Loading the samples: the catalogue first, then the offers, through the same stages as real ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from agents.planning.actions import match_pending
from agents.scanning.actions.scans import scan_body
from dealfinder.starter.feed import dated_offers
from dealfinder.starter.state import SOURCE, SamplesState, one_at_a_time, remember, samples_state
from deals.models import CatalogueItem, Deal, Entry, EntryState, Match, PricePoint, Source, SourceState

CATALOGUE = Path(__file__).with_name("catalogue.csv")


@dataclass(frozen=True)
class StarterReport:
    """What samples there are now. `loaded_now` is false where this call had nothing to do."""

    state: SamplesState
    loaded_now: bool
    products: int
    deals: int
    skipped: int
    opportunities: int
    matches: int

    @property
    def sentence(self) -> str:
        """What was done, for a person."""
        if self.state is SamplesState.REMOVED:
            return "The samples were removed before, so they were not loaded. Use --again to have them back."
        held = (
            f"{self.deals} sample offers ({self.opportunities} of them opportunities, {self.skipped} entries skipped for "
            f"want of an exact price) and {self.products} sample products"
        )
        return f"Loaded {held}." if self.loaded_now else f"The samples are there already: {held}."


def load_starter_data(*, again: bool = False) -> StarterReport:
    """Load the samples, once in the life of an installation: not a second time, and not after their removal, unless `again`.

    Where an earlier call was interrupted this one goes on, without anything twice. Raises `ScanError` where a stage fails.
    """
    with one_at_a_time():
        if samples_state() in {SamplesState.LOADED, SamplesState.REMOVED} and not again:
            return _report(loaded_now=False)
        remember(SamplesState.LOADING)
        _load_catalogue()
        _load_offers()
        remember(SamplesState.LOADED)
        return _report(loaded_now=True)


def _load_catalogue() -> None:
    from agents.pricing.importing import import_rows
    from agents.training.data import Row, rows_of

    rows = (row for row in rows_of(CATALOGUE) if isinstance(row, Row))
    import_rows((replace(row, product=replace(row.product, source=SOURCE)) for row in rows), is_sample=True)


def _load_offers() -> None:
    from agents.pricing.actions import value_pending

    source, _ = Source.objects.update_or_create(
        name=SOURCE,
        defaults={
            "title": "Sample offers",
            "kind": "feed",
            "marketplace": SOURCE,
            "state": SourceState.PAUSED,
            "is_sample": True,
        },
    )
    scan_body(source, dated_offers(timezone.now()), content_type="application/rss+xml", trigger="samples")
    _move_to_their_dates(source)
    value_pending(trigger="samples")
    match_pending(trigger="samples")


@transaction.atomic
def _move_to_their_dates(source: Source) -> None:
    """Let sample offers have been seen when they say that they were made, so that the page is not all of one minute."""
    published = Deal.objects.filter(pk=OuterRef("deal_id")).values("published_at")[:1]
    unmoved = Deal.objects.filter(source=source, first_seen_at__gt=F("published_at"))
    PricePoint.objects.filter(deal__in=unmoved).update(observed_at=Subquery(published))
    unmoved.update(first_seen_at=F("published_at"))


def _report(*, loaded_now: bool) -> StarterReport:
    deals = Deal.objects.filter(is_sample=True)
    return StarterReport(
        state=samples_state(),
        loaded_now=loaded_now,
        products=CatalogueItem.objects.filter(is_sample=True).count(),
        deals=deals.count(),
        skipped=Entry.objects.filter(source__is_sample=True, state=EntryState.SKIPPED).count(),
        opportunities=deals.filter(valuation__is_opportunity=True).count(),
        matches=Match.objects.filter(deal__is_sample=True).count(),
    )
