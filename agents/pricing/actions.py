"""The pricing agent: values deals that wait for it.

Deals are claimed with a lease, valued outside of any transaction, and written in one: valuation, estimates, event, and the
mark on the deal. A worker that dies in between leaves a lease that runs out; a lease that ran out too early costs a
second computation, but not a second valuation, since what is written is unique for a deal and its input.
"""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from agents.lifecycle.arms import Arm, arms_of
from agents.models import Agent
from agents.pricing.meaning import write_vectors
from agents.pricing.records import input_hash, item_of, write_valuations
from agents.pricing.remote.rephrasing import rephrase
from agents.pricing.service import Worth, get_ready, value_items
from agents.runs import RunRecorder, record_run
from common.dead_letters import record_dead_letter
from common.enqueue import wake
from common.retries import is_exhausted, next_try, sentence_of
from deals.models import Deal, StageState

logger = logging.getLogger(__name__)

BATCH: Final = 64
LEASE: Final = timedelta(seconds=120)
"""Longer than two batches take; short, because the deals of a dead worker wait for as long."""
PATIENCE: Final = 25.0
"""How many seconds services elsewhere may take for a batch: there may be two batches under one lease."""


@dataclass
class Outcome:
    """What a round of valuing did: the valuations that are new, how many are opportunities, and what failed."""

    valuations: list[uuid.UUID] = field(default_factory=list)
    opportunities: int = 0
    failed: int = 0
    known: int = 0

    def as_json(self) -> dict[str, int]:
        return {
            "valuations": len(self.valuations),
            "opportunities": self.opportunities,
            "failed": self.failed,
            "known": self.known,
        }


def value_pending(limit: int = 2_000, *, trigger: str = "schedule") -> list[uuid.UUID]:
    """Value up to `limit` deals that wait, oldest first; returns the ids of the new valuations."""
    return _value(_pending(), limit, trigger)


def value_deals(ids: Sequence[uuid.UUID], *, trigger: str = "request") -> list[uuid.UUID]:
    """Value these deals now and from the beginning; returns the ids of the new valuations.

    A deal that was valued already with the same words, price and model keeps its valuation, and nothing new is told.
    """
    Deal.objects.filter(pk__in=ids).update(
        value_state=StageState.PENDING, value_attempts=0, value_error="", value_retry_at=None
    )
    return _value(_pending().filter(pk__in=ids), len(ids), trigger)


def _pending() -> QuerySet[Deal]:
    now = timezone.now()
    return Deal.objects.filter(
        Q(value_retry_at__isnull=True) | Q(value_retry_at__lte=now),
        Q(value_leased_until__isnull=True) | Q(value_leased_until__lte=now),
        value_state=StageState.PENDING,
    )


def _value(waiting: QuerySet[Deal], limit: int, trigger: str) -> list[uuid.UUID]:
    """While one batch is valued and written the next is claimed already and embedded in a thread."""
    outcome = Outcome()
    claimed = _claim(waiting, min(BATCH, limit))
    if not claimed:
        return []
    done = len(claimed)
    ready = [_get_ready(claimed)]
    with record_run(Agent.PRICING, trigger, "Deals that wait for a valuation") as run:
        while claimed:
            following = _claim(waiting, min(BATCH, limit - done)) if done < limit else []
            done += len(following)
            ready.append(_get_ready(following))
            wait(ready[:1])
            _value_batch(claimed, run, outcome)
            claimed, ready = following, ready[1:]
        run.summary.update(outcome.as_json())
        if outcome.failed:
            run.fail(f"{outcome.failed} of the deals could not be valued; they are tried again.")
    return outcome.valuations


@lru_cache(maxsize=1)
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "ahead")


os.register_at_fork(after_in_child=_thread.cache_clear)  # threads stay behind in the parent


def _get_ready(deals: Sequence[Deal]) -> Future[None]:
    """Embed deals ahead of their turn. What goes wrong with that goes wrong in their turn too, and is told there."""
    try:
        items = [item_of(deal) for deal in deals]
    except Exception:
        items = []
    return _thread().submit(get_ready, items)


def _claim(waiting: QuerySet[Deal], size: int) -> list[Deal]:
    with transaction.atomic():
        rows = waiting.order_by("first_seen_at", "id").select_for_update(skip_locked=True, no_key=True, of=("self",))
        deals = list(rows.select_related("source")[:size])
        until = timezone.now() + LEASE
        Deal.objects.filter(pk__in=[deal.pk for deal in deals]).update(value_leased_until=until)
    return deals


def _value_batch(deals: list[Deal], run: RunRecorder, outcome: Outcome) -> None:
    before = outcome.as_json()
    with run.step(f"Value {len(deals)} deals") as step:
        try:
            _compute_and_write(deals, outcome)
        except Exception as error:
            logger.exception("A batch of %d deals could not be valued; they are tried one by one", len(deals))
            step.fail(sentence_of(error))
            for deal in deals:
                _value_alone(deal, outcome)
        step.detail.update({name: count - before[name] for name, count in outcome.as_json().items()})


def _value_alone(deal: Deal, outcome: Outcome) -> None:
    try:
        _compute_and_write([deal], outcome)
    except Exception as error:
        logger.exception("Deal %s could not be valued", deal.pk)
        outcome.failed += 1
        _note_failure(deal.pk, sentence_of(error))


def _compute_and_write(deals: list[Deal], outcome: Outcome) -> None:
    for arm in arms_of(deals):
        _value_arm(arm, outcome)


def _value_arm(arm: Arm, outcome: Outcome) -> None:
    version = arm.model.version
    worths = value_items([item_of(deal) for deal in arm.deals], model=arm.model, patience=PATIENCE)
    found: dict[uuid.UUID, tuple[str, Worth]] = {
        deal.pk: (input_hash(deal, version), worth) for deal, worth in zip(arm.deals, worths, strict=True)
    }
    _write_vectors(arm.deals)
    with transaction.atomic():
        written = write_valuations(found, version)
    outcome.valuations += [valuation.pk for valuation in written.new]
    outcome.opportunities += sum(valuation.is_opportunity for valuation in written.new)
    outcome.known += written.known
    if written.new:
        wake("match.pending")
        rephrase(written.new)


def _write_vectors(deals: Sequence[Deal]) -> None:
    """Before the valuations, since goals that ask for meaning are matched by both; a deal is valued without a vector too."""
    try:
        write_vectors(deals)
    except Exception:
        logger.exception("Vectors of %d deals could not be written; the task value.vectors does it later", len(deals))


def _note_failure(deal_id: uuid.UUID, sentence: str) -> None:
    """Put the error on the deal, with the time of its next try; after the third it goes to the dead letters."""
    with transaction.atomic():
        deal = Deal.objects.select_for_update(no_key=True).filter(pk=deal_id).first()
        if deal is None or deal.value_state != StageState.PENDING:
            return
        deal.value_attempts += 1
        deal.value_error, deal.value_leased_until = sentence, None
        if is_exhausted(deal.value_attempts):
            deal.value_state, deal.value_retry_at = StageState.FAILED, None
            record_dead_letter("value", deal.pk, "value.deals", sentence, attempts=deal.value_attempts)
        else:
            deal.value_retry_at = next_try(deal.value_attempts)
        deal.save(
            update_fields=["value_attempts", "value_error", "value_leased_until", "value_state", "value_retry_at"]
        )
