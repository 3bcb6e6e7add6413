"""How reliable the offers of a marketplace are: what the design assumes, moved by what users did with them.

    reliability = assumed + clip(seen × (share − mean share) / 2, ± 0.1),  seen = people / (people + 20)

`share` is the share of good words among the marketplace's last words, `mean share` that of all marketplaces. A user has one word a deal,
the last one, and at most five words' weight for one marketplace: nobody can make or break a place alone. Where all
places are treated alike nothing moves, whether people dismiss much or little.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

ASSUMED: Final[Mapping[str, float]] = {"amazon": 0.95, "walmart": 0.90, "bestbuy": 0.85, "target": 0.85, "ebay": 0.75}
ASSUMED_OTHERS: Final = 0.60
PRIOR_PEOPLE: Final = 20.0
FURTHEST: Final = 0.10
WINDOW: Final = timedelta(days=180)
_MOST_OF_ONE: Final = 5.0
GOOD: Final[Mapping[str, float]] = {"bought": 1.0, "save": 0.5, "too_low": 0.5}
BAD: Final[Mapping[str, float]] = {"dismiss": 0.5, "too_high": 1.0, "unsave": 0.5}


@dataclass(frozen=True, slots=True)
class Reliability:
    """From 0 to 1, with what was assumed and how much was seen (words, each user's held to five)."""

    value: float
    assumed: float
    seen: float


def assumed_reliability(marketplace: str) -> float:
    """What the design assumes of a marketplace by its name, such as "amazon" or "amazon.com"."""
    name = marketplace.lower().removeprefix("www.").split(".")[0].replace(" ", "")
    return ASSUMED.get(name, ASSUMED_OTHERS)


_QUERY: Final = """
WITH words AS (
    SELECT DISTINCT ON (i.user_id, i.deal_id) i.user_id, d.marketplace, i.kind
      FROM deals_interaction i
      JOIN deals_deal d ON d.id = i.deal_id AND NOT d.is_sample
     WHERE i.kind = ANY (%(kinds)s) AND i.created_at > %(since)s
     ORDER BY i.user_id, i.deal_id, i.created_at DESC, i.id DESC
),
weighed AS (
    SELECT w.user_id, w.marketplace, coalesce((%(good)s::jsonb ->> w.kind)::float, 0) AS good,
           coalesce((%(bad)s::jsonb ->> w.kind)::float, 0) AS bad
      FROM words w
),
people AS (
    SELECT user_id, marketplace, sum(good) AS good, sum(bad) AS bad FROM weighed GROUP BY user_id, marketplace
)
SELECT marketplace, sum(good * held) AS good, sum(bad * held) AS bad
  FROM people, LATERAL (SELECT least(1, %(most)s / (good + bad)) AS held) AS limited
 GROUP BY marketplace
"""


def learned_reliability(marketplaces: Iterable[str] | None = None) -> dict[str, Reliability]:
    """How reliable each of these marketplaces is, by the name given; one query. What nobody said anything of is as assumed.

    Without names: those that the design names, and those that somebody said anything of.
    """
    seen = _words()
    good, everything = sum(g for g, _ in seen.values()), sum(g + b for g, b in seen.values())
    mean = good / everything if everything else 0.0
    result = {}
    for name in dict.fromkeys([*ASSUMED, *sorted(seen)]) if marketplaces is None else marketplaces:
        assumed = assumed_reliability(name)
        ours, theirs = seen.get(name, (0.0, 0.0))
        words = ours + theirs
        moved = 0.0
        if words:
            moved = words / (words + PRIOR_PEOPLE) * (ours / words - mean) / 2
        value = assumed + max(-FURTHEST, min(FURTHEST, moved))
        result[name] = Reliability(max(0.0, min(1.0, value)), assumed, words)
    return result


def _words() -> dict[str, tuple[float, float]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _QUERY,
            {
                "kinds": [*GOOD, *BAD],
                "since": timezone.now() - WINDOW,
                "good": json.dumps(dict(GOOD)),
                "bad": json.dumps(dict(BAD)),
                "most": _MOST_OF_ONE,
            },
        )
        return {place: (float(good), float(bad)) for place, good, bad in cursor.fetchall()}
