"""A process that tests kill: `python -m tests.notifications.killed_teller release|deliver`.

It does one of the two by one thread. The service that it hands messages to takes each, says so and never answers.
"""

from __future__ import annotations

import os
import sys
import time

import django

django.setup()

from notifications.channels.base import Message  # noqa: E402
from notifications.delivery import deliver_pending  # noqa: E402
from notifications.digests import release_held  # noqa: E402
from tests.notifications.channels.pigeon import Pigeon, pigeons  # noqa: E402


def _never_answers(message: Message) -> str | None:
    os.write(1, f"{message.id}\n".encode())
    time.sleep(600)
    return None


def main(part: str) -> None:
    with pigeons():
        Pigeon.answer = staticmethod(_never_answers)
        if part == "release":
            release_held()
        else:
            deliver_pending(threads=0)


if __name__ == "__main__":
    main(sys.argv[1])
