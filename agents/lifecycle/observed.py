"""What a valuation is measured against afterwards: the prices at which the same thing was offered elsewhere.

The observed price of a valuation is the median, in US dollars, of the other offers of the same product within 30 days after it.
An offer is another deal of the same product (one normalised name) in the same condition, with the first price that was seen
of it in that time; or a row of the catalogue with the same normalised title that is dated in that time and is not itself the
price of a deal. Samples never count.
"""

from __future__ import annotations

import math
import statistics
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from common.money import Money, UnknownRate, convert

WITHIN: Final = timedelta(days=30)
MEMBER: Final = "neural"
"""The estimator that is always our own: its version is the model's, also where others answer from elsewhere."""

_SQL: Final = """
    WITH valued AS (
        SELECT DISTINCT ON (valuation.deal_id, estimate.version)
               valuation.id, valuation.created_at, estimate.version, deal.id AS deal_id, deal.product_id, deal.condition,
               valuation.worth * valuation.exchange_rate AS worth, product.key
          FROM deals_valuation AS valuation
          JOIN deals_deal AS deal ON deal.id = valuation.deal_id
          JOIN deals_product AS product ON product.id = deal.product_id
          JOIN deals_estimate AS estimate ON estimate.valuation_id = valuation.id AND estimate.estimator = %(member)s
         WHERE valuation.created_at >= %(since)s AND estimate.version = ANY(%(versions)s)
           AND valuation.worth > 0 AND valuation.exchange_rate > 0 AND NOT deal.is_sample
         ORDER BY valuation.deal_id, estimate.version, valuation.created_at
    )
    SELECT valued.id, valued.version, valued.worth, seen.price, seen.currency
      FROM valued
     CROSS JOIN LATERAL (
           (SELECT DISTINCT ON (point.deal_id) point.price, point.currency
              FROM deals_pricepoint AS point
              JOIN deals_deal AS other ON other.id = point.deal_id
             WHERE point.product_id = valued.product_id AND point.deal_id <> valued.deal_id AND point.price > 0
               AND other.condition = valued.condition AND NOT other.is_sample
               AND point.observed_at > valued.created_at AND point.observed_at <= valued.created_at + %(within)s
             ORDER BY point.deal_id, point.observed_at)
           UNION ALL
           (SELECT item.price, 'USD'
              FROM deals_catalogueitem AS item
             WHERE item.title_key = valued.key AND item.price > 0 AND item.deal_id IS NULL AND NOT item.is_sample
               AND item.observed_at > valued.created_at::date
               AND item.observed_at <= (valued.created_at + %(within)s)::date)) AS seen
"""


@dataclass(frozen=True)
class Checked:
    """A valuation beside what was observed after it, in US dollars."""

    version: str
    worth: float
    observed: float
    offers: int

    @property
    def error(self) -> float:
        """The absolute error of the logarithm: 0.1 is about ten per cent either way."""
        return abs(math.log(self.worth / self.observed))


def checked_valuations(versions: Sequence[str], since: datetime) -> list[Checked]:
    """The first valuation of each deal by each of these versions since then, where its price can be observed by now."""
    asked: dict[str, Any] = {"versions": list(versions), "since": since, "within": WITHIN, "member": MEMBER}
    with connection.cursor() as cursor:
        cursor.execute(_SQL, asked)
        rows = cursor.fetchall()
    valued: dict[uuid.UUID, tuple[str, Decimal]] = {}
    prices: defaultdict[uuid.UUID, list[float]] = defaultdict(list)
    for identity, version, worth, price, currency in rows:
        dollars = _dollars(price, currency)
        if dollars is not None:
            valued[identity] = (version, worth)
            prices[identity].append(dollars)
    return [
        Checked(version, float(worth), statistics.median(prices[identity]), len(prices[identity]))
        for identity, (version, worth) in valued.items()
    ]


def _dollars(price: Decimal, currency: str) -> float | None:
    try:
        return float(convert(Money(price, currency), "USD").money.amount)
    except UnknownRate:
        return None
