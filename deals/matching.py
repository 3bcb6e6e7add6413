"""Which deals meet which goals. A batch of deals is set against all goals in one query, however many goals there are: the goals are
indexed (`accounts/terms`), the words of the deals pick those that they could meet, and only these are judged exactly.

What a goal means here, field by field:

- `keywords`: every word of every keyword is found in the deal's title, brand, merchant, category or description, by stem
  ("headphone" finds "headphones"). A word for the same thing will do ("television" for "tv"), so will a model number that is written
  apart or together ("WH1000XM5" finds "WH-1000 XM5"), and a typing error in the goal or in the title of the deal ("headpohnes").
  A goal without keywords, brands and category is taken by the words of its title, amounts such as "under $150" left out.
- `min_similarity`: where it is set, a deal that lacks these words counts too if it means nearly the same: the cosine between what the
  goal says and what the deal says is at least that (`matching_meaning`).
- `excluded_keywords`: none is found there, as written. Words of one excluded keyword count only side by side ("open box").
- `brands`: one of them is the deal's brand or stands in its title.
- `category`: its words, or words for the same, stand in the deal's title or category; or the deal's category says no more than it.
- `marketplaces`: one of them is the deal's marketplace or merchant ("Best Buy" is "bestbuy.com").
- `condition`: equal. A deal that does not state its condition counts by the words of its title ("refurbished", "used"),
  and as new where there are none.
- `location`: its town stands in the place that the deal states (`accounts.terms.located`). A deal that states no place counts; so
  does one that is sent, unless there is a `radius_km`: who gives a distance wants to fetch it. The distance itself cannot be measured.
- prices and `min_discount`: in the goal's currency, by the day's reference rate. Without a rate such a bound is not met.
- `min_discount`, `min_discount_percent`, `min_score`: by the valuation; a deal whose worth is not known does not meet them.

`priority`, `check_interval_minutes` and `channels` say nothing about a deal and decide nothing here.

Only live deals with their present valuation, active goals of active users before their deadline and below `max_matches`;
never a deal that the user dismissed, never a pair that has matched before, so that a price that goes to and fro around a bound is
one match. A deal that is known only from a page that somebody sent meets the goals of those who sent it alone: nobody can send
others an alert.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple

from django.db import connection
from django.utils import timezone

from accounts.models import Goal, GoalStatus
from accounts.terms.compiling import ANYTHING, Terms, brand_key, category_key, compile_terms, place_key
from common.money import Money, UnknownRate, convert, known_currencies
from common.words.spelling import is_model
from deals.matching_meaning import (
    COULD_BE_MEANT,
    MEANT,
    MEANT_PAIRS,
    NEAR_ENOUGH,
    SIMILARITY,
    meaning_given,
    vector_of,
)
from deals.matching_sql import BOUNDS, GIVEN_GOAL, GOAL_COLUMNS, LIVE, NEAR, RATES, SENT, THERE, WORDS, offer
from deals.words import Near, could_meet, near_in_batch, near_to

MOST_FOR_ONE_GOAL = 200
"""At most so many of the best deals are taken for one goal at once: a goal that meets everything must not flood its owner."""


class Found(NamedTuple):
    """One deal that meets one goal, with what is needed to say why.

    `price` is the deal's; `price_there` and `discount_there` are in the goal's currency, None without a rate. `errors` are stems of the
    deal that were taken for stems of the goal, each pair with a space between. `similarity` is how nearly the deal means the same, where
    that stood in for words that it lacks.
    """

    goal_id: uuid.UUID
    deal_id: uuid.UUID
    valuation_id: uuid.UUID
    price_there: Decimal | None
    discount_there: Decimal | None
    errors: tuple[str, ...] = ()
    similarity: float | None = None


# With the typing errors in the deal that this goal was met by, and with `similarity` where that stood in for its words.
_PAIR: Final = """
    SELECT g.id AS goal_id, g.user_id, o.id AS deal_id, o.valuation_id, o.score, there.price, there.discount,
           CASE WHEN o.mistaken IS NOT NULL THEN (
               SELECT string_agg(pair, E'\\n') FROM unnest(o.mistaken) AS pair
                WHERE strpos(t.asked::text, quote_literal(split_part(pair, ' ', 2))) > 0) END AS errors,
           {similarity} AS similarity
