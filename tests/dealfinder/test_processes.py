"""What the processes of Deal Finder load: the models only where they are used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.commands import PROJECT_ROOT

HEAVY = "torch", "sentence_transformers", "sklearn", "lightgbm", "transformers"


@pytest.mark.parametrize(
    "imports",
    [
        "import dealfinder.asgi, dealfinder.urls",
        "import dealfinder.wsgi, dealfinder.urls",
    ],
    ids=["asgi", "wsgi"],
)
def test_models_are_not_loaded_by_importing(imports: str) -> None:
    code = f"import sys, django; django.setup(); {imports}; print(sorted(set(sys.modules) & {set(HEAVY)!r}))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "[]"


def test_what_workers_import_is_no_model_no_thread_and_no_connection() -> None:
    """A worker that delivers is forked after this: what was open would be shared."""
    code = f"""
import os, sys, threading
from pathlib import Path
os.environ["CELERY_SKIP_CHECKS"] = "true"
from dealfinder.embedded.standby import prepared_worker
prepared_worker("notify", "notify")
opened = [os.readlink(each) for each in Path("/proc/self/fd").glob("*") if each.is_symlink()]
print(sorted(set(sys.modules) & {set(HEAVY)!r}), threading.active_count(), [one for one in opened if "socket:" in one])
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, "[] 1 []"), ran.stderr


def test_every_scheduled_task_has_somebody_to_do_it() -> None:
    from dealfinder.celery import app
    from dealfinder.schedules import SCHEDULES

    app.loader.import_default_modules()
    assert {schedule.task for schedule in SCHEDULES} <= set(app.tasks)
    assert {"starter.load", "value.deals", "estimate.text", "scan.source", "models.follow"} <= set(app.tasks)
