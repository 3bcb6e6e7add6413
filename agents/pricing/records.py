"""A worth as it is written down: valuation, estimates, events, and the mark on its deal."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection

from agents.pricing.catalogue.copies import Own
from agents.pricing.caution import caution_about, telling_sentences
from agents.pricing.judging import JUDGED, judge_all, valuation_of
from agents.pricing.score import VERSION
from agents.pricing.service import Item, Worth
from agents.scanning.reading.facts import product_name
from common.money import Money, UnknownRate, convert
from common.outbox import record_all
from deals.events import DealValued, OpportunityFound, valuation_facts
from deals.models import Deal, DealState, Estimate, StageState, Valuation
from deals.selectors import is_opportunity, least_threshold_usd

_KEPT = Decimal("0.0001")
_MARK_DONE_SQL = """
    UPDATE deals_deal AS deal
       SET valuation_id = marked.valuation_id, value_state = %s, value_attempts = 0, value_error = '', value_retry_at = NULL,
           value_leased_until = NULL
      FROM unnest(%s::uuid[], %s::uuid[]) AS marked (id, valuation_id)
     WHERE deal.id = marked.id
"""


def item_of(deal: Deal) -> Item:
    """What the models are told about a deal: the name of the thing, and what its description says against it.

    Its price, its shop and the praise around it, which descriptions of offers are full of, are not in the catalogue that
    it is compared with: they only make the very same thing look like another one. Where the words after the price change
    what is sold ("per month", "refurbished") the whole title counts, and so does a sentence such as "Sold for parts".
    """
    name = product_name(deal.title, deal.currency)
    return Item(
        title=name if caution_about(name) == caution_about(deal.title) else deal.title,
        text=telling_sentences(deal.description),
        category=deal.category or None,
        price=deal.price,
        currency=deal.currency,
        list_price=deal.list_price,
        condition=deal.condition,
        own=_own(deal),
    )


def _own(deal: Deal) -> Own:
    try:
        price = float(convert(Money(deal.price, deal.currency), "USD").money.amount)
    except UnknownRate:
        price = 0.0
    since = deal.price_changed_at or deal.first_seen_at
    return Own(deal.pk, price or None, since.date(), deal.last_seen_at.date())


def input_hash(deal: Deal, version: str) -> str:
    """What was valued, by which model: a deal has one valuation for each."""
    parts = (
        deal.title,
        deal.description,
        deal.price.normalize(),
        deal.currency,
        deal.list_price,
        deal.condition,
        version,
    )
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


@dataclass
class Written:
    """The valuations that are new, and how many deals had theirs already."""

    new: list[Valuation] = field(default_factory=list)
    known: int = 0


def write_valuations(found: Mapping[uuid.UUID, tuple[str, Worth]], version: str) -> Written:
    """Write in the caller's transaction. `found` has the input's hash and the worth for each deal.

    A deal that was changed or removed meanwhile is left waiting: what was computed is of another input.
    """
    written = Written()
    deals = list(Deal.objects.select_for_update(no_key=True).filter(pk__in=found).order_by("pk"))
    same = [deal for deal in deals if input_hash(deal, version) == found[deal.pk][0]]
    changed = {deal.pk for deal in deals} - {deal.pk for deal in same}
    if changed:
        Deal.objects.filter(pk__in=changed).update(value_leased_until=None)
    stored = {
        valuation.deal_id: valuation
        for valuation in Valuation.objects.filter(deal__in=same, input_hash__in=[found[deal.pk][0] for deal in same])
        if valuation.input_hash == found[valuation.deal_id][0]
    }
    returned: list[uuid.UUID] = []
    again: list[Valuation] = []
    for deal in same:
        valuation = stored.get(deal.pk)
        if valuation is None:
            valuation = valuation_of(deal, *found[deal.pk])
            written.new.append(valuation)
        else:
            written.known += 1
            valuation.deal = deal
            came_back = deal.valuation_id != valuation.pk
            returned += [valuation.pk] if came_back else []
            again += [valuation] if came_back or valuation.score_version != VERSION else []
        deal.valuation = valuation
    judge_all([*written.new, *again], {deal_id: worth for deal_id, (_, worth) in found.items()})
    Valuation.objects.bulk_create(written.new)
    Valuation.objects.bulk_update(again, JUDGED)
    Estimate.objects.bulk_create(_estimates(written.new, found))
    if returned:  # A price that comes back is set against the goals again: some were made while it was another.
        Valuation.objects.filter(pk__in=returned).update(
            matched_at=None, match_attempts=0, match_error="", match_retry_at=None
        )
    _mark_done(same)
    threshold = least_threshold_usd() if written.new else Decimal(0)
    # What cannot be had any more is valued for its own page and for the catalogue, and nobody is told of it.
    told = [valuation for valuation in written.new if valuation.deal.state == DealState.ACTIVE]
    record_all((event, None) for valuation in told for event in _events(valuation, threshold))
    return written


def _mark_done(deals: Sequence[Deal]) -> None:
    """One statement with the same marks for all; `bulk_update` takes longer over its cases than everything else here together."""
    with connection.cursor() as cursor:
        cursor.execute(
            _MARK_DONE_SQL, [StageState.DONE, [deal.pk for deal in deals], [deal.valuation_id for deal in deals]]
        )


def _estimates(valuations: Sequence[Valuation], found: Mapping[uuid.UUID, tuple[str, Worth]]) -> list[Estimate]:
    return [
        Estimate(
            valuation=valuation,
            estimator=each.estimator,
            version=each.version,
            value_usd=each.value_usd,
            weight=each.weight,
            milliseconds=round(each.milliseconds, 3),
            cost_usd=each.cost_usd,
            error=each.error[:300],
            reason=each.reason[:300],
        )
        for valuation in valuations
        for each in found[valuation.deal_id][1].estimates
    ]


def _events(valuation: Valuation, threshold_usd: Decimal) -> list[DealValued]:
    """An opportunity for anybody is published; the feed holds it back from readers whose own threshold it does not pass."""
    facts = valuation_facts(valuation.deal, valuation)
    events: list[DealValued] = [DealValued(**facts)]
    if is_opportunity(valuation, threshold_usd):
        events.append(OpportunityFound(**facts))
    return events
