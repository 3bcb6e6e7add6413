"""Followed prices are judged at each change of their deal, and their followers told: once for each crossing.

What was judged, the notification, its deliveries and the event are written in one transaction. A worker that dies in the middle
leaves nothing behind, and the next one takes the work up.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.selectors import languages_of
from agents.messaging.followed import crossed_notice, stuck_notice
from agents.messaging.rewording import give_time
from agents.models import Agent
from agents.runs import record_run
from common.money import Money
from common.outbox import Amount, record_all
from deals.events import TrackingMet
from deals.models import Deal, Term, Tracking, TrackingState
from deals.tracking import Judged, claim_unjudged, crossed, judge
from deals.tracking_actions import settle_waiting
from notifications.actions import Notice, notify_matches

BATCH = 500
"""Followed prices in one transaction."""
MOST_BATCHES = 200


@dataclass(slots=True)
class Outcome:
    """What a round of judging did."""

    judged: int = 0
    told: int = 0


def judge_tracking(*, trigger: str = "schedule") -> Outcome:
    """Judge all followed prices whose deal has changed since they were judged last, and tell their followers."""
    outcome = Outcome()
    for _ in range(MOST_BATCHES):
        with transaction.atomic():
            ids = claim_unjudged(BATCH)
            told = _judge_batch(ids)
        outcome.judged += len(ids)
        outcome.told += told
        if len(ids) < BATCH:
            break
    if outcome.told:
        with record_run(Agent.PLANNING, trigger, "Followed prices") as run:
            run.summary.update(judged=outcome.judged, told=outcome.told)
    return outcome


def settle_following(submission_ids: Sequence[uuid.UUID] | None = None) -> int:
    """Lead followers whose page has been read on to its deal, and tell those whose page cannot be followed. Returns how many those are."""
    with transaction.atomic():
        stuck = settle_waiting(submission_ids)
        languages = languages_of({tracking.user_id for tracking in stuck})
        notify_matches([stuck_notice(one, language=languages.get(one.user_id, "en")) for one in stuck])
    return len(stuck)


def _judge_batch(ids: list[uuid.UUID]) -> int:
    if not ids:
        return 0
    found = {one.pk: one for one in Tracking.objects.filter(pk__in=ids, state=TrackingState.ACTIVE).order_by("pk")}
    standings = judge(list(found))
    deals = (
        Deal.objects.select_related("valuation", "product")
        .defer("description")
        .in_bulk({one.deal_id for one in found.values() if one.deal_id is not None})
    )
    told: list[tuple[Tracking, Deal, list[Term], Judged]] = []
    now = timezone.now()
    for tracking in found.values():
        assert tracking.deal_id is not None
        judged, deal = standings[tracking.pk], deals[tracking.deal_id]
        terms, tracking.met = crossed(tracking, judged)
        tracking.seen_price, tracking.seen_currency, tracking.seen_state = judged.price, judged.currency, judged.state
        if terms:
            tracking.told_at = now
            told.append((tracking, deal, terms, judged))
    Tracking.objects.bulk_update(found.values(), ["met", "seen_price", "seen_currency", "seen_state", "told_at"])
    give_time(notify_matches(_notices(told)))
    record_all((_event(tracking, deal, terms), tracking.user_id) for tracking, deal, terms, _ in told)
    return len(told)


def _notices(told: Sequence[tuple[Tracking, Deal, list[Term], Judged]]) -> list[Notice]:
    languages = languages_of({tracking.user_id for tracking, *_ in told})
    return [
        crossed_notice(tracking, deal, terms, judged, language=languages.get(tracking.user_id, "en"))
        for tracking, deal, terms, judged in told
    ]


def _event(tracking: Tracking, deal: Deal, terms: list[Term]) -> TrackingMet:
    return TrackingMet(
        tracking_id=str(tracking.pk),
        terms=[str(term) for term in terms],
        deal_id=str(deal.pk),
        title=deal.title,
        price=Amount(**Money(deal.price, deal.currency).as_json()),
    )
