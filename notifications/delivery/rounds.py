"""A round: what is due is delivered by one process, many at once while services are waited for, until nothing is due.

Services are waited for in threads, one message in each; the database is asked by the thread that leads the round. Several processes
can go round at once: each takes what nobody else has. So that a service that hangs holds up nothing but what is meant for it,

- a service has two threads until it has answered well, and never more than a quarter of them,
- and one whose last three answers were bad, or which keeps somebody waiting and has not answered anybody for two seconds, is given
  one message at a time beside those that hang.
"""

from __future__ import annotations

import concurrent.futures
import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, connections
from django.utils import timezone

from common.enqueue import wake
from notifications.channels.base import TIME_LIMIT, Channel, PermanentError, TransientError
from notifications.channels.registry import channel_of
from notifications.delivery.attempts import UNEXPECTED, Asleep, Letter, Result, Unwanted, attempt, letter_of
from notifications.delivery.claiming import LEASE, RENEW, Queue, claim, queues, renew
from notifications.delivery.outcomes import (
    POSTPONED,
    fail,
    give_up,
    hold,
    record_failure,
    record_sent,
    record_written,
    withhold,
)
from notifications.models import Delivery
from notifications.models.delivery import IN_APP

log = logging.getLogger(__name__)

LONGEST_ROUND: Final = timedelta(minutes=2)
"""A slow service must not run a round into the time limit of its task; the next round goes on."""
OVERTIME: Final = timedelta(seconds=80)
"""For so long a round goes on while some service keeps it waiting, since it takes nothing more once it has begun to end."""
LINGER: Final = timedelta(seconds=10)
"""A round waits for what is due so soon."""
MOST_CLAIMS: Final = 15
"""More than the tries of a service that refuses: a worker that is restarted in the middle is no fault of the delivery."""
_NAP: Final = 0.2
_BAD_IN_A_ROW: Final = 3
"""A service that fails now and then keeps its threads; a single one would not keep up with what comes in."""
_SILENT_SECONDS: Final = 2.0
_LEFT_ALONE_SECONDS: Final = POSTPONED.total_seconds()
_WRITTEN_AT_ONCE: Final = 200
_UNEXPECTED_RESULT: Final = Result(0.0, error=TransientError(UNEXPECTED))
_LONGEST_TRY: Final = (TIME_LIMIT + timedelta(seconds=15)).total_seconds()


def deliver_pending(limit: int = 100_000, *, threads: int | None = None, linger: timedelta = timedelta()) -> int:
    """Deliver what is due, at most `limit` deliveries and not for long, and return how many were sent.

    Something that is due within `linger` is waited for. With 0 `threads` one follows the other, in the thread of the caller.
    """
    threads = settings.NOTIFY_THREADS if threads is None else threads
    pool: concurrent.futures.Executor = _Here()
    if threads:
        pool = concurrent.futures.ThreadPoolExecutor(threads, thread_name_prefix="notify")
    with pool:
        return _Round(pool, max(threads, 1), limit, linger).go()


@dataclass(slots=True)
class _Try:
    """One message on its way, since `began`."""

    delivery: Delivery
    letter: Letter
    service: str
    began: float = field(default_factory=time.monotonic)


