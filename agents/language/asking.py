"""Asking a language model: with a budget, a circuit breaker, further tries, and an end to patience.

Calls run side by side in threads that do nothing else; the database and the circuit breaker are used by the caller's thread
alone, so no thread leaves a connection behind.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Final, Generic

from pydantic import ValidationError

from agents.language.base import A, LanguageModel, Question, Reply
from agents.language.budget import OverBudget, Reservation, release, reserve, settle
from common.breaker import Breaker
from common.services import ServiceFailure, call, too_slow

_GRACE: Final = 0.2  # seconds that a call may be late before nobody waits for it
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked(Generic[A]):
    """What became of a question: an answer that was checked, or a sentence why there is none. A failure costs nothing."""

    answer: A | None = None
    milliseconds: float = 0.0
    cost: Decimal = Decimal(0)
    error: str = ""


@dataclass(frozen=True)
class _Flight(Generic[A]):
    """A question under way. `until` is when it is given up (monotonic clock)."""

    place: int
    question: Question[A]
    reservation: Reservation
    started: float
    until: float


def breaker_of(model: LanguageModel) -> Breaker:
    """The circuit breaker that all processes share for a model."""
    return Breaker(f"language:{model.name}")


def ask(model: LanguageModel, questions: Sequence[Question[A]], *, seconds: float) -> list[Asked[A]]:
    """Ask all questions, within `seconds` altogether; an answer or a reason for each, in their order.

    Not more than the model's `concurrency` are open at once, and each has the model's `time_limit` with all its tries.
    To be called outside of a transaction (see `budget.reserve`). Never raises because of a service.
    """
    return _Round(model, questions, seconds).results()


class _Round(Generic[A]):
    """One call of `ask`."""

    def __init__(self, model: LanguageModel, questions: Sequence[Question[A]], seconds: float) -> None:
        self.model, self.breaker = model, breaker_of(model)
        self.end = time.monotonic() + seconds
        self.waiting = deque(enumerate(questions))
        self.flights: dict[Future[Reply], _Flight[A]] = {}
        late: Asked[A] = Asked(error=str(too_slow(model.title)))
        self.found = [late] * len(questions)

    def results(self) -> list[Asked[A]]:
        most = max(1, min(self.model.config.concurrency, len(self.waiting)))
        pool = ThreadPoolExecutor(most, thread_name_prefix="language")
        try:
            while (self.waiting or self.flights) and time.monotonic() < self.end + _GRACE:
                while self.waiting and len(self.flights) < most and time.monotonic() < self.end:
                    self._start(pool, *self.waiting.popleft())
                self._land()
        finally:
            # Also where a signal ends this: what is under way is given up, and its money is free again.
            for flight in self.flights.values():
                self._give_up(flight)
            pool.shutdown(wait=False, cancel_futures=True)
        return self.found

    def _start(self, pool: ThreadPoolExecutor, place: int, question: Question[A]) -> None:
        try:
            reservation = reserve(self.model.most(question), question.user)
        except OverBudget as error:
            self.found[place] = Asked(error=str(error))
            return
        if not self.breaker.allows():
            release(reservation)
            self.found[place] = Asked(error=f"{self.model.title} failed repeatedly, so it is left alone for a while.")
            return
        now = time.monotonic()
        until = min(self.end, now + self.model.config.time_limit)
        once = partial(_once, self.model, question)
        future = pool.submit(call, self.model.title, once, deadline=until)
        self.flights[future] = _Flight(place, question, reservation, now, until)

    def _land(self) -> None:
        """Wait for the next answer, or until the most urgent question has to be given up."""
        if not self.flights:
            return
        urgent = min(flight.until for flight in self.flights.values()) + _GRACE
        done, _ = wait(self.flights, timeout=max(0.0, urgent - time.monotonic()), return_when=FIRST_COMPLETED)
        for future in done:
            self._take(self.flights.pop(future), future)
        now = time.monotonic()
        for future, flight in list(self.flights.items()):
            if flight.until + _GRACE <= now:
                self._give_up(self.flights.pop(future))

    def _take(self, flight: _Flight[A], future: Future[Reply]) -> None:
        try:
            reply = future.result()
            answer = flight.question.form.model_validate(reply.content)
        except (ServiceFailure, ValidationError) as error:
            sentence = (
                str(error) if isinstance(error, ServiceFailure) else "The language model's answer has another form."
            )
            self._fail(flight, sentence)
        except Exception:
            logger.exception("A question to %s failed", self.model.name)
            self._fail(flight, f"{self.model.title} could not be asked.")
        else:
            cost = self.model.cost(reply.usage) if reply.usage is not None else flight.reservation.amount
            settle(flight.reservation, cost)
            self.breaker.succeeded()
            self.found[flight.place] = Asked(answer, _milliseconds(flight), cost)

    def _give_up(self, flight: _Flight[A]) -> None:
        self._fail(flight, str(too_slow(self.model.title)))

    def _fail(self, flight: _Flight[A], sentence: str) -> None:
        release(flight.reservation)
        self.breaker.failed()
        self.found[flight.place] = Asked(milliseconds=_milliseconds(flight), error=sentence)


def _once(model: LanguageModel, question: Question[A], left: float) -> Reply:
    return model.reply(question, seconds=left)


def _milliseconds(flight: _Flight[A]) -> float:
    return round(1000 * (time.monotonic() - flight.started), 1)