"""
_MISTAKEN: Final = """
    (SELECT array_agg(near.said || ' ' || near.meant) FROM near
      WHERE near.said = ANY (tsvector_to_array(base.title_words))
        AND NOT base.words @@ quote_literal(near.meant)::tsquery) AS mistaken,
"""
_MEETS: Final = " AND ".join([*BOUNDS.values(), *WORDS.values(), SENT])
_MEETS_BY_MEANING: Final = " AND ".join(
    [*BOUNDS.values(), f"({WORDS['keywords']} OR {NEAR_ENOUGH})", WORDS["brands"], WORDS["category"], SENT]
)
# A pair that two keys lead to stands there twice, and both have one place.
_MERIT: Final = "score DESC NULLS LAST, discount DESC NULLS LAST, deal_id"
# One row a goal, with its deals and amounts as text: a row with objects of its own for each pair would keep Python busy.
_BEST: Final = f"""
    best AS (
        SELECT p.*, dense_rank() OVER (PARTITION BY p.goal_id ORDER BY {_MERIT}) AS place
          FROM pairs p
         WHERE NOT EXISTS (SELECT 1 FROM deals_dealmark m
                            WHERE m.user_id = p.user_id AND m.deal_id = p.deal_id AND m.dismissed_at IS NOT NULL)
           AND NOT EXISTS (SELECT 1 FROM deals_match m WHERE m.goal_id = p.goal_id AND m.deal_id = p.deal_id)
    )
    SELECT goal_id, array_agg(deal_id::text ORDER BY {_MERIT}), array_agg(valuation_id::text ORDER BY {_MERIT}),
           array_agg(price::text ORDER BY {_MERIT}), array_agg(discount::text ORDER BY {_MERIT}),
           array_agg(errors ORDER BY {_MERIT}), array_agg(similarity ORDER BY {_MERIT})
      FROM best
     WHERE place <= %(most)s
     GROUP BY goal_id
     ORDER BY goal_id
"""  # noqa: S608 - a constant of our own
# A goal is read once for each of its keys that some deal of the batch has, not once for each deal: that is where the time went.
_BATCH: Final = f"""
    WITH {RATES}, {NEAR},
    offers AS MATERIALIZED (
        {offer("d.price", "d.currency", "v", more=_MISTAKEN)}
        JOIN deals_valuation v ON v.id = d.valuation_id
       WHERE {LIVE} AND v.id = ANY (%(valuations)s::uuid[])
    ),
    words AS MATERIALIZED (
        SELECT o.id AS deal_id, word.key
          FROM offers o
         CROSS JOIN LATERAL unnest(tsvector_to_array(o.all_words) || ARRAY[
               '{ANYTHING}', '{brand_key("")}' || o.brand, '{category_key("")}' || o.category,
               '{place_key("")}' || o.places[1], '{place_key("")}' || o.places[2]]) AS word (key)
    ),
    asking AS MATERIALIZED (
        SELECT k.key, g.id, {GOAL_COLUMNS}, rates.usd, t.asked, t.excluded, t.brands, t.brand_names,
               t.category AS in_category, t.category_words, t.places, t.located
          FROM (SELECT DISTINCT key FROM words) word
          JOIN accounts_goalkey k ON k.key = word.key
          JOIN accounts_goal g ON g.id = k.goal_id
          JOIN accounts_goalterms t ON t.goal_id = g.id
          JOIN accounts_user u ON u.id = g.user_id AND u.is_active
          LEFT JOIN rates ON rates.currency = g.currency
         WHERE g.status = 'active'
           AND (g.deadline IS NULL OR g.deadline > %(now)s)
           AND (g.max_matches IS NULL OR g.match_count < g.max_matches)
    ),
    {MEANT},
    pairs AS (
        {_PAIR.format(similarity="NULL::float")}
          FROM words w
          JOIN offers o ON o.id = w.deal_id
          JOIN asking g ON g.key = w.key
         CROSS JOIN LATERAL (
               SELECT g.asked, g.excluded, g.brands, g.brand_names, g.in_category AS category, g.category_words, g.places, g.located
         ) t
          {THERE}
         WHERE {_MEETS}
         UNION ALL
        {MEANT_PAIRS}
    ),
    {_BEST}