class _Here(concurrent.futures.Executor):
    """Does at once what it is given, in the thread of the caller."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> concurrent.futures.Future[Any]:
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        future.set_result(fn(*args, **kwargs))
        return future


class _Round:
    """One round of one process."""

    def __init__(self, pool: concurrent.futures.Executor, threads: int, limit: int, linger: timedelta) -> None:
        self.sent = 0
        self._pool, self._threads, self._left, self._linger = pool, threads, limit, linger
        self._work: Callable[[Letter], Result] = attempt if isinstance(pool, _Here) else _attempt_in_thread
        self._until = time.monotonic() + LONGEST_ROUND.total_seconds()
        self._asked: dict[concurrent.futures.Future[Result], _Try] = {}
        self._bad: Counter[str] = Counter()
        self._answered: dict[str, float] = {}
        self._alone_until: dict[str, float] = {}
        self._served: dict[str, int] = {}
        self._turn = 0
        self._ends = False

    def go(self) -> int:
        """Go round until nothing is due, and end what was begun."""
        while True:
            try:
                self._write_down()
                if not self._take() and not self._asked:
                    break
            except (OperationalError, InterfaceError):
                # What is on its way ends as it ends, and is written down when the database is back, if that is soon. A worker waits for
                # that as well while it has nothing: the message that woke it is spent, and the next may be ten seconds off.
                is_waited_for = self._asked or self._linger
                if not is_waited_for or time.monotonic() > self._until + OVERTIME.total_seconds():
                    raise
                log.warning("The database is away; the round goes on when it is back")
                connection.close()
                time.sleep(_NAP)
        if self._ends:
            wake("notify.pending")
        return self.sent

    def _take(self) -> bool:
        """Claim what may be sent now, and send it; whether there may be more to do."""
        if self._is_over() or self._left <= 0:
            return False
        waiting = queues()
        claimed = claim(self._shares(waiting))
        self._left -= len(claimed)
        written = [delivery for delivery in claimed if delivery.channel == IN_APP]
        if written:
            self._write(written)
        for delivery in claimed:
            if delivery.channel != IN_APP:
                self._send(delivery)
        return bool(claimed) or (not self._asked and self._wait_for(waiting))

    def _is_over(self) -> bool:
        """Whether nothing more is taken: once it is, it stays so."""
        late = time.monotonic() - self._until
        self._ends = self._ends or late >= OVERTIME.total_seconds() or (late >= 0 and not self._silent())
        return self._ends

    def _shares(self, waiting: list[Queue]) -> dict[str, int]:
        """How many deliveries of each service are taken now: the inbox first, which takes no time, then each service in turn."""
        now = timezone.now()
        due = [queue.service for queue in waiting if queue.due <= now and self._may_ask(queue.service)]
        shares: Counter[str] = Counter()
        left = self._left
        if IN_APP in due:
            shares[IN_APP] = min(_WRITTEN_AT_ONCE, left)
            left -= shares[IN_APP]
        free = min(left, self._threads - len(self._asked))
        busy = Counter(each.service for each in self._asked.values())
        most = {each: self._most(each) for each in due if each != IN_APP}
        turns = sorted(most, key=lambda each: (self._served.get(each, 0), each))
        while free > 0 and turns:
            turns = [each for each in turns if busy[each] + shares[each] < most[each]]
            for service in turns[:free]:
                shares[service] += 1
            free -= min(free, len(turns))
        self._turn += 1
        self._served |= dict.fromkeys(shares, self._turn)
        return dict(shares)

    def _may_ask(self, service: str) -> bool:
        return self._alone_until.get(service, 0.0) <= time.monotonic()

    def _most(self, service: str) -> int:
        """How many threads a service may have."""
        quarter = max(1, self._threads // 4)
        if self._bad[service] >= _BAD_IN_A_ROW or service in self._silent():
            return min(quarter, 1 + self._hanging()[service])
        return quarter if service in self._answered else min(2, quarter)

    def _hanging(self) -> Counter[str]:
        """How many messages each service has kept waiting for a while."""
        before = time.monotonic() - _SILENT_SECONDS
        return Counter(each.service for each in self._asked.values() if each.began < before)

    def _silent(self) -> set[str]:
        """The services that keep somebody waiting, and have answered nobody for a while."""
        before = time.monotonic() - _SILENT_SECONDS
        return {service for service in self._hanging() if self._answered.get(service, 0.0) < before}

    def _wait_for(self, waiting: list[Queue]) -> bool:
        """Sleep a little where something is due soon; whether there is."""
        soon = [queue.due for queue in waiting if queue.due <= timezone.now() + self._linger]
        if not soon or not self._linger:
            return False
        seconds = (min(soon) - timezone.now()).total_seconds()
        # What is due already and was not claimed is somebody else's, or its service is left alone.
        time.sleep(min(seconds, _NAP) if seconds > 0 else _NAP)
        return True

    def _write(self, claimed: list[Delivery]) -> None:
        """Deliver into inboxes: many in one transaction, or one by one where something is wrong with one of them."""
        began = time.perf_counter()
        letters = [(delivery, letter) for delivery in claimed if (letter := self._letter(delivery)) is not None]
        if not letters:
            return
        channel = channel_of(IN_APP)
        pairs = [(delivery, letter.message) for delivery, letter in letters]
        milliseconds = (time.perf_counter() - began) * 1000 / len(pairs)
        try:
            self.sent += record_written(channel, pairs, milliseconds)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("%d deliveries could not be written together", len(pairs))
            for delivery, letter in letters:
                self._write_one(delivery, letter)

    def _write_one(self, delivery: Delivery, letter: Letter) -> None:
        try:
            self.sent += record_written(letter.channel, [(delivery, letter.message)], 0.0)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("Delivery %s failed unexpectedly", delivery.pk)
            self._record_failure(delivery, letter.channel, _UNEXPECTED_RESULT)

    def _send(self, delivery: Delivery) -> None:
        letter = self._letter(delivery)
        if letter is not None:
            each = _Try(delivery, letter, delivery.service)
            self._asked[self._pool.submit(self._work, letter)] = each

    def _letter(self, delivery: Delivery) -> Letter | None:
        """What is sent, or None where that was decided already."""
        if delivery.attempts > MOST_CLAIMS:
            give_up(delivery, f"Its worker ended in the middle of it, {MOST_CLAIMS} times.")
            return None
        try:
            return letter_of(delivery)
        except Unwanted as reason:
            withhold(delivery, str(reason))
        except Asleep as sleep:
            hold(delivery, sleep.until, str(sleep))
        except PermanentError as error:
            fail(delivery, str(error), gone=error.gone)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("Delivery %s could not be prepared", delivery.pk)
            self._record_failure(delivery, channel_of(delivery.channel), _UNEXPECTED_RESULT)
        return None

    def _write_down(self) -> None:
        """Wait a little until something came, write down all that did, and hold on to the rest."""
        if not self._asked:
            return
        done, _ = concurrent.futures.wait(self._asked, timeout=_NAP, return_when=concurrent.futures.FIRST_COMPLETED)
        came = [(future, self._asked[future], future.result()) for future in done]
        for _, each, result in came:
            self._learn(each.service, result)
        sent = [(future, (each.delivery, result)) for future, each, result in came if result.error is None]
        if sent:
            self.sent += len(record_sent([pair for _, pair in sent]))
            for future, _ in sent:
                del self._asked[future]
        for future, each, result in came:
            if result.error is not None:
                self._record_failure(each.delivery, each.letter.channel, result)
                del self._asked[future]
        self._hold_on()

    def _record_failure(self, delivery: Delivery, channel: Channel, result: Result) -> None:
        try:
            record_failure(delivery, channel, result)
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # it is tried again when its lease ends, and never stops the others
            log.exception("The failure of delivery %s could not be written down", delivery.pk)

    def _learn(self, service: str, result: Result) -> None:
        if result.is_postponed:
            self._alone_until[service] = time.monotonic() + _LEFT_ALONE_SECONDS
        if result.is_well:
            del self._bad[service]
            self._answered[service] = time.monotonic()
        else:
            self._bad[service] += 1

    def _hold_on(self) -> None:
        """Renew old leases, but not of what takes longer than a channel has promised."""
        now, moment = time.monotonic(), timezone.now()
        old = [
            each.delivery
            for each in self._asked.values()
            if each.delivery.leased_until is not None
            and each.delivery.leased_until - moment < LEASE - RENEW
            and now - each.began < _LONGEST_TRY
        ]
        if old:
            renew(old)


def _attempt_in_thread(letter: Letter) -> Result:
    try:
        return attempt(letter)
    finally:
        connections.close_all()  # of this thread: a channel may have asked the database after all
