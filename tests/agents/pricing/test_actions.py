"""The value stage: claimed, computed, written once, whatever dies in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from agents.lifecycle.following import follow
from agents.models import Run
from agents.pricing import actions
from agents.pricing.importing import import_rows
from agents.pricing.model import activate
from agents.training.data import Row
from common.models import DeadLetter, OutboxEvent
from common.retries import MAX_TRIES
from deals.models import CatalogueItem, Deal, Estimate, PricePoint, StageState, Valuation
from tests.agents.pricing.conftest import World

HEADPHONES = "Duna wireless headphones Q"


@pytest.fixture
def stocked(world: World, settings: Any, tmp_path: Path, db: None) -> Iterator[World]:
    """The small world's model in use, and its products in the database."""
    settings.MODELS_DIR = tmp_path / "models"
    activate(world.folder)
    import_rows(Row(product, "", number) for number, product in enumerate(world.products[:120]))
    yield world


def a_deal(title: str = HEADPHONES, price: str = "120", currency: str = "USD", **fields: Any) -> Deal:
    name = str(uuid.uuid4())
    return Deal.objects.create(
        marketplace="shop",
        external_id=name,
        url=f"https://shop.example/{name}",
        canonical_url=f"https://shop.example/{name}",
        title=title,
        price=Decimal(price),
        currency=currency,
        **fields,
    )


def types_of_events() -> list[str]:
    return list(OutboxEvent.objects.order_by("id").values_list("type", flat=True))


def test_a_waiting_deal_is_valued_with_everything_that_belongs_to_it(stocked: World, sent_tasks: Any) -> None:
    deal = a_deal()
    (written,) = actions.value_pending()
    deal.refresh_from_db()
    valuation = Valuation.objects.get()
    assert valuation.pk == written == deal.valuation_id
    assert deal.value_state == StageState.DONE
    assert deal.value_leased_until is None
    assert valuation.low < valuation.worth < valuation.high
    assert valuation.discount == valuation.worth - deal.price
    assert valuation.score_parts.keys() == {"base", "trend", "reliability", "discount", "competitiveness"}
    assert valuation.comparables
    assert {"title", "price", "similarity"} <= valuation.comparables[0].keys()
    assert set(Estimate.objects.values_list("estimator", flat=True)) == {"neural", "frontier", "specialist"}
    assert sum(Estimate.objects.values_list("weight", flat=True)) == pytest.approx(1, abs=0.01)
    assert types_of_events()[0] == "deal.valued"
    assert Run.objects.get().agent == "pricing"
    assert [(task.name, task.queue) for task in sent_tasks] == [("match.pending", "match")]


def test_a_bargain_is_told_as_an_opportunity_and_a_poor_offer_is_not(stocked: World) -> None:
    title = next(product.title for product in stocked.products if "robot" in product.title)
    usual = next(product.price for product in stocked.products if product.title == title)
    bargain, poor = a_deal(title, f"{usual * 0.45:.2f}"), a_deal(title, f"{usual * 1.6:.2f}")
    actions.value_pending()
    by_deal = {valuation.deal_id: valuation for valuation in Valuation.objects.all()}
    assert by_deal[bargain.pk].verdict == "buy_now"
    assert by_deal[bargain.pk].is_opportunity
    assert by_deal[poor.pk].verdict == "wait"
    assert not by_deal[poor.pk].is_opportunity
    assert by_deal[bargain.pk].score > by_deal[poor.pk].score
    assert sorted(types_of_events()) == ["deal.valued", "deal.valued", "opportunity.found"]


def test_valuing_again_changes_nothing(stocked: World) -> None:
    deal = a_deal()
    actions.value_pending()
    before = (Valuation.objects.get().pk, types_of_events())
    assert actions.value_pending() == []
    assert actions.value_deals([deal.pk]) == []
    assert (Valuation.objects.get().pk, types_of_events()) == before
    deal.refresh_from_db()
    assert deal.value_state == StageState.DONE


def test_another_price_is_another_valuation(stocked: World) -> None:
    deal = a_deal()
    actions.value_pending()
    Deal.objects.filter(pk=deal.pk).update(price=Decimal(90), value_state=StageState.PENDING)
    (second,) = actions.value_pending()
    deal.refresh_from_db()
    assert deal.valuation_id == second
    assert Valuation.objects.filter(deal=deal).count() == 2


def test_a_deal_of_another_currency_keeps_it_with_rate_and_date(stocked: World) -> None:
    dollars, euros, unknown = a_deal(), a_deal(currency="EUR"), a_deal(currency="XTS")
    actions.value_pending()
    by_deal = {valuation.deal_id: valuation for valuation in Valuation.objects.all()}
    in_euros = by_deal[euros.pk]
    assert in_euros.currency == "EUR"
    assert in_euros.exchange_rate_date is not None
    assert in_euros.worth * in_euros.exchange_rate == pytest.approx(by_deal[dollars.pk].worth, rel=Decimal("0.001"))
    assert by_deal[unknown.pk].verdict == "cannot_say"
    assert by_deal[unknown.pk].worth is None
    assert "XTS" in by_deal[unknown.pk].reasons[0]


def test_nothing_is_said_of_a_monthly_price(stocked: World) -> None:
    a_deal("Duna wireless headphones Q for $10 per month", "10")
    actions.value_pending()
    valuation = Valuation.objects.get()
    assert (valuation.verdict, valuation.worth, valuation.score) == ("cannot_say", None, None)
    assert not valuation.is_opportunity


