"""Valuing in batches, warm, stage by stage: items a second for each stage alone and for all of them, beside 100,000 products
(`--products N` for fewer).

The items are the first 512 products of ../shared/data/catalogue/dev.jsonl.gz as deals, in batches of 64 as the worker takes them.
Services elsewhere are not asked. The stages are timed in turns, so that other programs disturb all of them alike.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import numpy as np
from django.db import connection, transaction

from agents.pricing.actions import BATCH, value_pending
from agents.pricing.batch import Batch, compare
from agents.pricing.catalogue.pgvector import PgvectorCatalogue
from agents.pricing.comparables import known_about
from agents.pricing.embedding import embed
from agents.pricing.ensemble import LOCAL
from agents.pricing.model import PricingModel, current_model
from agents.pricing.records import input_hash, item_of, write_valuations
from agents.pricing.service import value_items, warm_up
from agents.pricing.text import prepare
from agents.training.data import read_all
from benchmarks import large_catalogue
from benchmarks.large_catalogue import DATA, SIZE, database, fill
from benchmarks.measurement import Measurement
from deals.models import Deal

ITEMS = 512


class _Clock:
    """Seconds of each stage over all batches, by the clock, and of processors (ours and our connection's in PostgreSQL)."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.processor: defaultdict[str, float] = defaultdict(float)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self._backend = Path(f"/proc/{cursor.fetchone()[0]}/stat")

    def postgres(self) -> float:
        """Processor seconds of PostgreSQL for this connection so far; 0 where the system does not say."""
        if not self._backend.exists():
            return 0.0
        user, system = self._backend.read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began, spent = time.perf_counter(), time.process_time() + self.postgres()
        yield
        self.seconds[name] += time.perf_counter() - began
        self.processor[name] += time.process_time() + self.postgres() - spent


def run(products: int = SIZE) -> list[Measurement]:
    """Items a second by stage, and end to end as the worker does it: deals in, valuations in the database. With the processor time
    of an item, which other programs disturb less than the clock."""
    model, everything = current_model(), large_catalogue.products(products)
    with database():
        fill(everything)
        del everything
        catalogue = PgvectorCatalogue(model.wording)
        first, again = _deals(0), _deals(2)[:BATCH]
        warm_up()
        _in_batches(again, lambda deals: _whole(deals, model, catalogue))
        clock = _Clock()
        _in_batches(first, lambda deals: _by_stage(deals, model, catalogue, clock))
        _deals(1)
        with clock.stage("all together"):
            value_pending(ITEMS)
    whole = clock.seconds.pop("all together")
    rates = [Measurement(name, ITEMS / seconds, "items/s") for name, seconds in clock.seconds.items()]
    spent = [
        Measurement(f"{name}, processor", 1000 * seconds / ITEMS, "ms") for name, seconds in clock.processor.items()
    ]
    return [*rates, *spent, Measurement("all together", ITEMS / whole, "items/s")]


def _deals(copy: int) -> list[Deal]:
    """Deals that wait, different for each copy."""
    asked, _ = read_all([DATA / "dev.jsonl.gz"])
    offers = [
        Deal(
            title=product.title.replace("\n", " ")[:300],
            price=Decimal(repr(product.price)).quantize(Decimal("0.01")),
            currency="USD",
            marketplace=f"bench{copy}",
            external_id=str(number),
            url=f"http://bench{copy}.example/{number}",
            canonical_url=f"http://bench{copy}.example/{number}",
        )
        for number, product in enumerate(asked[copy * ITEMS : (copy + 1) * ITEMS])
    ]
    return Deal.objects.bulk_create(offers)


def _in_batches(deals: Sequence[Deal], work: Callable[[Sequence[Deal]], None]) -> None:
    for start in range(0, len(deals), BATCH):
        work(deals[start : start + BATCH])


def _whole(deals: Sequence[Deal], model: PricingModel, catalogue: PgvectorCatalogue) -> None:
    worths = value_items([item_of(deal) for deal in deals], model=model, catalogue=catalogue)
    found = {deal.pk: (input_hash(deal, model.version), worth) for deal, worth in zip(deals, worths, strict=True)}
    with transaction.atomic():
        write_valuations(found, model.version)


def _by_stage(deals: Sequence[Deal], model: PricingModel, catalogue: PgvectorCatalogue, clock: _Clock) -> None:
    with clock.stage("text preparation"):
        asked = [item_of(deal) for deal in deals]
        items = [prepare(item.title, item.text) for item in asked]
    with clock.stage("embedding"):
        vectors = embed([item.text for item in items])
    with clock.stage("retrieval from 100,000"):
        found = catalogue.without([item.own for item in asked]).search(vectors)
    with clock.stage("comparing"):
        neighbours = compare(items, found, model.wording)
    with clock.stage("words"):
        features = model.wording.features(items)
        lexical = model.lexicon.says(features)
        batch = Batch(items, vectors, features, model.lexicon.numbers(items), lexical, found, neighbours)
    logs = []
    for kind in LOCAL:
        with clock.stage(f"estimator {kind}"):
            logs.append(model.estimators[kind].estimate(batch))
    with clock.stage("ensemble and comparables"):
        model.ensemble.judge(np.stack(logs, axis=1), batch)
        known_about(batch)
    worths = value_items(asked, model=model, catalogue=catalogue)
    written = {deal.pk: (input_hash(deal, model.version), worth) for deal, worth in zip(deals, worths, strict=True)}
    with clock.stage("writing"), transaction.atomic():
        write_valuations(written, model.version)
