"""Celery entry points of the installation as a whole."""

from __future__ import annotations

from collections.abc import Mapping

from celery import shared_task

from dealfinder.maintenance import clean_up


@shared_task(name="maintenance.clean_up")
def clean_up_task() -> Mapping[str, int]:
    """Remove what is out of date."""
    return clean_up()
