"""A Celery worker that is back in a moment when it was killed: its parent has imported everything, does nothing, and forks it.

What a worker costs to start is importing, seconds of processor time. Deliveries are promised within five seconds, so that their workers
do not pay for it each time. The parent opens no connection and starts no thread: what it forks is as good as new.

Usage: python -m dealfinder.embedded.standby NAME QUEUES
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Final, NoReturn

from dealfinder.embedded.process import die_with_parent

log = logging.getLogger(__name__)

_ENDING: Final = (signal.SIGTERM, signal.SIGINT)
_SHORT_LIFE, _PAUSE = 1.0, 0.5
"""Seconds: who was killed so soon after its start is followed after so long a pause, so that this is no loop without rest."""


class Standby:
    """Keeps one forked process at work. One that was killed is followed by another; one that ends by itself ends this as well."""

    def __init__(self, work: Callable[[], int]) -> None:
        self._work = work
        self._child = 0
        self._ends = False

    def keep(self) -> int:
        """Until SIGTERM or SIGINT, which are passed on to the process at work. Call from the main thread; returns the exit code."""
        for number in _ENDING:
            signal.signal(number, self._end)
        while True:
            began = time.monotonic()
            self._fork()
            if not self._child:
                return 0
            _, status = os.waitpid(self._child, 0)
            self._child, code = 0, os.waitstatus_to_exitcode(status)
            if self._ends or code >= 0:
                return max(code, 0)
            log.warning("The worker was ended by signal %d; another one takes its place", -code)
            if time.monotonic() - began < _SHORT_LIFE:
                time.sleep(_PAUSE)

    def _fork(self) -> None:
        """Start a process, unless this is to end; a signal that comes meanwhile waits until it is known to whom it goes on."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        try:
            parent = os.getpid()
            if not self._ends:
                self._child = os.fork()
                if not self._child:
                    self._be(parent)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)

    def _be(self, parent: int) -> NoReturn:
        """Be the process that works. It never returns into the code of its parent."""
        code = 1
        try:
            die_with_parent(signal.SIGKILL, parent)
            for number in _ENDING:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
            code = self._work()
        except BaseException:
            log.exception("The worker ended with an error")
        finally:
            logging.shutdown()
            os._exit(code)

    def _end(self, number: int, _: FrameType | None) -> None:
        self._ends = True
        if self._child:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child, number)


def prepared_worker(name: str, queues: str) -> Callable[[], int]:
    """Import all that a worker for these queues needs; returns what runs it, to its end, and gives its exit code."""
    from celery.utils.nodenames import default_nodename, host_format

    from dealfinder.celery import app

    app.loader.import_default_modules()
    app.finalize()
    from celery.worker import consumer  # noqa: F401  what `start` would import, after the fork

    from notifications.channels.registry import known_channels

    list(known_channels())

    def work() -> int:
        hostname = host_format(default_nodename(f"{name}@%h"))
        worker = app.Worker(
            hostname=hostname,
            queues=queues,
            pool="solo",
            concurrency=1,
            quiet=True,
            without_gossip=True,
            without_mingle=True,
        )
        worker.start()
        return int(worker.exitcode or 0)

    return work


def main(name: str, queues: str) -> int:
    """Run a worker of this name for these queues until told to stop."""
    work = prepared_worker(name, queues)
    # What is imported stays: no collection looks at it again, and so parent and worker share its memory.
    gc.collect()
    gc.freeze()
    return Standby(work).keep()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
