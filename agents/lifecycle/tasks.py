"""What is done for the models in the background."""

from __future__ import annotations

import logging
import os
import subprocess
import sys

from celery import shared_task
from django.conf import settings

logger = logging.getLogger(__name__)

_HOURS = 3
_NICER = 10


@shared_task(name="models.follow")
def follow_registry() -> None:
    """Take up what was activated, and models that were put into the folder, at once instead of with the next look."""
    from agents.lifecycle.following import follow
    from agents.lifecycle.registry import adopt_folders

    adopt_folders()
    follow(now=True)


@shared_task(name="models.drift")
def check_drift() -> None:
    """Measure today's drift."""
    from agents.lifecycle.drift import check_drift as check

    check()


# Acknowledged when it begins: the broker takes a task that lasts longer than its patience for lost, and would send it again.
@shared_task(name="models.retrain", acks_late=False, time_limit=_HOURS * 3600, soft_time_limit=_HOURS * 3600 - 60)
def retrain() -> None:
    """Train anew in a process of its own, so that this worker never holds a model; the run and the log say how it went."""
    command = [sys.executable, "manage.py", "retrain_pricing", "--trigger", "schedule"]
    ended = subprocess.run(command, cwd=settings.BASE_DIR, check=False, stdout=subprocess.DEVNULL, preexec_fn=_be_nice)
    if ended.returncode != 0:
        logger.error("Training anew ended with exit code %d; the runs and the lines above say why", ended.returncode)


def _be_nice() -> None:
    os.nice(_NICER)
