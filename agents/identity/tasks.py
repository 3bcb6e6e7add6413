"""Celery entry points of identity."""

from __future__ import annotations

from celery import shared_task

from common.enqueue import wake


@shared_task(name="identity.compare")
def compare() -> dict[str, int]:
    """Compare some new products with the others by their names; where that were as many as one round takes, go on at once."""
    from agents.identity import joining

    done = joining.compare_new()
    if done.compared == joining.BATCH:
        wake("identity.compare")
    return {"compared": done.compared, "joined": done.joined, "suggested": done.suggested}
