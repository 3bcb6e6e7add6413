"""Events about deals: what was found, changed, valued, and done with by users."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Literal

from common.money import Money
from common.outbox import Amount, Event
from deals.models import Deal, DealChange, Valuation


class EntryFetched(Event):
    """A source gave an entry that is new or has changed."""

    type: ClassVar[str] = "entry.fetched"
    topic: ClassVar[str] = "deals.raw"
    internal: ClassVar[bool] = True

    entry_id: str
    source: str
    external_id: str
    title: str


class OfferEvent(Event):
    """What every event about one deal says of it."""

    deal_id: str
    title: str
    price: Amount
    marketplace: str
    merchant: str
    category: str
    url: str
    is_sample: bool


class DealFound(OfferEvent):
    """A deal was read for the first time."""

    type: ClassVar[str] = "deal.found"
    topic: ClassVar[str] = "deals.parsed"


class DealUpdated(DealFound):
    """A deal changed. `change` says what; `old_price` is the price before it, the same as now where another thing changed."""

    type: ClassVar[str] = "deal.updated"

    old_price: Amount
    change: Literal["price", "sold_out", "back_in_stock", "expired", "withdrawn", "reappeared"] = "price"
    state: Literal["active", "sold_out", "expired", "withdrawn"] = "active"


class DealsSeen(Event):
    """A source still offers these deals, unchanged. Told once an hour at most for a deal."""

    type: ClassVar[str] = "deals.seen"
    topic: ClassVar[str] = "deals.parsed"
    internal: ClassVar[bool] = True

    source: str
    deal_ids: list[str]


class DealValued(OfferEvent):
    """A deal was valued at its present price."""

    type: ClassVar[str] = "deal.valued"
    topic: ClassVar[str] = "deals.evaluated"

    worth: Amount | None
    low: Amount | None
    high: Amount | None
    discount: Amount | None
    discount_percent: str | None
    discount_usd: str | None
    score: int | None
    verdict: str


class OpportunityFound(DealValued):
    """A valuation whose discount is worth telling; each reader's own threshold is applied on the way to them."""

    type: ClassVar[str] = "opportunity.found"
    topic: ClassVar[str] = "deals.opportunities"


class ScanStarted(Event):
    """Somebody began to scan a source."""

    type: ClassVar[str] = "scan.started"
    topic: ClassVar[str] = "deals.raw"

    source: str
    title: str


class ScanFinished(Event):
    """A scan ended, well or not."""

    type: ClassVar[str] = "scan.finished"
    topic: ClassVar[str] = "deals.raw"

    source: str
    title: str
    outcome: str
    entries: int
    new_deals: int
    changed_deals: int
    skipped: int


class InteractionRecorded(Event):
    """A user did something with a deal."""

    type: ClassVar[str] = "interaction.recorded"
    topic: ClassVar[str] = "user.interactions"
    internal: ClassVar[bool] = True

    user_id: str
    deal_id: str
    kind: str


class MatchFound(Event):
    """A deal meets one of the reader's goals; only its owner is told."""

    type: ClassVar[str] = "match.found"
    topic: ClassVar[str] = "deals.opportunities"

    match_id: str
    goal_id: str
    goal_title: str
    deal_id: str
    title: str
    price: Amount


class TrackingMet(Event):
    """A followed price crossed bounds of its follower; only they are told. `terms` are those that were crossed."""

    type: ClassVar[str] = "tracking.met"
    topic: ClassVar[str] = "deals.opportunities"

    tracking_id: str
    terms: list[str]
    deal_id: str
    title: str
    price: Amount


def _amount(value: Decimal | None, currency: str) -> Amount | None:
    return None if value is None else Amount(**Money(value, currency).as_json())


def deal_facts(deal: Deal) -> dict[str, Any]:
    """Return what `DealFound` and its kin say of a deal."""
    return {
        "deal_id": str(deal.pk),
        "title": deal.title,
        "price": _amount(deal.price, deal.currency),
        "marketplace": deal.marketplace,
        "merchant": deal.merchant,
        "category": deal.category,
        "url": f"/deals/{deal.pk}/",
        "is_sample": deal.is_sample,
    }


def updated(deal: Deal, change: DealChange, old_price: Money | None = None) -> DealUpdated:
    """The event of a change that `deal` has seen already."""
    before = old_price or Money(deal.price, deal.currency)
    return DealUpdated.model_validate(
        deal_facts(deal) | {"old_price": before.as_json(), "change": str(change), "state": str(deal.state)}
    )


def valuation_facts(deal: Deal, valuation: Valuation) -> dict[str, Any]:
    """Return what `DealValued` and `OpportunityFound` say of a deal and its valuation."""
    return deal_facts(deal) | {
        "worth": _amount(valuation.worth, valuation.currency),
        "low": _amount(valuation.low, valuation.currency),
        "high": _amount(valuation.high, valuation.currency),
        "discount": _amount(valuation.discount, valuation.currency),
        "discount_percent": None if valuation.discount_percent is None else str(valuation.discount_percent),
        "discount_usd": None if valuation.discount_usd is None else str(valuation.discount_usd),
        "score": valuation.score,
        "verdict": valuation.verdict,
    }
