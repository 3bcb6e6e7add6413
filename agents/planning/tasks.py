"""Celery entry points of the planning agent."""

from __future__ import annotations

import uuid
from typing import Any

from celery import shared_task

from agents.planning import actions
from agents.planning.tracking import judge_tracking
from common.dead_letters import record_dead_letter
from common.retries import MAX_TRIES, is_exhausted, sentence_of, wait_after


@shared_task(name="match.pending")
def pending() -> dict[str, int]:
    """Match what is not matched yet, judge followed prices that changed, and end what has run out of time."""
    outcome = actions.match_pending()
    judge_tracking()
    actions.sweep()
    return outcome.as_json()


@shared_task(name="match.goal", bind=True, max_retries=MAX_TRIES - 1)
def goal(self: Any, goal_id: str) -> dict[str, int]:
    """Judge one goal against all live deals; tried three times, then a dead letter."""
    try:
        return actions.match_goal(uuid.UUID(goal_id)).as_json()
    except Exception as error:
        tries = self.request.retries + 1
        if is_exhausted(tries):
            record_dead_letter("match", goal_id, "match.goal", sentence_of(error))
            raise
        raise self.retry(exc=error, countdown=wait_after(tries).total_seconds()) from error


@shared_task(name="match.tracking")
def tracking() -> int:
    """Judge followed prices as soon as they are followed."""
    return judge_tracking(trigger="following").told


@shared_task(name="match.valuation")
def again(valuation_id: str) -> None:
    """Start the matching of one valuation from the beginning."""
    actions.match_again(uuid.UUID(valuation_id))