"""  # noqa: S608 - made of parts of our own


def find_matches(valuation_ids: Sequence[uuid.UUID]) -> list[Found]:
    """Return the pairs of these valuations' deals and all goals that meet, by goal, the best score first. Reads only."""
    return _found(_BATCH, near_in_batch(valuation_ids), {"valuations": list(valuation_ids)})


def find_matches_of_goal(goal_id: uuid.UUID) -> list[Found]:
    """Return the live deals that meet one goal, the best score first. Reads only."""
    goal = Goal.objects.select_related("user").get(pk=goal_id)
    now = timezone.now()
    is_over = goal.deadline is not None and goal.deadline <= now
    is_full = goal.max_matches is not None and goal.match_count >= goal.max_matches
    if goal.status != GoalStatus.ACTIVE or not goal.user.is_active or is_over or is_full:
        return []
    (terms,) = compile_terms([goal])
    near = near_to(terms)
    meaning = vector_of(goal)
    more = _MISTAKEN + (SIMILARITY if meaning is not None else "NULL::float AS similarity,")
    could = "%(could)s = '' OR document.words @@ %(could)s::tsquery" + (
        f" OR {COULD_BE_MEANT}" if meaning is not None else ""
    )
    pair = _PAIR.format(similarity=f"CASE WHEN NOT {WORDS['keywords']} THEN o.similarity END")
    query = f"""
        WITH {RATES}, {NEAR}, {GIVEN_GOAL},
        offers AS MATERIALIZED (
            {offer("d.price", "d.currency", "v", more=more, together=needs_numbers(terms))}
            JOIN deals_valuation v ON v.id = d.valuation_id
           WHERE {LIVE} AND ({could})
        ),
        pairs AS (
            {pair} FROM offers o CROSS JOIN goal g CROSS JOIN terms t {THERE}
             WHERE {_MEETS if meaning is None else _MEETS_BY_MEANING}
        ),
        {_BEST}
    """
    parameters = given(goal, terms) | meaning_given(goal, meaning) | {"could": could_meet(terms, near)}
    return _found(query, near, parameters)


def given(goal: Goal, terms: Terms) -> dict[str, Any]:
    """The parameters by which a query takes a goal, stored or not, as it stands (`GIVEN_GOAL`)."""
    own = (
        "condition",
        "currency",
        "min_price",
        "max_price",
        "min_discount",
        "min_discount_percent",
        "min_score",
        "radius_km",
    )
    words = ("asked", "excluded", "brands", "category_words", "places", "brand_names", "located")
    return {
        "goal": goal.pk,
        "user": goal.user_id,
        "category": goal.category,
        "in_category": terms.category,
        **{name: getattr(goal, name) for name in own},
        **{name: _as_list(getattr(terms, name)) for name in words},
    }


def needs_numbers(terms: Terms) -> bool:
    """Whether it matters to this goal how deals write a model number: apart or together."""
    return any(is_model(word) for word in terms.words)


def common_parameters(near: Near) -> dict[str, Any]:
    """The parameters of every query of matching: rates, typing errors and the time."""
    rates = dollar_rates()
    return {
        "currencies": list(rates),
        "dollars": list(rates.values()),
        "said": list(near.said),
        "meant": list(near.meant),
        "now": timezone.now(),
    }


def _as_list(value: Any) -> Any:
    return value if isinstance(value, str) else list(value)


def _found(query: str, near: Near, parameters: Mapping[str, Any]) -> list[Found]:
    with connection.cursor() as cursor:
        cursor.execute(query, common_parameters(near) | {"most": MOST_FOR_ONE_GOAL} | dict(parameters))
        rows = cursor.fetchall()
    # The same few deals and amounts come again and again.
    identifier, amount = lru_cache(None)(uuid.UUID), lru_cache(None)(Decimal)
    found: list[Found] = []
    for goal, *columns in rows:
        before = ""
        for deal, valuation, price, discount, errors, similarity in zip(*columns, strict=True):
            if deal == before:
                continue
            before = deal
            found.append(
                Found(
                    goal,
                    identifier(deal),
                    identifier(valuation),
                    None if price is None else amount(price),
                    None if discount is None else amount(discount),
                    tuple(errors.split("\n")) if errors else (),
                    similarity,
                )
            )
    return found


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
