"""The budget, the circuit breaker, and an end to patience."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import redis
from django.db import connection
from django.utils import timezone

from accounts.models import User
from agents.language.asking import ask, breaker_of
from agents.language.base import LanguageModel
from agents.language.budget import OverBudget, release, reserve, settle
from agents.language.registry import configured_model
from agents.models import Spending
from common.breaker import Breaker
from common.services import ServiceFailure, call, jitter
from dealfinder.embedded.process import wait_until
from tests.agents.language.conftest import question
from tests.wire_server import WireServer, aws_error, silence


@pytest.mark.django_db(transaction=True)
def test_twenty_threads_never_take_more_than_there_is(settings: Any, owner: User) -> None:
    settings.LANGUAGE_BUDGET, settings.LANGUAGE_USER_BUDGET = Decimal("1.00"), Decimal("0.35")
    at_once, taken = threading.Barrier(20), []

    def spend(number: int) -> None:
        at_once.wait()
        try:
            for turn in range(6):
                user = owner.pk if number % 2 else None
                reservation = reserve(Decimal("0.03"), user)
                row = Spending.objects.get(user=None)
                taken.append(row.spent + row.reserved)
                if turn % 3 == 0:
                    release(reservation)
                else:
                    settle(reservation, Decimal("0.02"))
        except OverBudget:
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(spend, range(20)))
    everybody, user = Spending.objects.get(user=None), Spending.objects.get(user=owner)
    assert max(taken) <= Decimal("1.00")
    assert (everybody.reserved, user.reserved) == (0, 0)
    assert everybody.spent == Decimal("0.02") * everybody.calls <= Decimal("1.00")
    assert user.spent == Decimal("0.02") * user.calls <= Decimal("0.35")
    assert user.spent >= Decimal("0.20") and everybody.spent > user.spent


@pytest.mark.django_db
def test_a_user_who_has_had_their_share_leaves_the_others_theirs(settings: Any, owner: User, stranger: User) -> None:
    settings.LANGUAGE_USER_BUDGET = Decimal("0.10")
    settle(reserve(Decimal("0.10"), owner.pk), Decimal("0.06"))
    with pytest.raises(OverBudget, match="Your share"):
        reserve(Decimal("0.05"), owner.pk)
    assert Spending.objects.get(user=None).reserved == 0
    reserve(Decimal("0.05"), stranger.pk)
    settings.LANGUAGE_BUDGET = Decimal("0.12")
    with pytest.raises(OverBudget, match="The day's budget"):
        reserve(Decimal("0.05"))


@pytest.mark.django_db
def test_a_new_day_has_a_new_budget_and_a_call_belongs_to_the_day_it_began(settings: Any) -> None:
    settings.LANGUAGE_BUDGET = Decimal("0.10")
    reservation = reserve(Decimal("0.10"))
    Spending.objects.update(day=timezone.now().date() - timedelta(days=1))
    reserve(Decimal("0.10"))
    settle(replace(reservation, day=reservation.day - timedelta(days=1)), Decimal("0.07"))
    yesterday, today = Spending.objects.order_by("day")
    assert (yesterday.spent, yesterday.reserved, today.spent, today.reserved) == (
        Decimal("0.07"),
        0,
        0,
        Decimal("0.10"),
    )


@pytest.mark.django_db
def test_over_budget_nothing_is_asked(service: WireServer, model: LanguageModel, settings: Any) -> None:
    settings.LANGUAGE_BUDGET = model.most(question()) + 2 * Decimal("0.0039")  # the last of three just fits
    settings.LANGUAGE_CONCURRENCY = 1
    one_by_one = configured_model()
    assert one_by_one is not None
    answers = ask(one_by_one, [question() for _ in range(3)], seconds=60)
    assert [bool(asked.answer) for asked in answers] == [True, True, True]  # what was reserved too much is free again
    settings.LANGUAGE_BUDGET = Spending.objects.get().spent
    [asked] = ask(one_by_one, [question()], seconds=60)
    assert "budget" in asked.error
    assert len(service.requests) == 3
    assert Spending.objects.get().reserved == 0


@pytest.mark.django_db
def test_a_batch_is_asked_side_by_side_up_to_the_limit_and_in_order(service: WireServer, settings: Any) -> None:
    settings.LANGUAGE_CONCURRENCY = 3
    model = configured_model()
    assert model is not None
    usual, gate = service.usual, threading.Semaphore(0)

    def wait_for_three(*arguments: Any) -> Any:
        gate.acquire(timeout=60)
        return usual(*arguments)

    service.usual = wait_for_three
    threading.Thread(target=lambda: (wait_until(lambda: service.open_now >= 3, 30), gate.release(12))).start()
    answers = ask(model, [question() for _ in range(12)], seconds=90)
    assert all(asked.answer is not None for asked in answers)
    assert service.most_open == 3


@pytest.mark.django_db
def test_the_time_for_a_batch_is_over_for_all_of_it(service: WireServer, settings: Any) -> None:
    settings.LANGUAGE_CONCURRENCY = 2
    model = configured_model()
    assert model is not None
    ask(model, [question()], seconds=60)  # the client is made
    usual = service.usual
    service.next = [usual, silence, usual, silence]
    answers = ask(model, [question() for _ in range(7)], seconds=8)
    assert sum(asked.answer is not None for asked in answers) == 2
    assert all("in time" in asked.error for asked in answers if asked.answer is None)
    assert (Spending.objects.get().reserved, Spending.objects.get().calls) == (0, 3)


@pytest.mark.django_db
def test_a_service_that_fails_repeatedly_is_left_alone(service: WireServer, model: LanguageModel) -> None:
    service.usual = aws_error(403, "AccessDeniedException")
    answers = [ask(model, [question()], seconds=60)[0] for _ in range(7)]
    assert len(service.requests) == breaker_of(model).failures == 5
    assert ["left alone" in asked.error for asked in answers] == [False] * 5 + [True] * 2
    assert Spending.objects.get().reserved == 0


def test_a_circuit_breaker_opens_lets_one_try_and_closes() -> None:
    breaker = Breaker("test", failures=3, pause=600, probe=600)
    another_process = Breaker("test", failures=3, pause=600, probe=600)
    another_failure_for_a_moment = Breaker("test", pause=0.01).failed
    for _ in range(2):
        breaker.failed()
    breaker.succeeded()
    for _ in range(2):
        breaker.failed()
    assert breaker.allows()  # not three in a row yet
    another_process.failed()
    assert not breaker.allows() and not another_process.allows()  # open
    another_failure_for_a_moment()
    assert wait_until(breaker.allows, 30)  # half open: one may try
    assert not another_process.allows()
    breaker.failed()
    assert not breaker.allows()  # open again after one failure
    another_failure_for_a_moment()
    assert wait_until(another_process.allows, 30)
    another_process.succeeded()
    assert breaker.allows() and breaker.allows()  # closed


def test_a_prober_that_died_is_replaced() -> None:
    breaker = Breaker("test", failures=1, pause=0.05, probe=0.05)
    breaker.failed()
    assert wait_until(breaker.allows, 30)
    assert wait_until(breaker.allows, 30)


def test_without_redis_everybody_is_let_through(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    breaker = Breaker("test", failures=1)
    breaker.failed()
    breaker.succeeded()
    assert breaker.allows()


def test_the_state_of_a_breaker_goes_away_by_itself(valkey: redis.Redis) -> None:
    Breaker("test").failed()
    [key] = valkey.keys("*breaker:test")
    assert 0 < valkey.pttl(key) <= 600_000


def test_waits_are_jittered_between_nothing_and_a_limit_that_doubles() -> None:
    for failures, longest in ((1, 0.25), (2, 0.5), (3, 1.0), (9, 4.0)):
        waits = [jitter(failures) for _ in range(300)]
        assert 0 <= min(waits) < 0.2 * longest and 0.8 * longest < max(waits) <= longest


def test_no_try_begins_after_the_deadline() -> None:
    tries: list[float] = []

    def once(left: float) -> None:
        tries.append(left)
        raise ServiceFailure("Busy.", transient=True, wait=60)

    with pytest.raises(ServiceFailure, match="Busy"):
        call("It", once, deadline=time.monotonic() + 30)
    with pytest.raises(ServiceFailure, match="in time"):
        call("It", once, deadline=time.monotonic() - 1)
    assert len(tries) == 1 and tries[0] <= 30
