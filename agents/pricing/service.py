"""The one entrance to worth: items in, what they are worth out, in batches."""

from __future__ import annotations

import gc
import logging
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.utils import timezone

from agents.pricing.batch import Batch, assemble
from agents.pricing.catalogue.base import Catalogue
from agents.pricing.catalogue.pgvector import PgvectorCatalogue
from agents.pricing.comparables import Known, known_about
from agents.pricing.embedding import embed
from agents.pricing.ensemble import Judged
from agents.pricing.model import PricingModel, current_model
from agents.pricing.preparing import Description
from agents.pricing.remote.answers import RemoteAnswer
from agents.pricing.remote.disagreement import widened
from agents.pricing.remote.foundation import Wanted, ask_foundation_model
from agents.pricing.remote.opinions import Opinions
from agents.pricing.remote.specialist import ask_endpoint
from agents.pricing.verdict import Interval, Verdict, judge, refusal
from agents.pricing.wording import Wording
from agents.pricing.worth import Comparable, EstimateResult, Item, Worth, as_json
from common.money import Money, UnknownRate, convert

__all__ = ["Comparable", "EstimateResult", "Item", "Worth", "as_json", "value_items", "warm_up"]

_PART: Final = 128
_CENT: Final = Decimal("0.01")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Rate:
    """US dollars for one unit of a currency."""

    dollars: Decimal
    fixed_on: date


@lru_cache(maxsize=2)
def _database_catalogue(wording: Wording) -> PgvectorCatalogue:
    return PgvectorCatalogue(wording)


def value_items(
    items: Sequence[Item],
    *,
    catalogue: Catalogue | None = None,
    model: PricingModel | None = None,
    patience: float = 0.0,
) -> list[Worth]:
    """Value items, in their order. One bad item never fails the others: its verdict is `cannot_say`, its worth None.

    `catalogue` is the database's unless another is given. `patience`: how many seconds services elsewhere (a foundation
    model, a SageMaker endpoint) may take for 128 items, within their own limits; with 0 only this machine answers, and
    nothing can cost money. With patience it is to be called outside of a transaction. Raises only where nothing can be
    valued at all: the model is unusable or the database cannot be reached.
    """
    model = model or current_model()
    catalogue = catalogue or _database_catalogue(model.wording)
    worths: list[Worth] = []
    for start in range(0, len(items), _PART):
        worths += _Part(items[start : start + _PART], model, catalogue).worths(patience)
    return worths


def get_ready(items: Sequence[Item]) -> None:
    """Embed items that are to be valued soon; asks no database, so that a thread can do it while others are valued."""
    embed([Description.of(item.title, item.text, item.condition).prepared().text for item in items])


def warm_up() -> None:
    """Load the models and the embedding now, so that the first question does not wait for them."""
    current_model()
    embed(["warm up"])
    _settle()


@lru_cache(maxsize=1)
def _settle() -> None:
    """What is loaded now stays: Python need not look through it again and again for what could be freed."""
    gc.collect()
    gc.freeze()


