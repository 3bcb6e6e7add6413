"""Which deals meet which goals: one set-based query for a batch of valuations and all active goals.

What a goal means here, field by field:

- `keywords`: every word of every keyword is found in the deal's title, brand, merchant, category or description, by stem
  ("headphone" finds "headphones"). A goal without keywords, brands and category is taken by the words of its title,
  amounts such as "under $150" left out.
- `excluded_keywords`: none is found there. Words of one excluded keyword count only side by side ("open box").
- `brands`: one of them is the deal's brand or stands in its title.
- `category`: it contains the deal's or is contained in it, or its words stand in the title.
- `marketplaces`: one of them is the deal's marketplace or merchant ("Best Buy" is "bestbuy.com").
- `condition`: equal. A deal that does not state its condition counts by the words of its title ("refurbished", "used"),
  and as new where there are none.
- prices and `min_discount`: in the goal's currency, by the day's reference rate. Without a rate such a bound is not met.
- `min_discount`, `min_discount_percent`, `min_score`: by the valuation; a deal whose worth is not known does not meet them.

`location`, `radius_km`, `priority`, `check_interval_minutes` and `channels` say nothing about a deal and decide nothing here.

Only live deals with their present valuation, active goals of active users before their deadline and below `max_matches`;
never a deal that the user dismissed, never a pair that has matched before. A deal that is known only from a page that somebody sent
meets the goals of those who sent it alone: nobody can send others an alert.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from django.db import connection
from django.utils import timezone

from common.money import Money, UnknownRate, convert, known_currencies

MOST_FOR_ONE_GOAL = 200
"""At most so many of the best deals are taken for one goal at once: a goal that meets everything must not flood its owner."""


@dataclass(frozen=True, slots=True)
class Found:
    """One deal that meets one goal, with what is needed to say why.

    `price` is the deal's; `price_there` and `discount_there` are in the goal's currency, None without a rate.
    """

    goal_id: uuid.UUID
    deal_id: uuid.UUID
    valuation_id: uuid.UUID
    price_there: Decimal | None
    discount_there: Decimal | None


_QUERY = r"""
WITH rates (currency, usd) AS (
    SELECT * FROM unnest(%(currencies)s::text[], %(dollars)s::numeric[])
),
goals AS MATERIALIZED (
    SELECT g.id, g.user_id, g.currency, rates.usd, g.min_price, g.max_price, g.min_discount, g.min_discount_percent,
           g.min_score, g.condition, lower(g.category) AS category,
           plainto_tsquery('english', g.category) AS category_query,
           plainto_tsquery('english', CASE
               WHEN cardinality(g.keywords) > 0 THEN array_to_string(g.keywords, ' ')
               WHEN cardinality(g.brands) > 0 OR g.category <> '' THEN ''
               ELSE regexp_replace(g.title, %(amounts)s, ' ', 'gi')
           END) AS query,
           (SELECT string_agg('(' || phrase::text || ')', ' | ')::tsquery
              FROM unnest(g.excluded_keywords) word, phraseto_tsquery('english', word) phrase
             WHERE numnode(phrase) > 0) AS excluded,
           (SELECT array_agg(lower(brand)) FROM unnest(g.brands) brand) AS brands,
           (SELECT string_agg('(' || phrase::text || ')', ' | ')::tsquery
              FROM unnest(g.brands) brand, phraseto_tsquery('english', brand) phrase
             WHERE numnode(phrase) > 0) AS brand_query,
           (SELECT array_agg(regexp_replace(regexp_replace(lower(place), %(domain)s, ''), '[^[:alnum:]]', '', 'g'))
              FROM unnest(g.marketplaces) place) AS places
      FROM accounts_goal g
      JOIN accounts_user u ON u.id = g.user_id AND u.is_active
      LEFT JOIN rates ON rates.currency = g.currency
     WHERE g.status = 'active'
       AND (g.deadline IS NULL OR g.deadline > %(now)s)
       AND (g.max_matches IS NULL OR g.match_count < g.max_matches)
       AND (%(goal)s::uuid IS NULL OR g.id = %(goal)s::uuid)
),
offers AS MATERIALIZED (
    SELECT d.id, v.id AS valuation_id, d.price, d.currency, coalesce(v.exchange_rate, rates.usd) AS usd,
           v.discount, v.discount_percent, v.score, lower(d.brand) AS brand, lower(d.category) AS category,
           -- ts_filter also unpacks the value once, instead of once for each goal.
           ts_filter(d.search, '{a,b,c,d}') AS words, ts_filter(d.search, '{a}') AS title_words,
           ARRAY[regexp_replace(regexp_replace(lower(d.marketplace), %(domain)s, ''), '[^[:alnum:]]', '', 'g'),
                 regexp_replace(regexp_replace(lower(d.merchant), %(domain)s, ''), '[^[:alnum:]]', '', 'g')] AS places,
           CASE WHEN d.condition <> 'unknown' THEN d.condition
                WHEN d.title ~* '\m(refurb|refurbished|renewed|reconditioned)\M' THEN 'refurbished'
                WHEN d.title ~* '\m(used|pre-?owned|second[- ]?hand|open[- ]box)\M' THEN 'used'
                ELSE 'new' END AS condition,
           EXISTS (SELECT 1 FROM deals_source s WHERE s.id = d.source_id AND s.kind = 'submitted') AS is_sent
      FROM deals_deal d
      JOIN deals_valuation v ON v.id = d.valuation_id
      LEFT JOIN rates ON rates.currency = d.currency
     WHERE d.state = 'active'
       AND (d.expires_at IS NULL OR d.expires_at > %(now)s)
       AND {offers}
),
pairs AS (
    SELECT g.id AS goal_id, g.user_id, o.id AS deal_id, o.valuation_id, g.min_price, g.max_price, g.min_discount, o.score,
           CASE WHEN o.currency = g.currency THEN o.price ELSE round(o.price * o.usd / g.usd, 4) END AS price_there,
           CASE WHEN o.currency = g.currency THEN o.discount ELSE round(o.discount * o.usd / g.usd, 4) END AS discount_there
      FROM goals g
      JOIN offers o
        ON (numnode(g.query) = 0 OR o.words @@ g.query)
       AND (g.excluded IS NULL OR NOT o.words @@ g.excluded)
       AND (g.brands IS NULL OR o.brand = ANY (g.brands) OR coalesce(o.title_words @@ g.brand_query, false))
       AND (g.category = '' OR (o.category <> '' AND (strpos(o.category, g.category) > 0 OR strpos(g.category, o.category) > 0))
            OR (numnode(g.category_query) > 0 AND o.title_words @@ g.category_query))
       AND (g.places IS NULL OR g.places && o.places)
       AND (g.condition = 'any' OR g.condition = o.condition)
       AND (g.min_discount_percent IS NULL OR o.discount_percent >= g.min_discount_percent)
       AND (g.min_score IS NULL OR o.score >= g.min_score)
     WHERE NOT o.is_sent
        OR EXISTS (SELECT 1 FROM deals_submission_deals sd JOIN deals_submission sent ON sent.id = sd.submission_id
                    WHERE sd.deal_id = o.id AND sent.user_id = g.user_id)
),
best AS (
    SELECT p.*, row_number() OVER (
               PARTITION BY p.goal_id ORDER BY p.score DESC NULLS LAST, p.discount_there DESC NULLS LAST, p.deal_id
           ) AS place
      FROM pairs p
     WHERE (p.min_price IS NULL OR p.price_there >= p.min_price)
       AND (p.max_price IS NULL OR p.price_there <= p.max_price)
       AND (p.min_discount IS NULL OR p.discount_there >= p.min_discount)
       AND NOT EXISTS (SELECT 1 FROM deals_dealmark m
                        WHERE m.user_id = p.user_id AND m.deal_id = p.deal_id AND m.dismissed_at IS NOT NULL)
       AND NOT EXISTS (SELECT 1 FROM deals_match m WHERE m.goal_id = p.goal_id AND m.deal_id = p.deal_id)
)
SELECT goal_id, deal_id, valuation_id, price_there, discount_there
  FROM best
 WHERE place <= %(most)s
 ORDER BY goal_id, place
