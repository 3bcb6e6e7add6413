"""Which followed prices have crossed their bounds: one set-based query for all whose deal is not as it was judged last.

What the terms mean:

- `target_price`: the price is at most the target, by the day's reference rate where the currencies differ; never without a rate.
- `drop_percent`: it is that much below the price when following began.
- `lowest_in_days`: it is below every other price of those days, the one that held when they began included.
- `back_in_stock`: the deal can be had, after it was judged while it could not.

Only a deal that can be had meets anything. Hysteresis: a bound that was met has to be passed by `MARGIN` before it can be crossed
again, so that a price that flaps around it is told once; while a deal cannot be had, its bounds stay as they were.

A deal that is known only from a page that somebody sent is judged for those who sent it alone, until a source of ours has read it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from django.db import connection
from django.utils import timezone

from deals.matching import dollar_rates
from deals.models import DealState, Term, Tracking

MARGIN: Final = Decimal("1.02")
"""How far above its bound a price has to rise before the bound can be crossed again."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One followed price as it stands now. `holds` are the terms that are met, `passed` those that are clearly not met any more.

    `price_there` is the deal's price in the currency of the target, `base_there` the price at the beginning in the deal's currency,
    `lowest` the lowest other price of the days asked for; None where it is not known.
    """

    tracking_id: uuid.UUID
    price: Decimal
    currency: str
    state: str
    is_live: bool
    price_there: Decimal | None
    base_there: Decimal | None
    lowest: Decimal | None
    holds: list[str]
    passed: list[str]


_QUERY: Final = """
WITH rates (currency, usd) AS (
    SELECT * FROM unnest(%(currencies)s::text[], %(dollars)s::numeric[])
),
followed AS (
    SELECT t.*, d.price, d.currency AS deal_currency, d.state AS deal_state,
           coalesce(d.price_changed_at, d.first_seen_at) AS since,
           d.state = 'active' AND (d.expires_at IS NULL OR d.expires_at > %(now)s) AS is_live,
           CASE WHEN d.currency = t.currency THEN d.price ELSE round(d.price * here.usd / there.usd, 4) END AS price_there,
           CASE WHEN d.currency = t.base_currency THEN t.base_price
                ELSE round(t.base_price * begun.usd / here.usd, 4) END AS base_there
      FROM deals_tracking t
      JOIN deals_deal d ON d.id = t.deal_id
      LEFT JOIN rates here ON here.currency = d.currency
      LEFT JOIN rates there ON there.currency = t.currency
      LEFT JOIN rates begun ON begun.currency = t.base_currency
     WHERE t.id = ANY (%(ids)s::uuid[])
),
lows AS (
    SELECT f.*, CASE WHEN f.lowest_in_days IS NULL THEN NULL ELSE least(
           (SELECT min(p.price) FROM deals_pricepoint p
             WHERE p.deal_id = f.deal_id AND p.currency = f.deal_currency
               AND p.observed_at >= %(now)s - make_interval(days => f.lowest_in_days::int)
               AND p.observed_at < f.since),
           -- The price that held when those days began is one of them.
           (SELECT p.price FROM deals_pricepoint p
             WHERE p.deal_id = f.deal_id AND p.currency = f.deal_currency AND p.observed_at < f.since
               AND p.observed_at < %(now)s - make_interval(days => f.lowest_in_days::int)
             ORDER BY p.observed_at DESC LIMIT 1)) END AS lowest
      FROM followed f
)
SELECT id, price, deal_currency, deal_state, is_live, price_there, base_there, lowest,
       array_remove(ARRAY[
           CASE WHEN is_live AND price_there <= target_price THEN 'target_price' END,
           CASE WHEN is_live AND price <= base_there * (100 - drop_percent) / 100 THEN 'drop_percent' END,
           CASE WHEN is_live AND price < lowest THEN 'lowest_in_days' END,
           CASE WHEN is_live AND back_in_stock THEN 'back_in_stock' END], NULL),
       array_remove(ARRAY[
           CASE WHEN is_live AND price_there > target_price * %(margin)s THEN 'target_price' END,
           CASE WHEN is_live AND price > base_there * (100 - drop_percent) / 100 * %(margin)s THEN 'drop_percent' END,
           CASE WHEN is_live AND price > lowest * %(margin)s THEN 'lowest_in_days' END,
           CASE WHEN NOT is_live THEN 'back_in_stock' END], NULL)
  FROM lows
"""

_UNJUDGED: Final = """
SELECT t.id
  FROM deals_tracking t
  JOIN deals_deal d ON d.id = t.deal_id
  JOIN accounts_user u ON u.id = t.user_id AND u.is_active
  LEFT JOIN deals_source s ON s.id = d.source_id
 WHERE t.state = 'active'
   AND (d.price IS DISTINCT FROM t.seen_price OR d.currency <> t.seen_currency OR d.state <> t.seen_state)
   -- The evidence comes a moment after the price; what does not come is not waited for.
   AND (d.value_state <> 'pending' OR coalesce(d.price_changed_at, d.first_seen_at) < %(patience)s)
   AND (s.kind IS DISTINCT FROM 'submitted'
        OR EXISTS (SELECT 1 FROM deals_submission_deals sd JOIN deals_submission sent ON sent.id = sd.submission_id
                    WHERE sd.deal_id = d.id AND sent.user_id = t.user_id))
 ORDER BY t.id
 LIMIT %(limit)s
   FOR NO KEY UPDATE OF t SKIP LOCKED
"""


def claim_unjudged(limit: int) -> list[uuid.UUID]:
    """Lock followed prices whose deal is not as it was judged last, and return their ids; in the caller's transaction."""
    with connection.cursor() as cursor:
        patience = timezone.now() - timedelta(minutes=2)
        cursor.execute(_UNJUDGED, {"limit": limit, "patience": patience})
        return [row[0] for row in cursor.fetchall()]


def judge(ids: list[uuid.UUID]) -> dict[uuid.UUID, Judged]:
    """Return how these followed prices stand now, by id. Reads only."""
    rates = dollar_rates()
    with connection.cursor() as cursor:
        cursor.execute(
            _QUERY,
            {
                "currencies": list(rates),
                "dollars": list(rates.values()),
                "ids": ids,
                "now": timezone.now(),
                "margin": MARGIN,
            },
        )
        return {row[0]: Judged(*row) for row in cursor.fetchall()}


def crossed(tracking: Tracking, judged: Judged) -> tuple[list[Term], list[str]]:
    """Which terms are crossed now, and which are met from now on, by what was met when it was judged last.

    A price that falls clearly below a low that was told is another low. Being back in stock is news only after it was seen out of
    stock; the other terms hold from the first judgement on.
    """
    still = [term for term in tracking.met if term in tracking.terms and term not in judged.passed]
    if _is_another_low(tracking, judged):
        still = [term for term in still if term != Term.LOWEST]
    new = [term for term in tracking.terms if term in judged.holds and term not in still]
    was_over = tracking.seen_state not in ("", DealState.ACTIVE)
    told = [term for term in new if term != Term.BACK_IN_STOCK or was_over]
    return told, [*still, *(str(term) for term in new)]


def _is_another_low(tracking: Tracking, judged: Judged) -> bool:
    is_new = (judged.price, judged.currency) != (tracking.seen_price, tracking.seen_currency)
    return is_new and judged.lowest is not None and judged.price * MARGIN <= judged.lowest
