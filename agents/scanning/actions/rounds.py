"""A round: the sources that are due are scanned by one process, many at once while they are waited for, until none is due.

The network is waited for in threads, one source in each; the database is asked by the thread that leads the round. So a server
that hangs costs its own source its time, and no other one its turn. Several processes can go round at once: each takes
what nobody else has.
"""

from __future__ import annotations

import concurrent.futures
import logging
import math
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from agents.models import Agent
from agents.runs import record_run
from agents.scanning.actions.asking import Answer, ask
from agents.scanning.actions.leases import Held, hold
from agents.scanning.actions.outcomes import succeed_unchanged
from agents.scanning.actions.scans import ScanError, conclude
from agents.scanning.fetching.access import keep_cookies
from agents.scanning.fetching.hosts import Turn, end_turn, take_turn
from agents.scanning.fetching.visit import at_once_of, pace_of, place_of
from deals.models import Entry, EntryState, FetchOutcome, Source, SourceState

log = logging.getLogger(__name__)

ROUND_SECONDS: Final = 20.0
"""After that a round takes nothing more, so that the worker has time for other queues; what it has taken it ends."""
PER_ROUND: Final = 500
"""Sources for which it is worth that another process goes round as well."""
MOST_ROUNDS: Final = 8
_LOOK_AHEAD: Final = 200


@dataclass(slots=True)
class Round:
    """What a round did: how many scans ended with which outcome."""

    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def scans(self) -> int:
        return self.outcomes.total()


def due_sources() -> QuerySet[Source]:
    """The active sources whose time has come and that nobody scans, the longest waiting first."""
    now = timezone.now()
    due = Source.objects.filter(state=SourceState.ACTIVE, next_run_at__lte=now).exclude(url="")
    return due.filter(Q(leased_until__isnull=True) | Q(leased_until__lte=now)).order_by("next_run_at")


def rounds_needed() -> int:
    """How many processes are worth going round now."""
    return min(MOST_ROUNDS, math.ceil(due_sources().count() / PER_ROUND))


def go_round(*, seconds: float = ROUND_SECONDS, threads: int | None = None, trigger: str = "schedule") -> Round:
    """Scan what is due, for `seconds` at most and until nothing is, and end what was begun."""
    leader = _Leader(threads or settings.SCAN_THREADS, trigger, time.monotonic() + seconds)
    with concurrent.futures.ThreadPoolExecutor(leader.threads, thread_name_prefix="scan") as pool:
        while leader.take_more(pool) or leader.asked:
            leader.conclude_what_came()
    return leader.round


class _Leader:
    """Leads one round."""

    def __init__(self, threads: int, trigger: str, until: float) -> None:
        self.threads = threads
        self.round = Round()
        self.asked: dict[concurrent.futures.Future[Answer], Held] = {}
        self._trigger = trigger
        self._until = until
        self._not_before: dict[str, float] = {}
        self._ahead: deque[tuple[uuid.UUID, str]] = deque()

    def take_more(self, pool: concurrent.futures.ThreadPoolExecutor) -> bool:
        """Take sources for the threads that are free; whether there is something to wait for.

        Where nothing can be taken because all hosts want a pause first, that is waited for, if it is within the round.
        """
        free = self.threads - len(self.asked)
        now = time.monotonic()
        if now >= self._until or free <= 0:
            return bool(self.asked)
        turns = self._turns(free)
        if turns:
            held = {each.source.pk: each for each in hold(turns, only_if_due=True)}
            for pk, turn in turns.items():
                if pk in held:
                    self.asked[pool.submit(ask, held[pk].source, turn=turn)] = held[pk]
                else:
                    end_turn(turn, well=None)
            return True
        waits = [until for until in self._not_before.values() if now < until < self._until]
        if not self.asked and waits:
            time.sleep(min(1.0, min(waits) - now))
            return True
        return bool(self.asked)

    def conclude_what_came(self) -> None:
        """Wait until something came, and write down all that did."""
        if not self.asked:
            return
        done, _ = concurrent.futures.wait(self.asked, timeout=0.5, return_when=concurrent.futures.FIRST_COMPLETED)
        came = [(self.asked.pop(future), future.result()) for future in done]
        unchanged = [each for each in came if each[1].unchanged and each[1].error is None]
        self._conclude_unchanged(unchanged)
        for held, answer in came:
            if not answer.unchanged or answer.error is not None:
                self._conclude_one(held, answer)

    def _turns(self, most: int) -> dict[uuid.UUID, Turn]:
        """Sources that can be asked now, each with its turn with the host."""
        turns: dict[uuid.UUID, Turn] = {}
        now = time.monotonic()
        if not self._ahead:
            self._ahead.extend(due_sources().values_list("pk", "url")[:_LOOK_AHEAD])
        while self._ahead and len(turns) < most:
            pk, url = self._ahead.popleft()
            place = place_of(url)
            if self._not_before.get(place, 0.0) > now or pk in self._held:
                continue
            turn = take_turn(place, pace_of(url), at_once=at_once_of(url))
            if turn.wait:
                self._not_before[place] = now + turn.wait
            else:
                turns[pk] = turn
        return turns

    @property
    def _held(self) -> set[uuid.UUID]:
        return {held.source.pk for held in self.asked.values()}

    def _conclude_unchanged(self, many: list[tuple[Held, Answer]]) -> None:
        """Write down in a few statements that these sources are as they were; those with entries still unread are read."""
        if not many:
            return
        unread = set(
            Entry.objects.filter(source__in=[held.source.pk for held, _ in many], state=EntryState.UNREAD)
            .values_list("source_id", flat=True)
            .distinct()
        )
        plain = [each for each in many if each[0].source.pk not in unread]
        with transaction.atomic():
            for held, answer in plain:
                if answer.cookies is not None:
                    keep_cookies(held.source, answer.cookies)
            if plain:
                succeed_unchanged(plain)
        self.round.outcomes[FetchOutcome.NOT_MODIFIED.value] += len(plain)
        for held, answer in many:
            if held.source.pk in unread:
                self._conclude_one(held, answer)

    def _conclude_one(self, held: Held, answer: Answer) -> None:
        self._count(lambda: conclude(held, answer, self._trigger).outcome.value, held)

    def _count(self, work: Callable[[], str], held: Held) -> None:
        try:
            self.round.outcomes[work()] += 1
        except ScanError:
            self.round.outcomes[FetchOutcome.FAILED.value] += 1
        except Exception:
            # It is on the record of the source; the others still have their turn.
            log.exception("The scan of %s failed", held.source.name)
            self.round.outcomes[FetchOutcome.FAILED.value] += 1


def record_round(trigger: str = "schedule") -> Round:
    """Go round once, with one run on the record for all sources that were as before; the others have runs of their own."""
    began = time.monotonic()
    done = go_round(trigger=trigger)
    if done.outcomes[FetchOutcome.NOT_MODIFIED.value]:
        with record_run(Agent.SCANNING, trigger, "Sources that are due", at_end=True) as run:
            run.note("Ask all that are due", time.monotonic() - began, "", **done.outcomes)
            run.summary.update(scans=done.scans, **done.outcomes)
    return done
