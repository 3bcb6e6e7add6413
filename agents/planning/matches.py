"""Writing matches: with their reasons, their notifications and their events, in one transaction."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.events import GoalChanged
from accounts.models import Goal, GoalStatus
from accounts.selectors import languages_of
from agents.messaging.reasons import reasons_for
from agents.messaging.rewording import give_time
from agents.messaging.texts import write_match
from common.money import Money
from common.outbox import Amount, record_all
from common.speech import Language, speaking
from deals.events import MatchFound
from deals.matching import Found
from deals.models import Deal, Match
from notifications.actions import Notice, notify_matches
from notifications.models import NotificationState


@dataclass(frozen=True, slots=True)
class Told:
    """How many matches were written, how many of them their owners are told of, and how many are held back."""

    matches: int = 0
    notifications: int = 0
    held_back: int = 0


def write_matches(found: Sequence[Found], *, tell_best: int | None = None) -> Told:
    """Write what was found in the caller's transaction; a pair that is a match already stays as it is.

    `tell_best` bounds how many deals a goal's owner is told of, the best first; all of them where it is None.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("Matches are written in one transaction with their notifications; there is none here.")
    if not found:
        return Told()
    goals = _lock_goals({pair.goal_id for pair in found})
    languages = languages_of({goal.user_id for goal in goals.values()})
    matches, told_reasons = _insert(_within_limits(found, goals), goals, languages)
    if not matches:
        return Told()
    _count(matches, goals)
    record_all((_event(match), match.goal.user_id) for match in matches)
    notifications = notify_matches(_notices(matches, tell_best, languages, told_reasons))
    give_time(notifications)
    held_back = sum(notification.state == NotificationState.SUPPRESSED for notification in notifications)
    return Told(len(matches), len(matches) - held_back, held_back)


def _lock_goals(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Goal]:
    # In the order of their ids, so that two matchers wait for each other instead of dying in a deadlock. What the query
    # saw may have changed since: a goal that was paused or has reached its limit drops out here.
    locked = (
        Goal.objects.filter(pk__in=list(ids), status=GoalStatus.ACTIVE).order_by("pk").select_for_update(no_key=True)
    )
    return {goal.pk: goal for goal in locked}


def _within_limits(found: Sequence[Found], goals: dict[uuid.UUID, Goal]) -> list[Found]:
    """Leave out pairs that another matcher wrote in the meantime, and what goes beyond a goal's `max_matches`."""
    there = set(
        Match.objects.filter(goal__in=list(goals), deal__in={pair.deal_id for pair in found}).values_list(
            "goal_id", "deal_id"
        )
    )
    taken: dict[uuid.UUID, int] = defaultdict(int)
    chosen = []
    for pair in found:
        goal = goals.get(pair.goal_id)
        if goal is None or (pair.goal_id, pair.deal_id) in there:
            continue
        if goal.max_matches is not None and goal.match_count + taken[goal.pk] >= goal.max_matches:
            continue
        taken[goal.pk] += 1
        chosen.append(pair)
    return chosen


def _insert(
    chosen: Sequence[Found], goals: dict[uuid.UUID, Goal], languages: dict[uuid.UUID, str]
) -> tuple[list[Match], dict[uuid.UUID, list[str]]]:
    """The matches with their reasons in English, for the pages; and by match the reasons for owners who are told in another language."""
    deals = Deal.objects.select_related("valuation", "product").in_bulk({pair.deal_id for pair in chosen})
    matches, told = [], {}
    for pair in chosen:
        goal, deal = goals[pair.goal_id], deals.get(pair.deal_id)
        # A deal that was valued anew since the query is left to its new valuation.
        if deal is not None and deal.valuation_id == pair.valuation_id:
            with speaking(Language.ENGLISH):
                reasons = reasons_for(goal, deal, pair)
            match = Match(goal=goal, deal=deal, valuation=deal.valuation, reasons=reasons)
            matches.append(match)
            if goal.user_id in languages:
                with speaking(languages[goal.user_id]):
                    told[match.pk] = reasons_for(goal, deal, pair)
    return Match.objects.bulk_create(matches), told


def _count(matches: Sequence[Match], goals: dict[uuid.UUID, Goal]) -> None:
    new: dict[uuid.UUID, int] = defaultdict(int)
    for match in matches:
        new[match.goal_id] += 1
    completed = []
    for goal_id, count in new.items():
        goal = goals[goal_id]
        Goal.objects.filter(pk=goal_id).update(match_count=F("match_count") + count)
        if goal.max_matches is not None and goal.match_count + count >= goal.max_matches:
            completed.append(goal)
    Goal.objects.filter(pk__in=[goal.pk for goal in completed]).update(
        status=GoalStatus.COMPLETED, updated_at=timezone.now()
    )
    record_all(
        (GoalChanged(goal_id=str(goal.pk), user_id=str(goal.user_id), change="completed"), None) for goal in completed
    )


def _event(match: Match) -> MatchFound:
    deal = match.deal
    return MatchFound(
        match_id=str(match.pk),
        goal_id=str(match.goal_id),
        goal_title=match.goal.title,
        deal_id=str(deal.pk),
        title=deal.title,
        price=Amount(**Money(deal.price, deal.currency).as_json()),
    )


def _notices(
    matches: Sequence[Match],
    tell_best: int | None,
    languages: dict[uuid.UUID, str],
    told_reasons: dict[uuid.UUID, list[str]],
) -> list[Notice]:
    told: dict[uuid.UUID, int] = defaultdict(int)
    notices = []
    for match in matches:  # the best deal of a goal comes first
        told[match.goal_id] += 1
        beyond = tell_best is not None and told[match.goal_id] > tell_best
        language = languages.get(match.goal.user_id, Language.ENGLISH)
        text = write_match(match.goal, match.deal, match, language=language, reasons=told_reasons.get(match.pk))
        notices.append(
            Notice(
                user_id=match.goal.user_id,
                goal_id=match.goal_id,
                deal_id=match.deal_id,
                match_id=match.pk,
                product_key=str(match.deal.product_id or match.deal_id),
                title=text.title,
                body=text.body,
                reason_text=text.reason_text,
                data=text.data,
                text=text.text,
                channels=match.goal.channels,
                held_back=f"Not sent: {tell_best} better ones were found with it; it stands on your goal’s page."
                if beyond
                else "",
            )
        )
    return notices
