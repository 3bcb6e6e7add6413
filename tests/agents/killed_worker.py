"""A worker that tests kill: `python -m tests.agents.killed_worker SOURCE_ID`.

It loads all code and the pricing models once. For each `go` on its standard input it forks a child that takes the source
through every stage, from the fetch to the delivery, and names each stage as it begins. `reap` waits for the child and says
how it ended; until then the child's process id stays its own, so that a kill can hit nobody else.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
import uuid

import django
from django.db import connection

django.setup()

from agents.planning.actions import match_pending  # noqa: E402
from agents.pricing.actions import value_pending  # noqa: E402
from agents.pricing.embedding import limit_threads  # noqa: E402
from agents.pricing.service import warm_up  # noqa: E402
from agents.scanning.actions.reading import read_pending  # noqa: E402
from agents.scanning.actions.scans import ScanError, scan_source  # noqa: E402
from notifications.delivery import deliver_pending  # noqa: E402


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def work(source_id: uuid.UUID) -> None:
    say("stage scan")
    with contextlib.suppress(ScanError):
        scan_source(source_id, trigger="test")
    read_pending()
    say("stage value")
    value_pending()
    say("stage match")
    match_pending()
    say("stage tell")
    deliver_pending()


def main(source_id: uuid.UUID) -> None:
    warm_up()
    limit_threads(1)  # a pool of threads does not survive a fork, and torch would wait for it for ever
    connection.close()  # a child must not share it
    say("ready")
    pid = 0
    for line in sys.stdin:
        if line.strip() == "go":
            pid = os.fork()
            if pid == 0:
                try:
                    work(source_id)
                except BaseException:
                    traceback.print_exc()
                    os._exit(1)
                os._exit(0)
            say(f"pid {pid}")
        elif line.strip() == "reap":
            _, status = os.waitpid(pid, 0)
            say(f"ended {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main(uuid.UUID(sys.argv[1]))