def test_a_lower_price_within_30_days_is_mentioned(stocked: World) -> None:
    deal = a_deal()
    PricePoint.objects.create(
        deal=deal, price=Decimal(99), currency="USD", observed_at=timezone.now() - timedelta(days=9)
    )
    PricePoint.objects.create(deal=deal, price=deal.price, currency="USD")
    actions.value_pending()
    assert "It cost only $99.00 within the last 30 days." in Valuation.objects.get().reasons


def test_a_leased_deal_is_left_to_its_worker_until_the_lease_runs_out(stocked: World) -> None:
    deal = a_deal(value_leased_until=timezone.now() + timedelta(seconds=30))
    assert actions.value_pending() == []
    Deal.objects.filter(pk=deal.pk).update(value_leased_until=timezone.now() - timedelta(seconds=1))
    assert len(actions.value_pending()) == 1


def test_a_deal_that_changed_while_it_was_valued_waits_for_another_round(
    stocked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal = a_deal()
    compute = actions.value_items

    def slowly(items: Any, **more: Any) -> Any:
        Deal.objects.filter(pk=deal.pk).update(price=Decimal(77))
        return compute(items, **more)

    monkeypatch.setattr(actions, "value_items", slowly)
    assert actions.value_pending(limit=1) == []
    monkeypatch.undo()
    deal.refresh_from_db()
    assert deal.value_state == StageState.PENDING
    assert len(actions.value_pending()) == 1
    assert Valuation.objects.get().price == Decimal(77)


def test_a_failure_is_written_on_the_deal_and_after_three_it_is_a_dead_letter(
    stocked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = a_deal(), a_deal("Poison")
    compute = actions.value_items

    def picky(items: Any, **more: Any) -> Any:
        if any(item.title == "Poison" for item in items):
            raise RuntimeError("the\nmodel choked")
        return compute(items, **more)

    monkeypatch.setattr(actions, "value_items", picky)
    for attempt in range(1, MAX_TRIES + 1):
        actions.value_pending()
        bad.refresh_from_db()
        assert bad.value_attempts == attempt
        assert bad.value_error == "the model choked"
        assert attempt == MAX_TRIES or bad.value_retry_at > timezone.now()
        Deal.objects.filter(pk=bad.pk, value_state=StageState.PENDING).update(value_retry_at=timezone.now())
    good.refresh_from_db()
    assert good.value_state == StageState.DONE
    assert bad.value_state == StageState.FAILED
    letter = DeadLetter.objects.get()
    assert (letter.stage, letter.object_id, letter.task) == ("value", str(bad.pk), "value.deals")
    monkeypatch.undo()
    assert len(actions.value_deals([bad.pk])) == 1
    bad.refresh_from_db()
    assert (bad.value_state, bad.value_error) == (StageState.DONE, "")


def test_many_deals_take_a_fixed_number_of_queries(stocked: World, django_assert_max_num_queries: Any) -> None:
    for number in range(40):
        a_deal(f"{HEADPHONES}{number}")
    follow()
    with django_assert_max_num_queries(60):
        assert len(actions.value_pending()) == 40


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_at_any_moment_leaves_one_valuation_for_each_deal(
    world: World, settings: Any, tmp_path: Path
) -> None:
    settings.MODELS_DIR = tmp_path / "models"
    activate(world.folder)
    import_rows(Row(product, "", number) for number, product in enumerate(world.products[:60]))
    deals = [a_deal(f"{HEADPHONES}{number}") for number in range(12)]
    with _nursery(tmp_path) as kill:
        for moment in (0.0, 0.02, 0.05, 0.1, 0.2):
            kill(moment)
            Deal.objects.filter(value_leased_until__isnull=False).update(value_leased_until=timezone.now())
    actions.value_pending()
    assert Valuation.objects.count() == len(deals)
    assert Estimate.objects.count() == 3 * len(deals)
    assert OutboxEvent.objects.filter(type="deal.valued").count() == len(deals)
    assert not Deal.objects.exclude(value_state=StageState.DONE).exists()
    assert CatalogueItem.objects.count() == 60 - _repeated(world)


def _repeated(world: World) -> int:
    said = [(product.title, product.text, product.source) for product in world.products[:60]]
    return len(said) - len(set(said))


# Loads all code and the models once, and forks a worker for each line that it reads: loading them takes seconds.
_NURSERY = """
import django, os, sys
django.setup()
from django.conf import settings
from django.db import connection
from pathlib import Path
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.MODELS_DIR = Path(sys.argv[2])
from agents.pricing import actions, service
from agents.pricing.embedding import limit_threads
actions.BATCH = 3
service.warm_up()
limit_threads(1)  # a pool of threads does not survive a fork
connection.close()  # a child must not share it
for line in sys.stdin:
    child = os.fork()
    if not child:
        actions.value_pending()
        os._exit(0)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""


@contextmanager
def _nursery(home: Path) -> Iterator[Callable[[float], None]]:
    """`kill(moment)` starts a worker that values deals, and kills it so many seconds after it began to."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "dealfinder.settings", "CELERY_BROKER_URL": "memory://"}
    arguments = [sys.executable, "-c", _NURSERY, connection.settings_dict["NAME"], str(home / "models")]
    with subprocess.Popen(
        arguments, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as nursery:
        reads, writes = nursery.stdout, nursery.stdin
        assert reads is not None and writes is not None

        def kill(moment: float) -> None:
            writes.write("work\n")
            writes.flush()
            worker = int(reads.readline())
            time.sleep(moment)
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
            assert reads.readline() == "ended\n"

        yield kill
        writes.close()
