"""Waking the next stage. A broker that is away costs a moment and a line in the log, never the work or a request:
each stage finds what is waiting for it in the database, once a minute at the latest."""

from __future__ import annotations

import logging
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def send(name: str, *args: Any) -> None:
    """Send a task whose result nobody waits for. Raises `OperationalError` where the broker does not answer.

    Without `ignore_result` Celery would first subscribe to the answer, and try that for 20 seconds.
    """
    current_app.send_task(name, args=list(args), ignore_result=True, retry=False)


def wake(name: str, *args: Any) -> None:
    """Send a task that a sweep would do later anyway. Raises nothing."""
    try:
        send(name, *args)
    except (OperationalError, OSError):
        log.warning("Task %s could not be sent, because the broker does not answer; the next sweep does its work", name)


def wake_after_commit(name: str, *args: Any) -> None:
    """Send such a task when the transaction has been committed, at once where there is none. Raises nothing."""
    transaction.on_commit(lambda: wake(name, *args))
