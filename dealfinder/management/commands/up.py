"""`manage.py up`: everything that Deal Finder is, on this machine, until it is told to stop."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dealfinder.embedded.attach import DEFAULT_PORT
from dealfinder.embedded.errors import EmbeddedError
from dealfinder.embedded.home import Home, sentence_for, variables
from dealfinder.embedded.running import Running


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65_535:
        raise ValueError
    return int(text)


_port.__name__ = "port"


class Command(BaseCommand):
    help = "Start Deal Finder on this machine: database, web server, workers. Ctrl-C stops all of it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help="where the pages are, 8000 by default")
        parser.add_argument("--no-demo", action="store_true", help="do not load the samples that come with Deal Finder")

    def handle(self, *, port: int, no_demo: bool, verbosity: int, **_: Any) -> None:
        started = time.monotonic()
        home = Home.from_variables(variables())
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.default_int_handler)
        os.umask(0o077)
        running = Running(home, port, sys.stdout, show_everything=verbosity > 1)
        try:
            running.start(samples=not no_demo)
            running.announce(time.monotonic() - started)
            running.keep()
        except KeyboardInterrupt:
            running.supervisor.say("Stopping …")
        except EmbeddedError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS}:
                raise
            raise CommandError(sentence_for(error, home.root)) from error
        finally:
            for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(name, signal.SIG_IGN)
            running.stop()
        running.supervisor.say("Deal Finder has stopped.")
        # Python looks through all objects before it ends; there is nothing to find, and beside other work that takes a second.
        gc.freeze()
