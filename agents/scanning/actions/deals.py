"""Offers become deals: a new one is found, a known one is brought up to date, and each price seen is kept."""

from __future__ import annotations

import datetime
import uuid
from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from agents.identity.assigning import Assignment, assign
from agents.scanning.sources.base import Offer
from common.gtin import normalised_gtin
from common.money import Money
from common.outbox import Event, record_all
from deals.events import DealFound, deal_facts, updated
from deals.life import VALUED_ANEW, change_between, enter_state, state_of, value_anew, write_changes
from deals.models import Deal, DealChange, DealState, PricePoint, Source

_FACTS = ("title", "description", "merchant", "brand", "category", "condition", "image_url", "list_price", "expires_at")
# What one source says of a deal holds while another one says nothing about it.
_KEPT_FACTS = ("mpn", "sku", "availability", "shipping", "location")
_PRODUCT_OF_DEAL = Subquery(Deal.objects.filter(pk=OuterRef("deal_id")).values("product_id")[:1])
_VALUED_BY = frozenset({"title", "description", "category", "condition", "list_price"})


@dataclass(slots=True)
class Written:
    """The deal of each offer, in their order, and how many of them are new or have a new price."""

    deals: list[Deal] = field(default_factory=list)
    new: int = 0
    changed: int = 0


def write_offers(offers: Sequence[tuple[Source, Offer]]) -> Written:
    """Write offers in the caller's transaction, with their price points and events. Writing them twice changes nothing.

    A deal is known by its marketplace and external id, or by its canonical address.
    """
    now = timezone.now()
    known = _known(offers)
    assigned = assign([offer for _, offer in offers])
    written = Written()
    fresh: list[Deal] = []
    points: list[PricePoint] = []
    events: list[Event] = []
    changes: list[tuple[Deal, DealChange]] = []
    touched: dict[uuid.UUID, Deal] = {}
    moved: list[uuid.UUID] = []
    claiming: list[Deal] = []
    done: set[uuid.UUID] = set()
    for (source, offer), product in zip(offers, assigned, strict=True):
        key = _key(source, offer)
        deal = known.get(key) or known.get(offer.canonical_url)
        if (
            deal is not None and deal.pk in done
        ):  # of two entries for one deal the first counts: feeds begin with the newest
            known[key] = deal
            written.deals.append(deal)
            continue
        if deal is None:
            deal = _new_deal(source, offer, product, now)
            fresh.append(deal)
            points.append(_point(deal, now))
            events.append(DealFound(**deal_facts(deal)))
            written.new += 1
        else:
            old = Money(deal.price, deal.currency)
            before, product_before, claim_before = deal.state, deal.product_id, deal.list_price
            price_changed = _update(deal, offer, product, now)
            if change := change_between(before, deal.state):
                changes.append((deal, change))
            if price_changed:
                points.append(_point(deal, now))
                events.append(updated(deal, DealChange.PRICE, old))
            elif deal.list_price is not None and deal.list_price != claim_before:
                claiming.append(deal)
            written.changed += price_changed or change is not None
            touched[deal.pk] = deal
            if deal.product_id != product_before:
                moved.append(deal.pk)
        done.add(deal.pk)
        known[key] = known[offer.canonical_url] = deal
        written.deals.append(deal)
    Deal.objects.bulk_create(fresh)
    Deal.objects.bulk_update(touched.values(), [*_FACTS, *_KEPT_FACTS, *_CHANGEABLE])
    if moved:
        PricePoint.objects.filter(deal__in=moved).update(product=_PRODUCT_OF_DEAL)
    PricePoint.objects.bulk_create([*points, *_new_claims(claiming, now)])
    record_all((event, None) for event in events)
    write_changes(changes, now)
    return written


def _point(deal: Deal, at: datetime.datetime) -> PricePoint:
    """The present price of a deal, and what is claimed beside it, as seen at a time."""
    return PricePoint(
        deal=deal,
        product=deal.product,
        price=deal.price,
        list_price=deal.list_price,
        currency=deal.currency,
        observed_at=at,
    )