class _Part:
    """Items that are valued together."""

    def __init__(self, items: Sequence[Item], model: PricingModel, catalogue: Catalogue) -> None:
        self.items, self.model = items, model
        self.descriptions = [Description.of(item.title, item.text, item.condition) for item in items]
        others = catalogue.without([item.own for item in items])
        self.batch: Batch = assemble([each.prepared() for each in self.descriptions], model.lexicon, others)
        self.known: list[Known] = known_about(self.batch)
        self.opinions = Opinions(model.answers(self.batch))
        self.judged: Judged = self._judged(np.zeros(len(items), dtype=bool))

    def worths(self, patience: float) -> list[Worth]:
        if patience > 0 and (settings.FRONTIER_FOUNDATION_MODEL or settings.SAGEMAKER_ENDPOINT):
            self._ask_elsewhere(patience)
        worths = []
        for row, item in enumerate(self.items):
            try:
                worths.append(self._worth(row, item))
            except Exception:
                logger.exception("An item could not be valued")
                worths.append(Worth(item.currency, Verdict.CANNOT_SAY, ["Something went wrong while we valued it."]))
        return worths

    def _judged(self, took_part: npt.NDArray[np.bool_]) -> Judged:
        logs, batch = self.opinions.logs, self.batch
        judged = self.model.ensemble.judge(logs, batch, foundation_model=took_part)
        return widened(judged, logs, took_part)

    def _ask_elsewhere(self, patience: float) -> None:
        """Ask the services that this installation has, both at once, and judge again with what they said."""
        with ThreadPoolExecutor(1, thread_name_prefix="endpoint") as beside:
            endpoint = beside.submit(
                ask_endpoint,
                self.batch,
                self.descriptions,
                timezone.now().date(),
                seconds=min(patience, settings.SAGEMAKER_TIME_LIMIT),
            )
            took_part = self.opinions.hear("frontier", self._ask_foundation_model(patience))
            try:
                said = endpoint.result()
            except Exception:
                logger.exception("The specialist's endpoint could not be asked")
                failed = RemoteAnswer("sagemaker", error="The specialist's endpoint could not be asked.")
                said = [failed] * len(self.items)
        answered = self.opinions.hear("specialist", said) if said is not None else took_part
        if took_part.any() or answered.any():
            self.judged = self._judged(took_part)

    def _ask_foundation_model(self, patience: float) -> list[RemoteAnswer | None]:
        if not settings.FRONTIER_FOUNDATION_MODEL:
            return [None] * len(self.items)
        try:
            wanted = [self._wanted(row, item) for row, item in enumerate(self.items)]
            return ask_foundation_model(wanted, seconds=min(patience, settings.FRONTIER_TIME_LIMIT))
        except Exception:
            logger.exception("The foundation model could not be asked")
            failed = RemoteAnswer(settings.LANGUAGE_MODEL, error="The foundation model could not be asked.")
            return [failed] * len(self.items)

    def _wanted(self, row: int, item: Item) -> Wanted | None:
        """What the foundation model is asked about an item; None for what could not be said anyway."""
        rate = _rate(item.currency)
        if rate is None or not item.foundation_model:
            return None
        interval, known = self._interval(row, item.currency, rate), self.known[row]
        if refusal(self.batch.items[row].caution, interval, known.evidence) is not None:
            return None
        return Wanted(self.batch.items[row], known.comparables, item.user)

    def _interval(self, row: int, currency: str, rate: _Rate) -> Interval | None:
        judged = self.judged
        if not math.isfinite(judged.worth[row]):
            return None
        parts = (judged.worth, judged.low, judged.high)
        worth, low, high = (max(_CENT, _money(float(part[row]), rate)) for part in parts)
        return Interval(worth, min(low, worth), max(high, worth), currency)

    def _model_worth(self, row: int, rate: _Rate) -> Decimal | None:
        """What a foundation model said, in the item's currency; None where none answered."""
        log = self.opinions.foundation_log(row)
        return None if log is None else max(_CENT, _money(log, rate))

    def _worth(self, row: int, item: Item) -> Worth:
        known, rate = self.known[row], _rate(item.currency)
        estimates = self.opinions.results(row, self.judged.weights[row])
        if rate is None:
            reason = f"There is no exchange rate for {item.currency}, so we cannot compare its price."
            return Worth(item.currency, Verdict.CANNOT_SAY, [reason], estimates=estimates, comparables=known.shown)
        evidence = replace(known.evidence, answered=sum(each.value_usd is not None for each in estimates))
        interval = self._interval(row, item.currency, rate)
        threshold = (settings.OPPORTUNITY_THRESHOLD / rate.dollars).quantize(_CENT)
        caution = self.batch.items[row].caution
        judgement = judge(item.price, interval, caution, evidence, threshold=threshold, list_price=item.list_price)
        said = Worth(
            currency=item.currency,
            verdict=judgement.verdict.value,
            reasons=[*judgement.reasons, *self.opinions.sentences(row)],
            caveat=judgement.caveat,
            but_for_claim=judgement.but_for_claim,
            model_worth=self._model_worth(row, rate),
            estimates=estimates,
            comparables=known.shown,
            confidence=judgement.confidence,
            weights={each.estimator: each.weight for each in estimates},
            rate=rate.dollars,
            rate_date=rate.fixed_on,
        )
        if interval is None or not judgement.sayable:
            return said
        said = replace(said, worth=interval.worth, low=interval.low, high=interval.high)
        return said if item.price is None else _with_discount(said, interval.worth, item.price, rate)


def _with_discount(said: Worth, worth: Decimal, price: Decimal, rate: _Rate) -> Worth:
    discount = worth - price
    return replace(
        said,
        discount=discount,
        discount_percent=(100 * discount / worth).quantize(_CENT),
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
