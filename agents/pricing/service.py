"""The one entrance to worth: items in, what they are worth out, in batches."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import numpy as np
from django.conf import settings

from agents.pricing.batch import Batch, assemble
from agents.pricing.catalogue.base import Catalogue
from agents.pricing.catalogue.pgvector import PgvectorCatalogue
from agents.pricing.caution import Condition
from agents.pricing.embedding import embed
from agents.pricing.ensemble import LOCAL, Judged
from agents.pricing.model import Answer, PricingModel, current_model
from agents.pricing.text import Prepared, prepare
from agents.pricing.verdict import Evidence, Interval, Verdict, judge, similar_enough
from common.money import Money, UnknownRate, convert
from common.text import one_line

_PART: Final = 128
_CLOSE_ENOUGH: Final = 0.5
_SHOWN: Final = 5
_CENT: Final = Decimal("0.01")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Item:
    """What somebody wants valued. `price` and `list_price` are in `currency`; both may be unknown."""

    title: str
    text: str = ""
    category: str | None = None
    price: Decimal | None = None
    currency: str = "USD"
    list_price: Decimal | None = None
    condition: str | None = None


@dataclass(frozen=True)
class EstimateResult:
    """What one estimator said, in US dollars; None where it could not say, with the error if one was the reason."""

    estimator: str
    version: str
    value_usd: Decimal | None
    weight: float
    milliseconds: float
    error: str = ""


@dataclass(frozen=True)
class Comparable:
    """A priced product that the worth rests on. `price` is in US dollars, as it was seen."""

    title: str
    price: Decimal
    similarity: float
    weight: float
    source: str = ""
    observed_at: date | None = None
    identity: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "price": str(self.price),
            "currency": "USD",
            "similarity": round(self.similarity, 3),
            "weight": round(self.weight, 3),
            "source": self.source,
            "observed_at": self.observed_at.isoformat() if self.observed_at else None,
        }


@dataclass(frozen=True)
class Worth:
    """What an item is worth, in its own currency. `worth`, `low` and `high` are None where nothing can be said.

    `rate` is US dollars for one unit of the currency, fixed on `rate_date`.
    """

    currency: str
    verdict: str
    reasons: list[str]
    worth: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    discount: Decimal | None = None
    discount_percent: Decimal | None = None
    discount_usd: Decimal | None = None
    estimates: list[EstimateResult] = field(default_factory=list)
    comparables: list[Comparable] = field(default_factory=list)
    confidence: float = 0.0
    weights: dict[str, float] = field(default_factory=dict)
    rate: Decimal | None = None
    rate_date: date | None = None


@dataclass(frozen=True)
class _Rate:
    """US dollars for one unit of a currency."""

    dollars: Decimal
    fixed_on: date


@lru_cache(maxsize=2)
def _database_catalogue(version: str) -> PgvectorCatalogue:
    return PgvectorCatalogue(current_model().wording)


def value_items(
    items: Sequence[Item], *, catalogue: Catalogue | None = None, model: PricingModel | None = None
) -> list[Worth]:
    """Value items, in their order. One bad item never fails the others: its verdict is `cannot_say`, its worth None.

    `catalogue` is the database's unless another is given. Raises only where nothing can be valued at all: the model is
    unusable or the database cannot be reached.
    """
    model = model or current_model()
    catalogue = catalogue or _database_catalogue(model.version)
    worths: list[Worth] = []
    for start in range(0, len(items), _PART):
        worths += _value_part(items[start : start + _PART], model, catalogue)
    return worths


def warm_up() -> None:
    """Load the models and the embedding now, so that the first question does not wait for them."""
    current_model()
    embed(["warm up"])


def _value_part(items: Sequence[Item], model: PricingModel, catalogue: Catalogue) -> list[Worth]:
    prepared = [prepare(_plain(item.title), _plain(item.text)) for item in items]
    prepared = [_stated(each, item) for each, item in zip(prepared, items, strict=True)]
    batch = assemble(prepared, model.wording, catalogue)
    answers = model.answers(batch)
    logs = np.stack([answer.logs for answer in answers], axis=1)
    judged = model.ensemble.judge(logs, batch.neighbours, batch.found.size)
    shown = _comparables(model, batch)
    worths = []
    for row, item in enumerate(items):
        try:
            worths.append(_one(row, item, batch, answers, judged, shown[row]))
        except Exception:
            logger.exception("An item could not be valued")
            worths.append(Worth(item.currency, Verdict.CANNOT_SAY, ["Something went wrong while we valued it."]))
    return worths


def _stated(prepared: Prepared, item: Item) -> Prepared:
    """A condition that the offer states beside its text counts where the text says nothing."""
    if prepared.caution.condition != "new" or item.condition not in ("refurbished", "used"):
        return prepared
    condition: Condition = "used" if item.condition == "used" else "refurbished"
    return replace(prepared, caution=replace(prepared.caution, condition=condition))


def _plain(text: str) -> str:
    return one_line(text.replace("\n", " | "))[:4000]


def _one(
    row: int, item: Item, batch: Batch, answers: list[Answer], judged: Judged, shown: tuple[list[Comparable], Evidence]
) -> Worth:
    comparables, evidence = shown
    rate = _rate(item.currency)
    estimates = _estimates(row, answers, judged)
    if rate is None:
        reason = f"There is no exchange rate for {item.currency}, so we cannot compare its price."
        return Worth(item.currency, Verdict.CANNOT_SAY, [reason], estimates=estimates, comparables=comparables)
    evidence = replace(evidence, answered=sum(each.value_usd is not None for each in estimates))
    interval = _interval(row, judged, item.currency, rate)
    threshold = (settings.OPPORTUNITY_THRESHOLD / rate.dollars).quantize(_CENT)
    caution = batch.items[row].caution
    judgement = judge(item.price, interval, caution, evidence, threshold=threshold, list_price=item.list_price)
    said = Worth(
        currency=item.currency,
        verdict=judgement.verdict.value,
        reasons=judgement.reasons,
        estimates=estimates,
        comparables=comparables,
        confidence=judgement.confidence,
        weights={each.estimator: each.weight for each in estimates},
        rate=rate.dollars,
        rate_date=rate.fixed_on,
    )
    if interval is None or not judgement.sayable:
        return said
    said = replace(said, worth=interval.worth, low=interval.low, high=interval.high)
    if item.price is None:
        return said
    discount = interval.worth - item.price
    return replace(
        said,
        discount=discount,
        discount_percent=(100 * discount / interval.worth).quantize(_CENT),
        discount_usd=(discount * rate.dollars).quantize(_CENT),
    )


def _rate(currency: str) -> _Rate | None:
    """Dollars for one unit; None where the currency is unknown."""
    try:
        converted = convert(Money(Decimal(1), currency), "USD")
    except UnknownRate:
        return None
    return _Rate(converted.rate, converted.rate_date)


def _money(log_dollars: float, rate: _Rate) -> Decimal:
    return (Decimal(repr(math.exp(log_dollars))) / rate.dollars).quantize(_CENT)


def _interval(row: int, judged: Judged, currency: str, rate: _Rate) -> Interval | None:
    if not math.isfinite(judged.worth[row]):
        return None
    worth, low, high = (max(_CENT, _money(float(part[row]), rate)) for part in (judged.worth, judged.low, judged.high))
    return Interval(worth, min(low, worth), max(high, worth), currency)


def _estimates(row: int, answers: list[Answer], judged: Judged) -> list[EstimateResult]:
    results = []
    for index, answer in enumerate(answers):
        log = float(answer.logs[row])
        value = Decimal(repr(math.exp(log))).quantize(_CENT) if math.isfinite(log) else None
        weight = round(float(judged.weights[row, index]), 4)
        results.append(
            EstimateResult(answer.estimator, answer.version, value, weight, answer.milliseconds, answer.error)
        )
    return results


def _comparables(model: PricingModel, batch: Batch) -> list[tuple[list[Comparable], Evidence]]:
    """For each item the comparables to show, most telling first, and what they say about the evidence."""
    neighbours = batch.neighbours
    close = neighbours.closeness(0.5, 0.08)
    weights = neighbours.weights(close, 0.05)
    mismatches = [
        (weights * part).sum(axis=1)
        for part in (neighbours.accessory_differs, neighbours.pack_differs, neighbours.condition_differs)
    ]
    shown = []
    for row in range(len(batch)):
        picked = similar_enough(close[row].tolist(), weights[row].tolist(), least=_CLOSE_ENOUGH)
        evidence = Evidence(
            similar=len(picked),
            identical=int(neighbours.identical[row].sum()),
            nearest=float(close[row].max(initial=0)),
            answered=len(LOCAL),
            accessory_mismatch=float(mismatches[0][row]),
            pack_mismatch=float(mismatches[1][row]),
            better_condition=float(mismatches[2][row]),
        )
        best = sorted(picked, key=lambda index: -weights[row, index])[:_SHOWN]
        shown.append(([_comparable(batch, row, index, weights[row, index]) for index in best], evidence))
    return shown


def _comparable(batch: Batch, row: int, index: int, weight: float) -> Comparable:
    product = batch.found.table.products[batch.found.row[row, index]]
    return Comparable(
        title=one_line(product.title)[:200],
        price=Decimal(repr(product.price)).quantize(_CENT),
        similarity=float(batch.neighbours.similarity[row, index]),
        weight=float(weight),
        source=product.source,
        observed_at=product.observed_at,
        identity=product.identity,
    )


def as_json(worth: Worth) -> dict[str, Any]:
    """The answer of `estimate --json` and of the task `estimate.text`: amounts as decimal strings (contract)."""

    def text(amount: Decimal | None) -> str | None:
        return None if amount is None else str(amount)

    return {
        "worth": text(worth.worth),
        "low": text(worth.low),
        "high": text(worth.high),
        "currency": worth.currency,
        "estimates": [
            {
                "estimator": each.estimator,
                "version": each.version,
                "value": text(each.value_usd),
                "currency": "USD",
                "weight": each.weight,
            }
            for each in worth.estimates
        ],
        "comparables": [each.as_json() for each in worth.comparables],
        "discount": text(worth.discount),
        "discount_percent": text(worth.discount_percent),
        "verdict": worth.verdict,
        "reasons": worth.reasons,
        "confidence": worth.confidence,
    }
