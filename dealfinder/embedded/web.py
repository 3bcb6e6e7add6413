"""The web server process: granian in front of `dealfinder.asgi`, pages and websockets, on loopback.

Usage: python -m dealfinder.embedded.web PORT
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from dealfinder.embedded.ports import HOST
from dealfinder.embedded.process import die_with_parent

_CONNECTIONS = "24"
"""To the database, of the hundred that it takes. A new one for each request would learn the tables and dictionaries anew every time."""


def load_application(target: str) -> Callable[..., Any]:
    """Import the application inside a worker, after making sure that the worker dies with the server's main process."""
    die_with_parent(signal.SIGKILL, os.getppid())
    os.environ.setdefault("DATABASE_POOL", _CONNECTIONS)
    module, _, name = target.partition(":")
    application: Callable[..., Any] = getattr(import_module(module), name)
    return application


def main(port: int) -> None:
    """Serve until told to stop."""
    server = Server(
        "dealfinder.asgi:application",
        address=HOST,
        port=port,
        interface=Interfaces.ASGINL,
        workers=1,
        websockets=True,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=2,
    )
    server.serve(target_loader=load_application)


if __name__ == "__main__":
    main(int(sys.argv[1]))
