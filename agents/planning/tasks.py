"""Celery entry points of the planning agent."""

from __future__ import annotations

import uuid

from celery import shared_task

from agents.planning import actions


@shared_task(name="match.pending")
def pending() -> dict[str, int]:
    """Match what is not matched yet, and end what has run out of time."""
    actions.sweep()
    return actions.match_pending().as_json()


@shared_task(name="match.goal")
def goal(goal_id: str) -> dict[str, int]:
    """Judge one goal against all live deals."""
    return actions.match_goal(uuid.UUID(goal_id)).as_json()


@shared_task(name="match.valuation")
def again(valuation_id: str) -> None:
    """Start the matching of one valuation from the beginning."""
    actions.match_again(uuid.UUID(valuation_id))