"""

# Only the batch's valuations; and for one goal every live deal, found through the full-text index where words are wanted.
_IN_BATCH = "v.id = ANY (%(valuations)s::uuid[])"
_FOR_GOAL = "((SELECT numnode(query) = 0 FROM goals) OR d.search @@ (SELECT query FROM goals))"

_AMOUNTS = (
    r"((under|below|less than|up to|max|maximum|at most|around|about|over|above|from|at least)\s+)?"
    r"[$€£¥]\s?\d[\d.,]*"
    r"|(under|below|less than|up to|max|maximum|at most|around|about|over|above|at least)\s+\d[\d.,]*"
    r"(\s*(dollars|euros|pounds|bucks|usd|eur|gbp|aud|cad))?"
)
_DOMAIN = r"\.(com\.|co\.)?[a-z]{2,4}$"


def find_matches(valuation_ids: Sequence[uuid.UUID]) -> list[Found]:
    """Return the pairs of these valuations' deals and all goals that meet, by goal, the best score first. Reads only."""
    return _found(_IN_BATCH, valuations=list(valuation_ids))


def find_matches_of_goal(goal_id: uuid.UUID) -> list[Found]:
    """Return the live deals that meet one goal, the best score first. Reads only."""
    return _found(_FOR_GOAL, goal=goal_id)


def _found(offers: str, *, valuations: list[uuid.UUID] | None = None, goal: uuid.UUID | None = None) -> list[Found]:
    rates = dollar_rates()
    with connection.cursor() as cursor:
        cursor.execute(
            _QUERY.replace("{offers}", offers),
            {
                "currencies": list(rates),
                "dollars": list(rates.values()),
                "valuations": valuations,
                "goal": goal,
                "now": timezone.now(),
                "amounts": _AMOUNTS,
                "domain": _DOMAIN,
                "most": MOST_FOR_ONE_GOAL,
            },
        )
        return [Found(*row) for row in cursor.fetchall()]


@lru_cache(maxsize=1)
def dollar_rates() -> dict[str, Decimal]:
    """Return what one unit of each currency with a rate is in US dollars."""
    rates = {}
    for currency in sorted(known_currencies()):
        try:
            rates[currency] = convert(Money(Decimal(1), currency), "USD").rate
        except UnknownRate:
            continue
    return rates
