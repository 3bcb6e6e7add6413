"""Sending a task while the broker is away: quickly over, and no harm to whoever sends it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from common.enqueue import wake, wake_after_commit
from dealfinder.embedded.ports import any_free_port

_WITHOUT_BROKER = """
import json, time
from dealfinder.celery import app
import django
django.setup()
from kombu.exceptions import OperationalError
from common.enqueue import send, wake
started = time.monotonic()
wake("match.pending")
woke = time.monotonic() - started
try:
    send("match.pending")
except OperationalError:
    raised = True
else:
    raised = False
print(json.dumps({"seconds": woke, "raised": raised}))
"""


def test_a_broker_that_is_away_is_given_up_at_once() -> None:
    away = f"redis://127.0.0.1:{any_free_port()}/0"
    environment = {**os.environ, "CELERY_BROKER_URL": away, "REDIS_URL": away}
    ended = subprocess.run(
        [sys.executable, "-c", _WITHOUT_BROKER],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    answer = json.loads(ended.stdout)
    assert answer["raised"] and answer["seconds"] < 30
    assert "the next sweep does its work" in ended.stderr and "Traceback" not in ended.stderr


@pytest.mark.django_db
def test_a_stage_is_woken_after_the_commit(sent_tasks: Any, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
        wake_after_commit("match.goal", "an id")
        assert not sent_tasks
    for callback in callbacks:
        callback()
    wake("notify.pending")
    assert [(task.name, task.args, task.queue) for task in sent_tasks] == [
        ("match.goal", ("an id",), "match"),
        ("notify.pending", (), "notify"),
    ]
