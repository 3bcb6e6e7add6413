"""What a goal would find and would have found, before it is saved: the deals that meet it now, those of the last days, and for those
that are of the kind it asks for, which bound keeps how many of them out."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import connection
from django.utils import timezone

from accounts.models import Goal
from accounts.terms.compiling import compile_terms
from deals.matching import common_parameters, given, needs_numbers
from deals.matching_meaning import COULD_BE_MEANT, NEAR_ENOUGH, SIMILARITY, meaning_given, vector_for_preview
from deals.matching_sql import BOUNDS, GIVEN_GOAL, LIVE, NEAR, RATES, SENT, THERE, WORDS, offer
from deals.words import could_meet, near_to

MOST_LOOKED_AT: Final = 5_000
"""Of a goal that very many deals answer, the ones seen last are looked at."""


@dataclass(frozen=True, slots=True)
class Offered:
    """One deal at the lowest price of its days that is meant. `price` is in the goal's currency, None without a rate; `deal_price` in
    `currency`. `is_live` says whether it can be had now at that price."""

    deal_id: uuid.UUID
    title: str
    deal_price: Decimal
    currency: str
    price: Decimal | None
    at: datetime
    is_live: bool


@dataclass(frozen=True, slots=True)
class KeptOut:
    """How many deals a bound keeps out: of all that are of the kind asked for, and of those that meet everything else."""

    deals: int
    alone: int


@dataclass(frozen=True, slots=True)
class Preview:
    """`current` and `past` are what meets the goal now, and what met it at some time in the last days (what is current too), the
    cheapest first. `kept_out` is by field of the goal, for each bound that keeps out any of the `of_the_kind` deals of those days.
    `reachable` are the prices, the lowest first, of deals that meet all but the bounds on the price, in the goal's currency.
    Of more than `MOST_LOOKED_AT` deals only so many were looked at, which `is_partial` says. `lacks_meaning`: the goal asks for what
    means nearly the same, and what that is could not be worked out, so only words counted.
    """

    current: Sequence[Offered]
    past: Sequence[Offered]
    of_the_kind: int
    kept_out: dict[str, KeptOut]
    reachable: Sequence[Decimal]
    is_partial: bool
    lacks_meaning: bool = False


_ROWS: Final = f"""
    SELECT o.id, o.title, o.price, o.currency, there.price, o.at, o.is_now, {", ".join(BOUNDS.values())},
           (SELECT count(*) FROM recent)
      FROM offers o
     CROSS JOIN goal g
     CROSS JOIN terms t
     {THERE}
     WHERE {{kind}} AND {SENT}
       AND NOT EXISTS (SELECT 1 FROM deals_dealmark m
                        WHERE m.user_id = g.user_id AND m.deal_id = o.id AND m.dismissed_at IS NOT NULL)
     ORDER BY there.price NULLS LAST, o.at DESC
"""  # noqa: S608 - made of parts of our own

_COULD: Final = "%(could)s = '' OR document.words @@ %(could)s::tsquery"
_RECENT: Final = f"""
    recent AS MATERIALIZED (
        SELECT d.id, {LIVE} AS is_live
          FROM deals_deal d
          JOIN deals_searchdocument document ON document.deal_id = d.id
         WHERE ({{could}})
           AND (d.last_seen_at >= %(since)s OR {LIVE})
         ORDER BY d.last_seen_at DESC
         LIMIT %(most)s
    ),
    prices AS MATERIALIZED (
        SELECT r.id, d.price, d.currency, r.is_live AS is_now,
               CASE WHEN r.is_live THEN %(now)s ELSE d.last_seen_at END AS at
          FROM recent r JOIN deals_deal d ON d.id = r.id
         UNION ALL
        SELECT r.id, p.price, p.currency, false, p.observed_at
          FROM recent r JOIN deals_pricepoint p ON p.deal_id = r.id
         WHERE p.observed_at BETWEEN %(since)s AND %(now)s
    )
"""  # noqa: S608 - made of parts of our own

# Of the valuations of a deal the one for that price, else the newest: its worth holds for the other prices too, its score does not.
_OF_THAT_PRICE: Final = """
    JOIN prices ON prices.id = d.id
    LEFT JOIN LATERAL (
         SELECT one.id, one.exchange_rate, CASE WHEN one.currency = prices.currency THEN one.worth END AS worth,
                CASE WHEN one.price = prices.price THEN one.score END AS score
           FROM deals_valuation one WHERE one.deal_id = d.id
          ORDER BY one.price = prices.price AND one.currency = prices.currency DESC, one.created_at DESC LIMIT 1
    ) v ON true
"""


def preview(goal: Goal, days: int = 30) -> Preview:
    """What this goal, stored or not, would find and would have found in the last `days`. Its `user` says whose it is: what they
    dismissed is left out. Deadline, status and number of matches do not count. Reads only; a few queries.

    A deal counts once, at the lowest price at which it meets the goal, else at its lowest. What a deal was worth at an earlier
    price is taken from its newest valuation where it has none of that time.
    """
    (terms,) = compile_terms([goal])
    near = near_to(terms)
    meaning = vector_for_preview(goal)
    kind, could, more = dict(WORDS), _COULD, "d.title, prices.at, prices.is_now,"
    if meaning is not None:
        kind["keywords"], could = f"({kind['keywords']} OR {NEAR_ENOUGH})", f"{could} OR {COULD_BE_MEANT}"
        more += SIMILARITY
    query = f"""
        WITH {RATES}, {NEAR}, {GIVEN_GOAL}, {_RECENT.format(could=could)},
        offers AS MATERIALIZED (
            {offer("prices.price", "prices.currency", "v", more=more, together=needs_numbers(terms))}
            {_OF_THAT_PRICE}
        )
        {_ROWS.format(kind=" AND ".join(kind.values()))}
    """
    parameters = common_parameters(near) | given(goal, terms) | meaning_given(goal, meaning)
    parameters |= {
        "could": could_meet(terms, near),
        "since": timezone.now() - timedelta(days=days),
        "most": MOST_LOOKED_AT + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        found = cursor.fetchall()
    rows = [_Row(Offered(*row[:7]), dict(zip(BOUNDS, row[7:-1], strict=True))) for row in found]
    found_out = _preview(rows, is_partial=bool(found) and found[0][-1] > MOST_LOOKED_AT)
    return replace(found_out, lacks_meaning=goal.min_similarity is not None and meaning is None)


@dataclass(frozen=True, slots=True)
class _Row:
    offered: Offered
    holds: dict[str, bool]

    @property
    def failing(self) -> list[str]:
        return [name for name, holds in self.holds.items() if not holds]


def _preview(rows: Sequence[_Row], *, is_partial: bool) -> Preview:
    best: dict[uuid.UUID, _Row] = {}
    for row in rows:  # the cheapest first
        deal_id = row.offered.deal_id
        if deal_id not in best or len(row.failing) < len(best[deal_id].failing):
            best[deal_id] = row
    kept_out = {}
    for name in BOUNDS:
        fail = [row.failing for row in best.values() if not row.holds[name]]
        if fail:
            kept_out[name] = KeptOut(len(fail), sum(len(failing) == 1 for failing in fail))
    prices = {"min_price", "max_price"}
    reachable = [
        row.offered.price for row in best.values() if row.offered.price is not None and prices.issuperset(row.failing)
    ]
    return Preview(
        current=[row.offered for row in rows if row.offered.is_live and not row.failing],
        past=[row.offered for row in best.values() if not row.failing],
        of_the_kind=len(best),
        kept_out=kept_out,
        reachable=sorted(reachable),
        is_partial=is_partial,
    )
