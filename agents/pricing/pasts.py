"""What was seen of the products of a batch of deals: prices, claims and scores, read for all at once (five queries)."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import connection
from django.utils import timezone

from agents.pricing.decision import Claim, Past
from deals.models import Deal, PricePoint, Valuation
from deals.price_intelligence import ClaimVerdict, History, cheapest_of, check_claim, trend_of, window_of
from deals.price_selectors import alike_conditions, events_of, history_from

MOST_DEALS: Final = 10
"""Of a product's deals the last seen ones count."""
MOST_POINTS: Final = 100
LATELY: Final = timedelta(days=30)
_YEAR: Final = 365
_FEWEST_DAYS: Final = 7.0  # of less than a week nothing is said of how often it was cheaper
_KIN_SQL: Final = """
    SELECT kin.id
      FROM unnest(%s::uuid[]) AS asked (product_id)
     CROSS JOIN LATERAL (
        SELECT id FROM deals_deal WHERE product_id = asked.product_id ORDER BY last_seen_at DESC, id LIMIT %s
     ) AS kin
"""
_POINTS_SQL: Final = """
    SELECT point.deal_id, point.price, point.currency, point.observed_at, point.list_price
      FROM unnest(%s::uuid[]) AS asked (deal_id)
     CROSS JOIN LATERAL (
        SELECT * FROM deals_pricepoint WHERE deal_id = asked.deal_id ORDER BY observed_at DESC LIMIT %s
     ) AS point
     ORDER BY point.observed_at
"""


@dataclass(frozen=True)
class Seen:
    """What a deal's valuation takes from the past.

    `lately` are the deal's own prices that held in the last 30 days, `prices` those of its product in the last year, and
    `scores` its product's; all oldest first, in the deal's currency, and of offers in an alike condition.
    """

    past: Past = field(default_factory=Past)
    claim: Claim = field(default_factory=Claim)
    lately: list[Decimal] = field(default_factory=list)
    prices: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)


def seen_of(
    deals: Sequence[Deal],
    highs: Mapping[uuid.UUID, Decimal | None],
    without: Sequence[uuid.UUID] = (),
    trends: Collection[uuid.UUID] = (),
) -> dict[uuid.UUID, Seen]:
    """Read what was seen of these deals and of their products. `highs` has the top of each one's worth, for words about claims;
    the scores of the valuations `without` are left out, since they are about to be worked out again. A trend is worked out for
    the deals in `trends` alone: it takes longer than all the rest."""
    now = timezone.now()
    kin = _kin_of(deals)
    points = _points_of(list(kin))
    events = events_of(kin.values())
    histories = {each.pk: history_from(each, points[each.pk], events[each.pk], now) for each in kin.values()}
    scores = _scores_of(list(kin), without)
    by_product: dict[uuid.UUID, list[Deal]] = defaultdict(list)
    for each in kin.values():
        if each.product_id is not None:
            by_product[each.product_id].append(each)
    found = {}
    for deal in deals:
        alike = alike_conditions(deal.condition)
        others = [
            each
            for each in (by_product[deal.product_id] if deal.product_id else ())
            if each.pk != deal.pk and each.condition in alike and each.is_sample == deal.is_sample
        ]
        own = histories[deal.pk]
        product = cheapest_of([own, *(histories[each.pk] for each in others)]) if others else own
        rows = sorted(row for each in (deal, *others) for row in scores[each.pk])
        found[deal.pk] = Seen(
            past=_past(product, deal.price, now, with_trend=deal.pk in trends),
            claim=_claim(own, deal, highs.get(deal.pk)),
            lately=[step.price for step in own.between(now - LATELY, now)],
            prices=[
                float(step.price)
                for history in (own, *(histories[each.pk] for each in others))
                if history.currency == deal.currency
                for step in history.between(now - timedelta(days=_YEAR), now)
            ],
            scores=[float(score) for _, score in rows],
        )
    return found


def _kin_of(deals: Sequence[Deal]) -> dict[uuid.UUID, Deal]:
    """The deals themselves, and the other deals of their products."""
    products = sorted({deal.product_id for deal in deals if deal.product_id is not None})
    with connection.cursor() as cursor:
        cursor.execute(_KIN_SQL, [products, MOST_DEALS])
        ids = {row[0] for row in cursor.fetchall()} - {deal.pk for deal in deals}
    others = Deal.objects.filter(pk__in=ids).defer("description")
    return {deal.pk: deal for deal in [*deals, *others]}


def _points_of(ids: Sequence[uuid.UUID]) -> defaultdict[uuid.UUID, list[PricePoint]]:
    points: defaultdict[uuid.UUID, list[PricePoint]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_POINTS_SQL, [list(ids), MOST_POINTS])
        for deal_id, price, currency, observed_at, list_price in cursor.fetchall():
            points[deal_id].append(
                PricePoint(
                    deal_id=deal_id, price=price, currency=currency, observed_at=observed_at, list_price=list_price
                )
            )
    return points


def _scores_of(
    ids: Sequence[uuid.UUID], without: Sequence[uuid.UUID]
) -> defaultdict[uuid.UUID, list[tuple[datetime, int]]]:
    scores: defaultdict[uuid.UUID, list[tuple[datetime, int]]] = defaultdict(list)
    since = timezone.now() - timedelta(days=_YEAR)
    stored = Valuation.objects.filter(deal__in=ids, score__isnull=False, created_at__gte=since).exclude(pk__in=without)
    for deal_id, score, at in stored.order_by().values_list("deal_id", "score", "created_at"):
        scores[deal_id].append((at, score or 0))
    return scores


def _past(history: History, price: Decimal, now: datetime, *, with_trend: bool) -> Past:
    window = window_of(history, _YEAR)
    if window is None:
        return Past()
    trend = trend_of(history) if with_trend else None
    observed = [step for step in history.between(now - timedelta(days=_YEAR), now) if step.days > 0]
    known = sum(step.days for step in observed)
    cheaper = sum(step.days for step in observed if step.price < price)
    lately = history.between(now - LATELY, now)
    cheapest = min((step.price for step in lately), default=None)
    last = max((step.end for step in lately if step.price == cheapest), default=now)
    return Past(
        count=window.points,
        days=max(1, round(known)),
        lowest=window.lowest,
        median=window.median,
        highest=window.highest,
        below=round(100 * cheaper / known, 1) if known >= _FEWEST_DAYS else None,
        cheapest=cheapest,
        cheapest_days=None if cheapest is None else (now - last).days,
        trend="unknown" if trend is None else trend.direction.value,
    )


def _claim(history: History, deal: Deal, high: Decimal | None) -> Claim:
    check = check_claim(history, deal.list_price, deal.price, high)
    if check is None or check.claimed is None:
        return Claim()
    return Claim(
        finding=check.verdict.value,
        is_fake=check.is_fake,
        is_real=check.verdict == ClaimVerdict.HONEST,
        was=check.claimed,
        reference=check.lowest_30,
        words=check.sentences[0] if check.sentences else "",
    )
