"""Celery workers of a test."""

from __future__ import annotations

from celery import Celery

from dealfinder.embedded.process import wait_until


def wait_for_worker(app: Celery) -> None:
    """Return when a worker takes tasks; `start_worker` returns while it is still connecting."""
    assert wait_until(lambda: bool(app.control.inspect(timeout=0.5).ping()), 60)
