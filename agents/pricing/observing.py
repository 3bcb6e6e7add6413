"""Prices that were seen on deals join the catalogue: they are of today, where most of what is imported is years old.

A price of a deal is taken once the deal has been valued, and not where it is no price of the thing: samples, vouchers, plans,
things for parts, and what lies far outside of anything that the thing could be worth (it was read wrongly, or somebody
wants to move the worth). A deal adds one row for each price that it had, and the row says from which deal it is: `Own` keeps it
from being that deal's evidence, and `without_copies` keeps many of them from being more than one opinion.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from agents.pricing.catalogue import index, reading
from agents.pricing.catalogue.base import Product
from agents.pricing.caution import caution_about
from agents.pricing.importing import Incoming, add
from agents.pricing.records import item_of
from agents.training.data import HIGHEST_PRICE, Row
from common.money import Money, UnknownRate, convert
from deals.models import Condition, PricePoint, StageState

BATCH: Final = 500
_FAR_OUTSIDE: Final = 4
_STILL_SEEN_SQL: Final = """
    UPDATE deals_catalogueitem AS item
       SET observed_at = deal.last_seen_at::date
      FROM deals_deal AS deal
     WHERE item.deal_id = deal.id
       AND deal.state = 'active'
       AND deal.last_seen_at::date >= item.observed_at + 7
       AND item.id = (SELECT id FROM deals_catalogueitem
                       WHERE deal_id = deal.id ORDER BY observed_at DESC, created_at DESC LIMIT 1)
"""


@dataclass(frozen=True)
class Observed:
    """What a round did: prices that were taken, those that were not fit, rows that were seen again since,
    and rows that were read by older rules."""

    taken: int = 0
    unfit: int = 0
    seen_again: int = 0
    read_again: int = 0


def observe_prices(limit: int = 10_000) -> Observed:
    """Take the prices of deals that are not in the catalogue yet, up to `limit` of them, and note which still hold.

    A second run finds what is there and changes nothing.
    """
    index.mend()
    taken = unfit = 0
    while taken + unfit < limit:
        fit, points = _take_batch(min(BATCH, limit - taken - unfit))
        taken, unfit = taken + fit, unfit + points - fit
        if points == 0:
            break
    with connection.cursor() as cursor:
        cursor.execute(_STILL_SEEN_SQL)
        seen_again = cursor.rowcount
    return Observed(taken, unfit, seen_again, reading.read_again(limit - taken - unfit))


@transaction.atomic
def _take_batch(size: int) -> tuple[int, int]:
    """How many prices were taken, of how many."""
    waiting = PricePoint.objects.filter(
        catalogued_at__isnull=True, deal__value_state__in=(StageState.DONE, StageState.FAILED)
    ).order_by("id")
    claimed = waiting.select_for_update(skip_locked=True, of=("self",)).select_related("deal__valuation")
    points = list(claimed[:size])
    rows = dict(filter(None, map(_incoming, points)))
    add(rows)
    PricePoint.objects.filter(pk__in=[point.pk for point in points]).update(catalogued_at=timezone.now())
    return len(rows), len(points)


def _incoming(point: PricePoint) -> tuple[str, Incoming] | None:
    """A row of the catalogue and its identity; None where the price is none of the thing."""
    deal = point.deal
    dollars = _dollars(point)
    if deal.is_sample or dollars is None or _is_far_outside(point):
        return None
    item = item_of(deal)
    stated = f"Condition: {deal.condition}" if deal.condition in (Condition.REFURBISHED, Condition.USED) else ""
    text = " | ".join(filter(None, (item.title, stated, item.text)))
    caution = caution_about(item.title, text)
    if caution.terms is not None or caution.condition == "parts":
        return None
    product = Product(item.title, text, float(dollars), deal.marketplace, point.observed_at.date())
    return _identity(point), Incoming(Row(product, deal.category, line=0), deal.pk)


def _dollars(point: PricePoint) -> Decimal | None:
    try:
        dollars = convert(Money(point.price, point.currency), "USD").money.amount
    except UnknownRate:
        return None
    return dollars if 0 < dollars <= HIGHEST_PRICE else None


def _is_far_outside(point: PricePoint) -> bool:
    """Whether the price is less than a quarter of the least that the thing may be worth, or more than four times the most."""
    valuation = point.deal.valuation
    if valuation is None or valuation.low is None or valuation.high is None or valuation.currency != point.currency:
        return False
    return not valuation.low / _FAR_OUTSIDE <= point.price <= valuation.high * _FAR_OUTSIDE


def _identity(point: PricePoint) -> str:
    """One row for each price of a deal; where a price comes back the row is brought up to that day."""
    said = ("seen", point.product_id or point.deal.title, point.deal_id, point.price.normalize(), point.currency)
    return hashlib.sha256("\0".join(map(str, said)).encode()).hexdigest()
