"""The SQL of matching: what a deal is to the matcher, what a goal is, and each bound by itself.

In the bounds `o` is an offer, `g` a goal with its amounts, `t` its words (`GoalTerms`), and `there` the price and the discount in
the goal's currency.
"""

from __future__ import annotations

from typing import Final

RATES: Final = """
    rates (currency, usd) AS (SELECT * FROM unnest(%(currencies)s::text[], %(dollars)s::numeric[]))
"""

NEAR: Final = """
    near (said, meant) AS MATERIALIZED (SELECT * FROM unnest(%(said)s::text[], %(meant)s::text[]))
"""

_PLACE: Final = r"regexp_replace(regexp_replace(lower({0}), '\.(com\.|co\.)?[a-z]{2,4}$', ''), '[^[:alnum:]]', '', 'g')"

# The words of an offer's place; that of Craigslist is within the town of its site. Nothing where none is stated.
_LOCATED: Final = r"""
           CASE WHEN d.location <> '' THEN to_tsvector('simple', d.location)
                || to_tsvector('simple', coalesce(substring(d.url from '^https?://([a-z]+)\.craigslist\.'), ''))
                || array_to_tsvector(CASE WHEN d.location LIKE '%%,%%' THEN '{}'::text[] ELSE ARRAY['=bare'] END) END"""

# Model numbers and sizes that the title writes apart, in one: "WH-1000 XM5" is wh1000, 1000xm5 and wh1000xm5 too. `written_together`
# says for goals what this says for deals.
_TOGETHER: Final = r"""
    SELECT joined
      FROM (SELECT piece, second, third, meets, lead(meets) OVER (ORDER BY place) AS meets_then
              FROM (SELECT place, piece, lead(piece) OVER following AS second, lead(piece, 2) OVER following AS third,
                           piece || ' ' || lead(piece) OVER following
                           ~ '^([a-z0-9]*[a-z] [0-9][a-z0-9]*|[a-z0-9]*[0-9] [a-z][a-z0-9]*)$' AS meets
                      FROM (SELECT btrim(piece, '()[]{}<>,.:;!?"''“”‘’*/|') AS piece, place
                              FROM regexp_split_to_table(lower(d.title), '[\s-]+') WITH ORDINALITY AS pieces (piece, place)) bare
                     WHERE piece <> '' WINDOW following AS (ORDER BY place)) pairs) triples
     CROSS JOIN LATERAL (
           VALUES (piece || second, meets), (piece || second || third, meets AND meets_then)) AS forms (joined, fits)
     WHERE fits AND length(joined) <= 24
"""


def offer(price: str, currency: str, valuation: str, *, more: str = "", together: bool = True) -> str:
    """The columns of an offer and the tables beside it, where `d` is a deal and `valuation` the alias of its valuation; from a query's
    columns on, up to where its own FROM goes on. `more` are further columns, each with a comma behind it. Without `together`, numbers
    that are written apart are left so.

    Has to be followed by more joins or a WHERE.
    """
    numbers = f"UNION ALL {_TOGETHER}" if together else ""
    return f"""
    SELECT {more} d.id, {valuation}.id AS valuation_id, {price} AS price, {currency} AS currency,
           coalesce({valuation}.exchange_rate, rates.usd) AS usd, {valuation}.score,
           {valuation}.worth - {price} AS discount,
           CASE WHEN {valuation}.worth > 0 THEN round(100 * ({valuation}.worth - {price}) / {valuation}.worth, 2) END
               AS discount_percent,
           lower(d.brand) AS brand, lower(d.category) AS category,
           base.words, base.title_words, base.title_words || to_tsvector('english', d.category) AS kind_words,
           tsvector_to_array(to_tsvector('english', d.category)) AS category_words,
           base.words || array_to_tsvector(coalesce(more.words, '{{}}')) AS all_words,
           {_LOCATED} AS located, d.shipping IS NOT NULL AS ships,
           ARRAY[{_PLACE.replace("{0}", "d.marketplace")}, {_PLACE.replace("{0}", "d.merchant")}] AS places,
           CASE WHEN d.condition <> 'unknown' THEN d.condition
                WHEN d.title ~* '\\m(refurb|refurbished|renewed|reconditioned)\\M' THEN 'refurbished'
                WHEN d.title ~* '\\m(used|pre-?owned|second[- ]?hand|open[- ]box)\\M' THEN 'used'
                ELSE 'new' END AS condition,
           EXISTS (SELECT 1 FROM deals_source s WHERE s.id = d.source_id AND s.kind = 'submitted') AS is_sent
      FROM deals_deal d
      JOIN deals_searchdocument document ON document.deal_id = d.id
      LEFT JOIN rates ON rates.currency = d.currency
      -- ts_filter also unpacks the value once, instead of once for each goal.
     CROSS JOIN LATERAL (
           SELECT ts_filter(document.words, '{{a,b,c,d}}') AS words, ts_filter(document.words, '{{a}}') AS title_words OFFSET 0
     ) base
     CROSS JOIN LATERAL (
           SELECT array_agg(DISTINCT word) AS words
             FROM (SELECT meant AS word FROM near WHERE said = ANY (tsvector_to_array(base.title_words)) {numbers}) each
     ) more
    """  # noqa: S608 - made of parts of our own


