"""Those who deliver, under the supervisor of `manage.py up`: `python -m benchmarks.fault_supervisor LOGS`, until standard input ends."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from dealfinder.embedded.programs import notifiers
from dealfinder.embedded.supervisor import Supervisor


def main(logs: Path) -> None:
    """Keep them running, and stop them in the end."""
    supervisor = Supervisor(logs, sys.stderr)
    ended = threading.Event()

    def listen() -> None:
        sys.stdin.read()
        ended.set()

    try:
        for program in notifiers():
            supervisor.add(program.name, program.spec, level=1)
        threading.Thread(target=listen, daemon=True).start()
        while not supervisor.wait_for(ended.is_set, 3600):
            pass
    finally:
        supervisor.stop_all()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
