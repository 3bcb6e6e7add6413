"""`manage.py relay`: publishes the outbox until it is stopped."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from common.relay import Relay


class Command(BaseCommand):
    help = "Publishes events to open pages and to the streams, until it is stopped. One relay works at a time; others wait."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        with Relay() as relay:
            relay.run(stop)
