"""How long `manage.py up` takes to start, in an empty home and in the same one again, and to end on Ctrl-C.

Started: its line "Deal Finder is ready". Ended right then, while workers still start, and after a while at rest: the process is gone.
"""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.measurement import Measurement
from benchmarks.own_servers import NOT_THEIRS, PROJECT
from dealfinder.embedded.ports import any_free_port

_READY = "Deal Finder is ready"
_REST_SECONDS = 20.0


def run(rounds: int = 3) -> list[Measurement]:
    """Medians and the longest of so many rounds, seconds."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        home = Path(tempfile.mkdtemp(prefix="dealfinder-bench-"))
        home.chmod(0o711)
        try:
            for start, end, rest in (
                ("start in an empty home, with samples", "Ctrl-C right after that", 0.0),
                ("start again", "Ctrl-C after 20 s", _REST_SECONDS),
            ):
                started, ended = _once(home, rest)
                seconds[start].append(started)
                seconds[end].append(ended)
        finally:
            shutil.rmtree(home, ignore_errors=True)
    return [
        Measurement(f"{name}: {label}", of(each), "s")
        for name, each in seconds.items()
        for label, of in (("median", statistics.median), ("longest", max))
    ]


def _once(home: Path, rest: float) -> tuple[float, float]:
    """Seconds until it said that it is ready, and from SIGINT until it was gone."""
    environment = {name: value for name, value in os.environ.items() if name not in NOT_THEIRS}
    began = time.monotonic()
    up = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--port", str(any_free_port())],
        cwd=PROJECT,
        env=environment | {"DEALFINDER_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert up.stdout is not None
        if not any(_READY in line for line in up.stdout):
            raise RuntimeError("Deal Finder did not start.")
        started = time.monotonic() - began
        threading.Thread(target=up.stdout.read, daemon=True).start()
        time.sleep(rest)
        asked = time.monotonic()
        up.send_signal(signal.SIGINT)
        up.wait(60)
        return started, time.monotonic() - asked
    finally:
        up.kill()
        up.wait()
