"""Commands as a person runs them: another process, a home of its own, no servers given."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

COUNT = "from accounts.models import User; print(User.objects.count())"
PROJECT_ROOT = Path(__file__).resolve().parent.parent
_GIVEN_TO_TESTS = {"DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "SECRET_KEY", "PUBLIC_URL"}


def environment(home: Path, **more: str) -> dict[str, str]:
    """What such a command finds in its environment."""
    kept = {name: value for name, value in os.environ.items() if name not in _GIVEN_TO_TESTS}
    return {**kept, "DEALFINDER_HOME": str(home), **more}


def run_manage(*arguments: str, home: Path, timeout: float = 240, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py` and return what it said."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT_ROOT,
        env=environment(home, **more),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
