"""The planning agent: sets new valuations against all goals, and a new goal against all deals, and has users told.

A match, its notification, its deliveries and its event are written in one transaction with the mark on the valuation
that says "matched". A worker that dies in the middle leaves nothing behind, and the next one takes the work up.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.actions.terms import write_outdated_terms
from accounts.models import Goal, GoalStatus
from agents.models import Agent
from agents.planning.matches import Told, write_matches
from agents.runs import close_abandoned_runs, record_run
from common.dead_letters import record_dead_letter
from common.retries import MAX_TRIES, is_exhausted, next_try, sentence_of
from deals.matching import find_matches, find_matches_of_goal
from deals.models import Valuation
from deals.words import note_words
from notifications.delivery import release_withheld

log = logging.getLogger(__name__)

BATCH = 200
"""Valuations in one transaction."""
TOLD_AT_CREATION = 5
"""A goal that is met by many deals when it is made tells of the best few alone; the others stand on its page."""


@dataclass(slots=True)
class Outcome:
    """What a round of matching did."""

    valuations: int = 0
    matches: int = 0
    notifications: int = 0
    held_back: int = 0
    failed: int = 0

    def add(self, told: Told) -> None:
        self.matches += told.matches
        self.notifications += told.notifications
        self.held_back += told.held_back

    def as_json(self) -> dict[str, int]:
        return {
            "valuations": self.valuations,
            "matches": self.matches,
            "notifications": self.notifications,
            "held_back": self.held_back,
            "failed": self.failed,
        }


def match_pending(limit: int = 1000, *, trigger: str = "schedule") -> Outcome:
    """Match up to `limit` valuations that are not matched yet, oldest first, and have their goals' owners told.

    Where a batch fails its valuations are tried one by one, so that a single bad one does not hold up the others; that
    one is tried three times and then put on the list of dead letters.
    """
    outcome = Outcome()
    if not _pending().exists():
        return outcome
    write_outdated_terms()
    with record_run(Agent.PLANNING, trigger, "New valuations against all goals") as run:
        while outcome.valuations + outcome.failed < limit:
            with run.step("Match and tell") as step:
                before = outcome.as_json()
                size = min(BATCH, limit - outcome.valuations - outcome.failed)
                try:
                    done = _match_batch(size, outcome)
                except Exception as error:
                    log.exception("A batch of valuations could not be matched; they are tried one by one")
                    step.fail(sentence_of(error))
                    done = _match_one_by_one(size, outcome)
                step.detail.update({name: count - before[name] for name, count in outcome.as_json().items()})
            if done < size:
                break
        run.summary.update(outcome.as_json())
        if outcome.failed:
            run.fail(f"{outcome.failed} of the valuations could not be matched; they are tried again.")
    return outcome


def match_goal(goal_id: uuid.UUID, *, trigger: str = "goal") -> Outcome:
    """Set one goal against all live deals: it is judged as soon as it is made or changed."""
    outcome = Outcome()
    title = _active_goals().filter(pk=goal_id).values_list("title", flat=True).first()
    if title is None:
        return outcome
    with record_run(Agent.PLANNING, trigger, f"All deals against one goal: {title}") as run:
        with run.step("Match and tell") as step:
            # Locked first: a change of the goal waits, and is judged after this.
            with transaction.atomic():
                if _active_goals().select_for_update(no_key=True).filter(pk=goal_id).first():
                    outcome.add(write_matches(find_matches_of_goal(goal_id), tell_best=TOLD_AT_CREATION))
                    Goal.objects.filter(pk=goal_id).update(judged_at=timezone.now())
            step.detail.update(outcome.as_json())
        run.summary.update(outcome.as_json())
    return outcome


def match_again(valuation_id: uuid.UUID) -> None:
    """Start the matching of one valuation from the beginning."""
    Valuation.objects.filter(pk=valuation_id, matched_at__isnull=True).update(
        match_attempts=0, match_error="", match_retry_at=None
    )
    match_pending(trigger="replay")


def sweep() -> None:
    """What time alone does: goals past their deadline expire, goals whose task was lost are judged, and runs of dead
    processes are closed."""
    now = timezone.now()
    _active_goals().filter(deadline__lte=now).update(status=GoalStatus.EXPIRED, updated_at=now)
    for goal_id in list(
        _active_goals().filter(judged_at__isnull=True).order_by("created_at").values_list("pk", flat=True)[:BATCH]
    ):
        try:
            match_goal(goal_id, trigger="schedule")
        except Exception as error:
            log.exception("Goal %s could not be judged", goal_id)
            Goal.objects.filter(pk=goal_id).update(judged_at=timezone.now())
            record_dead_letter("match", goal_id, "match.goal", sentence_of(error), attempts=1)
    close_abandoned_runs()


def _active_goals() -> QuerySet[Goal]:
    return Goal.objects.filter(status=GoalStatus.ACTIVE)


def _pending() -> QuerySet[Valuation]:
    return Valuation.objects.filter(matched_at__isnull=True, match_attempts__lt=MAX_TRIES).filter(
        Q(match_retry_at__isnull=True) | Q(match_retry_at__lte=timezone.now())
    )


def _match_batch(size: int, outcome: Outcome) -> int:
    """Match one batch in one transaction; returns how many valuations that were."""
    with transaction.atomic():
        claimed = _pending().order_by("created_at", "id").select_for_update(skip_locked=True, no_key=True)
        ids = list(claimed.values_list("pk", flat=True)[:size])
        if ids:
            note_words(ids)
            told = write_matches(find_matches(ids))
            release_withheld(ids)
            _mark_matched(ids)
    if ids:
        outcome.add(told)
        outcome.valuations += len(ids)
    return len(ids)


def _match_one_by_one(size: int, outcome: Outcome) -> int:
    ids = list(_pending().order_by("created_at", "id").values_list("pk", flat=True)[:size])
    for valuation_id in ids:
        try:
            with transaction.atomic():
                if not _pending().select_for_update(skip_locked=True, no_key=True).filter(pk=valuation_id).first():
                    continue
                note_words([valuation_id])
                told = write_matches(find_matches([valuation_id]))
                release_withheld([valuation_id])
                _mark_matched([valuation_id])
        except Exception as error:
            log.exception("Valuation %s could not be matched", valuation_id)
            _note_failure(valuation_id, sentence_of(error))
            outcome.failed += 1
        else:
            outcome.add(told)
            outcome.valuations += 1
    return len(ids)


def _mark_matched(ids: list[uuid.UUID]) -> None:
    Valuation.objects.filter(pk__in=ids).update(matched_at=timezone.now(), match_error="", match_retry_at=None)


def _note_failure(valuation_id: uuid.UUID, sentence: str) -> None:
    with transaction.atomic():
        valuation = Valuation.objects.select_for_update(no_key=True).get(pk=valuation_id)
        valuation.match_attempts += 1
        valuation.match_error = sentence
        valuation.match_retry_at = next_try(valuation.match_attempts)
        valuation.save(update_fields=["match_attempts", "match_error", "match_retry_at"])
        if is_exhausted(valuation.match_attempts):
            record_dead_letter("match", valuation_id, "match.valuation", sentence)