def _new_claims(deals: Sequence[Deal], now: datetime.datetime) -> list[PricePoint]:
    """A point for each list price that is not the one claimed last, at a price that stayed. Sources that show a list price at times
    only would fill the history otherwise. The catalogue knows these prices already."""
    if not deals:
        return []
    last = dict(
        PricePoint.objects.filter(deal__in=deals, list_price__isnull=False)
        .order_by("deal_id", "-observed_at")
        .distinct("deal_id")
        .values_list("deal_id", "list_price")
    )
    points = [_point(deal, now) for deal in deals if last.get(deal.pk) != deal.list_price]
    for point in points:
        point.catalogued_at = now
    return points


@dataclass(slots=True)
class PastWritten:
    """The deal of each past offer, in their order, and sentences on what is different now. `found` counts new deals, `repriced`
    new present prices, `added` and `mended` prices in the history."""

    deals: list[Deal] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    found: int = 0
    repriced: int = 0
    added: int = 0
    mended: int = 0


def write_past_offers(
    offers: Sequence[tuple[Source, Offer]], begun: datetime.datetime, ended: datetime.datetime, still_there: Set[str]
) -> PastWritten:
    """Write offers that were seen between `begun` and `ended`, in the caller's transaction, as if they had been read rightly then.

    Prices go into the history at that time. What a deal is now changes only where nothing was seen of it since. A deal that is
    found is live where its external id is in `still_there`, else it is history: nobody is told of it. Writing twice changes nothing.
    """
    known, written = _known(offers), PastWritten()
    assigned = assign([offer for _, offer in offers])
    history: dict[uuid.UUID, list[PricePoint]] = defaultdict(list)
    for point in PricePoint.objects.filter(deal__in=set(known.values())).order_by("observed_at"):
        history[point.deal_id].append(point)
    done: set[uuid.UUID] = set()
    for (source, offer), product in zip(offers, assigned, strict=True):
        deal = known.get(_key(source, offer)) or known.get(offer.canonical_url)
        if deal is None:
            deal = _new_past_deal(source, offer, product, begun, still_there)
            written.found += 1
            written.changes.append(f"found: {deal.title} at {Money(deal.price, deal.currency)}")
        elif deal.pk not in done:
            _write_past_price(deal, offer, history[deal.pk], begun, ended, written)
            if deal.last_seen_at <= ended:
                _write_past_facts(deal, offer, product, begun, written)
        done.add(deal.pk)
        known[_key(source, offer)] = known[offer.canonical_url] = deal
        written.deals.append(deal)
    return written


def _new_past_deal(
    source: Source, offer: Offer, product: Assignment | None, begun: datetime.datetime, still_there: Set[str]
) -> Deal:
    deal = _new_deal(source, offer, product, begun)
    is_live = offer.external_id in still_there
    if not is_live:
        deal.state = DealState.EXPIRED
    deal.save(force_insert=True)
    _point(deal, begun).save(force_insert=True)
    if is_live:
        record_all([(DealFound(**deal_facts(deal)), None)])
    return deal


def _write_past_price(
    deal: Deal,
    offer: Offer,
    history: list[PricePoint],
    begun: datetime.datetime,
    ended: datetime.datetime,
    written: PastWritten,
) -> None:
    """Put the price into the history where it is not what the history says of that time."""
    said = (offer.price, offer.currency)
    own = [point for point in history if begun <= point.observed_at <= ended]
    before = [point for point in history if point.observed_at < begun]
    if own:
        point = own[-1]
        if said in {(each.price, each.currency) for each in own}:
            return
        old = Money(point.price, point.currency)
        written.changes.append(f"history of {deal.title}: {old} was {Money(*said)} at {begun:%Y-%m-%d %H:%M}")
        point.price, point.currency, point.catalogued_at = offer.price, offer.currency, None
        point.save(update_fields=["price", "currency", "catalogued_at"])
        written.mended += 1
    elif not before or (before[-1].price, before[-1].currency) != said:
        point = _point(deal, begun)
        point.price, point.currency, point.list_price = *said, offer.list_price
        point.save(force_insert=True)
        written.changes.append(f"history of {deal.title}: {Money(*said)} at {begun:%Y-%m-%d %H:%M}")
        written.added += 1


