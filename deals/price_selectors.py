"""Price histories of deals and products, as `deals.price_intelligence` takes them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from deals.life import over_since, why_over
from deals.models import Condition, Deal, DealChange, DealEvent, PricePoint, Product
from deals.price_intelligence import Gap, History, PriceIntelligence, Seen, cheapest_of, history_of, study

STALE_AFTER: Final = timedelta(days=30)
"""A live deal that no scan has seen for so long has no known price any more: feeds show the newest only, and silence is no news."""
MOST_DEALS: Final = 100
MOST_POINTS: Final = 500
_OVER: Final = frozenset({DealChange.SOLD_OUT, DealChange.EXPIRED, DealChange.WITHDRAWN})


def newest_points(deal: Deal) -> list[PricePoint]:
    """The last 500 prices seen for a deal, oldest first; one query."""
    return list(PricePoint.objects.filter(deal=deal).order_by("-observed_at")[:MOST_POINTS])[::-1]


def events_of(deals: Iterable[Deal]) -> dict[uuid.UUID, list[DealEvent]]:
    """The changes of state of each deal, oldest first; one query."""
    events: dict[uuid.UUID, list[DealEvent]] = defaultdict(list)
    for event in DealEvent.objects.filter(deal__in=[deal.pk for deal in deals]).order_by("at", "id"):
        events[event.deal_id].append(event)
    return events


def history_from(deal: Deal, points: Sequence[PricePoint], events: Sequence[DealEvent], now: datetime) -> History:
    """The history of one deal until a time, from what is at hand; in the deal's present currency. No query."""
    seen = [Seen(point.observed_at, point.price, point.currency, point.list_price) for point in points]
    over = over_since(deal) if why_over(deal, now) else None
    until = min(over or now, deal.last_seen_at + STALE_AFTER)
    return history_of(seen, deal.currency, now, seen_until=until, gaps=gaps_of(events, now))


def gaps_of(events: Sequence[DealEvent], now: datetime) -> list[Gap]:
    """The times in which a deal was sold out, expired or withdrawn, until it returned or until now."""
    gaps: list[Gap] = []
    began: datetime | None = None
    for event in events:
        if event.change in _OVER:
            began = began or event.at
        elif began is not None:
            gaps.append(Gap(began, event.at))
            began = None
    return [*gaps, Gap(began, now)] if began is not None else gaps


def price_intelligence_of(deal: Deal, now: datetime | None = None) -> PriceIntelligence:
    """All that the history of one deal tells, its claimed list price included; two queries."""
    now = now or timezone.now()
    history = history_from(deal, newest_points(deal), events_of([deal])[deal.pk], now)
    return intelligence_from(deal, history)


def intelligence_from(deal: Deal, history: History) -> PriceIntelligence:
    """The same from a history at hand; no query beside that of the deal's valuation."""
    high = deal.valuation.high if deal.valuation else None
    return study(history, deal.list_price, deal.price, high)


def product_by_id(product_id: uuid.UUID) -> Product:
    """One product; of a merged one the product that it turned out to be. Raises `Product.DoesNotExist`."""
    product = Product.objects.select_related("merged_into").get(pk=product_id)
    return product.merged_into or product


def deals_of_product(product: Product) -> list[Deal]:
    """The deals of a product, live and past ones, the last seen first; at most 100."""
    deals = Deal.objects.filter(product=product).select_related("valuation").defer("description")
    return list(deals.order_by("-last_seen_at", "-id")[:MOST_DEALS])


def alike_conditions(condition: str) -> frozenset[str]:
    """The conditions whose prices are compared with a deal's: new and not stated go together, others with their own kind."""
    plain = frozenset({str(Condition.NEW), str(Condition.UNKNOWN)})
    return plain if condition in plain else frozenset({condition})


def product_history(deals: Sequence[Deal], currency: str, now: datetime) -> History:
    """The lowest price at each time over deals of one product; two queries. Deals in other currencies count as left out."""
    events, points = events_of(deals), defaultdict(list)
    for point in PricePoint.objects.filter(deal__in=[deal.pk for deal in deals]).order_by("observed_at"):
        points[point.deal_id].append(point)
    own = [history_from(deal, points[deal.pk], events[deal.pk], now) for deal in deals]
    return cheapest_of([history_of([], currency, now), *own])
