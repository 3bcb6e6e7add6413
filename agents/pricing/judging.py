"""From a worth and what was seen before to a valuation: its score with the parts, its verdict with two sentences, its statistics."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.conf import settings

from agents.pricing.decision import TURNED_BY_A_TREND, Grounds, decide
from agents.pricing.pasts import Seen, seen_of
from agents.pricing.score import VERSION, Score, base_of, score
from agents.pricing.series import stability_of, standing_of
from agents.pricing.verdict import Verdict
from agents.pricing.worth import Worth
from common.money import format_money
from deals.models import Deal, Valuation
from deals.reliability import learned_reliability
from deals.selectors import is_opportunity

JUDGED: Final = (
    "score", "score_parts", "score_inputs", "score_version", "statistics", "verdict", "verdict_reasons", "verdict_record",
    "verdict_words", "reasons", "is_opportunity",
)  # fmt: skip
"""The fields that `judge_all` sets: what depends on more than the words and the price of the deal."""


def valuation_of(deal: Deal, fingerprint: str, worth: Worth) -> Valuation:
    """A valuation, unsaved, with the worth and its evidence; `judge_all` adds the judgement."""
    return Valuation(
        deal=deal,
        input_hash=fingerprint,
        currency=deal.currency,
        price=deal.price,
        worth=worth.worth,
        low=worth.low,
        high=worth.high,
        discount=worth.discount,
        discount_percent=worth.discount_percent,
        discount_usd=worth.discount_usd,
        exchange_rate=None if worth.rate is None else worth.rate.quantize(Decimal("1e-10")),
        exchange_rate_date=worth.rate_date,
        comparables=[comparable.as_json() for comparable in worth.comparables],
        weights=worth.weights,
        confidence=worth.confidence,
    )


def judge_all(valuations: Sequence[Valuation], worths: Mapping[uuid.UUID, Worth]) -> None:
    """Set score, verdict and statistics of valuations, unsaved, from their worths (by deal) and the past; six queries for all.

    A valuation that was stored before keeps its own worth, and the score is of that.
    """
    if not valuations:
        return
    seen = seen_of(
        [valuation.deal for valuation in valuations],
        {valuation.deal_id: valuation.high for valuation in valuations},
        without=[valuation.pk for valuation in valuations],
        trends={each.deal_id for each in valuations if worths[each.deal_id].verdict in TURNED_BY_A_TREND},
    )
    reliable = learned_reliability({valuation.deal.marketplace for valuation in valuations})
    for valuation in valuations:
        reliability = reliable[valuation.deal.marketplace].value
        _judge(valuation, worths[valuation.deal_id], seen[valuation.deal_id], reliability)


def _judge(valuation: Valuation, worth: Worth, seen: Seen, reliability: float) -> None:
    deal = valuation.deal
    points = _score(valuation, worth, seen.lately, reliability)
    valuation.score = points.value if points else None
    valuation.score_parts = points.parts if points else {}
    valuation.score_inputs = points.inputs if points else {}
    valuation.score_version = VERSION
    valuation.statistics = _statistics(points, seen)
    grounds = Grounds(
        price=deal.price,
        currency=deal.currency,
        by_worth=Verdict(worth.verdict),
        worth=valuation.worth,
        low=valuation.low,
        high=valuation.high,
        caveat=worth.caveat or (worth.reasons[0] if worth.worth is None and worth.reasons else ""),
        but_for_claim=Verdict(worth.but_for_claim) if worth.but_for_claim else None,
        past=seen.past,
        claim=seen.claim,
    )
    decision = decide(grounds)
    valuation.verdict = decision.verdict.value
    valuation.verdict_reasons = list(decision.sentences)
    valuation.verdict_record = grounds.as_json() | {"rule": decision.rule}
    valuation.verdict_words = []
    valuation.reasons = list(worth.reasons)
    if worth.worth is not None and seen.lately and min(seen.lately) < deal.price:
        lowest = format_money(min(seen.lately), deal.currency)
        valuation.reasons.append(f"It cost only {lowest} within the last 30 days.")
    valuation.is_opportunity = is_opportunity(valuation, settings.OPPORTUNITY_THRESHOLD)


def _score(valuation: Valuation, worth: Worth, lately: Sequence[Decimal], reliability: float) -> Score | None:
    """The base is of the worth that a language model named, where one did, in an interval as wide as ours for its size."""
    middle, low, high = valuation.worth, valuation.low, valuation.high
    if middle is None or low is None or high is None:
        return None
    named = worth.model_worth if worth.model_worth is not None and middle > 0 else None
    if named is not None:
        low, high, middle = low * named / middle, high * named / middle, named
    rate = worth.rate or Decimal(1)
    return score(
        base=base_of(valuation.price, middle, low, high, valuation.confidence),
        base_from="valuation" if named is None else "language model",
        price=valuation.price,
        reliability=reliability,
        discount_percent=valuation.discount_percent,
        history=lately,
        market=[comparable.price / rate for comparable in worth.comparables],
    )


def _statistics(points: Score | None, seen: Seen) -> dict[str, Any]:
    stability = stability_of(seen.prices)
    return {
        "score": None if points is None else standing_of(points.value, seen.scores).as_json(),
        "price": standing_of(seen.prices[-1], seen.prices[:-1]).as_json() if seen.prices else None,
        "prices": len(seen.prices),
        "price_stability": None if stability is None else round(stability, 4),
    }