def _write_past_facts(
    deal: Deal, offer: Offer, product: Assignment | None, begun: datetime.datetime, written: PastWritten
) -> None:
    """Bring the newest that is known of a deal up to date; its state is for scans to say, which see what is there now."""
    written_fields = [*_FACTS, *_KEPT_FACTS, *_CHANGEABLE]
    names = [name for name in written_fields if name != "valuation"]
    before: dict[str, Any] = {name: getattr(deal, name) for name in names} | {"valuation": deal.valuation}
    old = Money(deal.price, deal.currency)
    price_changed = _update(deal, offer, product, begun)
    deal.last_seen_at = max(before["last_seen_at"], begun)
    told = [*_FACTS, "price", "currency", "product"]
    if all(getattr(deal, name) == before[name] for name in told):
        for name, value in before.items():
            setattr(deal, name, value)
        return
    for name in names:
        if name.startswith("state"):
            setattr(deal, name, before[name])
    Deal.objects.bulk_update([deal], written_fields)
    if price_changed:
        written.repriced += 1
        written.changes.append(f"price of {deal.title}: {old} is {Money(deal.price, deal.currency)}")
        record_all([(updated(deal, DealChange.PRICE, old), None)])


_CHANGEABLE = (
    "gtin", "price", "currency", "state", "state_changed_at", "home", "product", "product_reason", "product_confidence",
    "last_seen_at", "price_changed_at", *VALUED_ANEW,
)  # fmt: skip


def _key(source: Source, offer: Offer) -> tuple[str, str]:
    return (source.marketplace, offer.external_id)


def _known(offers: Sequence[tuple[Source, Offer]]) -> dict[tuple[str, str] | str, Deal]:
    """Deals that these offers speak of, locked, by their key and by their address."""
    wanted = Q(canonical_url__in=[offer.canonical_url for _, offer in offers])
    for marketplace in {source.marketplace for source, _ in offers}:
        ids = [offer.external_id for source, offer in offers if source.marketplace == marketplace]
        wanted |= Q(marketplace=marketplace, external_id__in=ids)
    known: dict[tuple[str, str] | str, Deal] = {}
    # In the order of their ids, so that two readers wait for each other instead of dying in a deadlock.
    for deal in Deal.objects.filter(wanted).order_by("pk").select_for_update(no_key=True):
        known[deal.canonical_url] = deal
        known[(deal.marketplace, deal.external_id)] = deal
    return known


def _new_deal(source: Source, offer: Offer, product: Assignment | None, now: datetime.datetime) -> Deal:
    facts: dict[str, Any] = {name: getattr(offer, name) for name in (*_FACTS, *_KEPT_FACTS)}
    deal = Deal(
        source=source,
        marketplace=source.marketplace,
        external_id=offer.external_id,
        url=offer.url,
        canonical_url=offer.canonical_url,
        price=offer.price,
        currency=offer.currency,
        gtin=normalised_gtin(offer.gtin),
        is_sample=source.is_sample,
        published_at=offer.published_at,
        first_seen_at=now,
        last_seen_at=now,
        **facts,
    )
    _place(deal, product)
    # What is found sold out or expired has not become so while we looked, and nothing is told of it.
    deal.state = state_of(deal, now)
    return deal


def _update(deal: Deal, offer: Offer, product: Assignment | None, now: datetime.datetime) -> bool:
    """Bring a deal up to date; whether its price changed. A new price or text is valued again."""
    price_changed = (deal.price, deal.currency) != (offer.price, offer.currency)
    again = price_changed
    for name in _FACTS:
        value = getattr(offer, name)
        if getattr(deal, name) != value:
            setattr(deal, name, value)
            again = again or name in _VALUED_BY
    for name in _KEPT_FACTS:
        setattr(deal, name, _said(getattr(offer, name), getattr(deal, name)))
    deal.gtin = normalised_gtin(offer.gtin) or deal.gtin
    deal.last_seen_at = now
    _place(deal, product)
    enter_state(deal, state_of(deal, now), now)
    if price_changed:
        deal.price, deal.currency, deal.price_changed_at = offer.price, offer.currency, now
        deal.valuation = None
    if again:
        value_anew(deal)
    return price_changed


def _place(deal: Deal, found: Assignment | None) -> None:
    """Put a deal to its product, unless an operator did."""
    if found is None or deal.product_by_hand:
        return
    deal.home, deal.product = found.home, found.product
    deal.product_reason, deal.product_confidence = found.reason, found.confidence


def _said(new: Any, old: Any) -> Any:
    return old if new is None or new == "" else new