THERE: Final = """
    CROSS JOIN LATERAL (
        SELECT CASE WHEN o.currency = g.currency THEN o.price ELSE round(o.price * o.usd / g.usd, 4) END AS price,
               CASE WHEN o.currency = g.currency THEN o.discount ELSE round(o.discount * o.usd / g.usd, 4) END AS discount
    ) there
"""

WORDS: Final = {
    "keywords": "(numnode(t.asked) = 0 OR o.all_words @@ t.asked)",
    "brands": "(cardinality(t.brand_names) = 0 OR o.brand = ANY (t.brand_names) OR o.title_words @@ t.brands)",
    "category": """(
        g.category = '' OR (numnode(t.category) = 0 AND o.category = g.category)
        OR (numnode(t.category) > 0 AND (o.kind_words @@ t.category
            OR (cardinality(o.category_words) > 0 AND o.category_words <@ t.category_words))))""",
}
"""What a deal is: the words by which it is of the kind that a goal asks for."""

BOUNDS: Final = {
    "marketplaces": "(cardinality(t.places) = 0 OR t.places && o.places)",
    "condition": "(g.condition = 'any' OR g.condition = o.condition)",
    "min_price": "(g.min_price IS NULL OR coalesce(there.price >= g.min_price, false))",
    "max_price": "(g.max_price IS NULL OR coalesce(there.price <= g.max_price, false))",
    "min_discount": "(g.min_discount IS NULL OR coalesce(there.discount >= g.min_discount, false))",
    "min_discount_percent": "(g.min_discount_percent IS NULL OR coalesce(o.discount_percent >= g.min_discount_percent, false))",
    "min_score": "(g.min_score IS NULL OR coalesce(o.score >= g.min_score, false))",
    "location": """(
        numnode(t.located) = 0 OR o.located IS NULL OR o.located @@ t.located OR (g.radius_km IS NULL AND o.ships))""",
    "excluded_keywords": "(numnode(t.excluded) = 0 OR NOT o.words @@ t.excluded)",
}
"""On what terms: each by itself, with the name of the goal's field."""

SENT: Final = """
    (NOT o.is_sent OR EXISTS (
        SELECT 1 FROM deals_submission_deals sd JOIN deals_submission sent ON sent.id = sd.submission_id
         WHERE sd.deal_id = o.id AND sent.user_id = g.user_id))
"""
"""A deal that is known only from a page that somebody sent meets the goals of those who sent it alone."""

LIVE: Final = "d.state = 'active' AND (d.expires_at IS NULL OR d.expires_at > %(now)s)"

GOAL_COLUMNS: Final = """
    g.user_id, lower(g.category) AS category, g.condition, g.currency, g.min_price, g.max_price, g.min_discount,
    g.min_discount_percent, g.min_score, g.radius_km
"""

GIVEN_GOAL: Final = """
    goal AS MATERIALIZED (
        SELECT %(goal)s::uuid AS id, %(user)s::uuid AS user_id, lower(%(category)s) AS category, %(condition)s AS condition,
               %(currency)s AS currency, rates.usd, %(min_price)s::numeric AS min_price, %(max_price)s::numeric AS max_price,
               %(min_discount)s::numeric AS min_discount, %(min_discount_percent)s::integer AS min_discount_percent,
               %(min_score)s::integer AS min_score, %(radius_km)s::integer AS radius_km
          FROM (SELECT 1) AS one
          LEFT JOIN rates ON rates.currency = %(currency)s
    ),
    terms AS MATERIALIZED (
        SELECT %(asked)s::tsquery AS asked, %(excluded)s::tsquery AS excluded, %(brands)s::tsquery AS brands,
               %(brand_names)s::text[] AS brand_names, %(in_category)s::tsquery AS category,
               %(category_words)s::text[] AS category_words, %(places)s::text[] AS places, %(located)s::tsquery AS located
    )
"""
"""A goal from parameters, stored or not."""
