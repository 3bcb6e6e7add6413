"""The states of a deal: which one follows from what is known, and how a change is written down and told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final

from django.db import transaction

from common.outbox import record_all
from deals.events import updated
from deals.models import Deal, DealChange, DealEvent, DealState, PricePoint, StageState

SOLD_OUT_WORDS: Final = frozenset({"OutOfStock", "SoldOut", "Discontinued", "Reserved"})
"""Words of schema.org for what cannot be bought now."""
VALUED_ANEW: Final = ("valuation", "value_state", "value_attempts", "value_error", "value_retry_at")
_LATER: Final = frozenset({DealState.SOLD_OUT, DealState.EXPIRED, DealState.WITHDRAWN})
_LONGEST_TIMELINE: Final = 100


def state_of(deal: Deal, now: datetime) -> DealState:
    """The state of a deal that is offered, by what its source says of it. A deal that was sold out stays so until a word about
    its availability says otherwise: silence is no news."""
    if deal.expires_at is not None and deal.expires_at <= now:
        return DealState.EXPIRED
    if deal.availability in SOLD_OUT_WORDS or (deal.state == DealState.SOLD_OUT and not deal.availability):
        return DealState.SOLD_OUT
    return DealState.ACTIVE


def why_over(deal: Deal, now: datetime) -> str:
    """Why a deal cannot be had any more, in a word; empty while it can."""
    if deal.state != DealState.ACTIVE:
        return str(DealState(deal.state).label)
    return str(DealState.EXPIRED.label) if deal.expires_at is not None and deal.expires_at <= now else ""


def over_since(deal: Deal) -> datetime | None:
    """When a deal that cannot be had any more came to that, where it is known."""
    if deal.state in (DealState.ACTIVE, DealState.EXPIRED):
        return deal.expires_at or deal.state_changed_at
    return deal.state_changed_at


def change_between(before: str, after: str) -> DealChange | None:
    """What a change of state is called; None where there is none."""
    if before == after:
        return None
    if after in _LATER:
        return DealChange(after)
    return DealChange.BACK_IN_STOCK if before == DealState.SOLD_OUT else DealChange.REAPPEARED


def enter_state(deal: Deal, state: DealState, now: datetime) -> DealChange | None:
    """Set the state on the deal, unsaved; what returns is valued and matched anew. Returns the change, None where there is none."""
    change = change_between(deal.state, state)
    if change is None:
        return None
    deal.state, deal.state_changed_at = state, now
    if state == DealState.ACTIVE:
        value_anew(deal)
        deal.valuation = None
    return change


def value_anew(deal: Deal) -> None:
    """Send the deal back to the valuing stage, unsaved."""
    deal.value_state, deal.value_attempts, deal.value_error, deal.value_retry_at = StageState.PENDING, 0, "", None


def move_deals(deals: Sequence[Deal], state: DealState | None, now: datetime, note: str) -> int:
    """Bring locked deals into a state, or into the one that their facts give where it is None; write and tell what changed, in
    the caller's transaction. `note` is a sentence for the timeline. Returns how many changed."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A change of a deal is written with its event in one transaction; there is none here.")
    changes = [(deal, enter_state(deal, state or state_of(deal, now), now)) for deal in deals]
    changed = [(deal, change) for deal, change in changes if change is not None]
    Deal.objects.bulk_update([deal for deal, _ in changed], ["state", "state_changed_at", *VALUED_ANEW])
    write_changes(changed, now, note)
    return len(changed)


def write_changes(changed: Iterable[tuple[Deal, DealChange]], now: datetime, note: str = "") -> None:
    """Write the record and the event of changes of state, in the caller's transaction."""
    changed = list(changed)
    DealEvent.objects.bulk_create([DealEvent(deal=deal, change=change, at=now, note=note) for deal, change in changed])
    record_all((updated(deal, change), None) for deal, change in changed)


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a deal's timeline. `price` and `old_price` are set where the price is what happened."""

    at: datetime
    kind: str
    words: str
    note: str = ""
    price: Decimal | None = None
    old_price: Decimal | None = None
    currency: str = ""


def timeline_of(
    deal: Deal, points: Sequence[PricePoint] | None = None, events: Sequence[DealEvent] | None = None
) -> list[Moment]:
    """What happened to a deal, the newest first: found, each new price, each change of state. `points` are its price points from
    the oldest on and `events` its changes, where they are at hand already; one query for each that is not."""
    if points is None:
        points = list(PricePoint.objects.filter(deal=deal).order_by("observed_at"))
    if events is None:
        events = list(DealEvent.objects.filter(deal=deal).order_by("-at")[:_LONGEST_TIMELINE])
    first = points[0] if points else None
    moments = [
        Moment(
            deal.first_seen_at,
            "found",
            "Found",
            price=first.price if first else deal.price,
            currency=first.currency if first else deal.currency,
        )
    ]
    for before, after in pairwise(points):
        if (before.price, before.currency) != (after.price, after.currency):
            old = before.price if before.currency == after.currency else None
            words = str(DealChange.PRICE.label)
            moments.append(Moment(after.observed_at, "price", words, "", after.price, old, after.currency))
    moments += [Moment(event.at, event.change, str(DealChange(event.change).label), event.note) for event in events]
    return sorted(moments, key=lambda moment: moment.at, reverse=True)[:_LONGEST_TIMELINE]
