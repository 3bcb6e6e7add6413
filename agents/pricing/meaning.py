"""What deals mean, and goals that ask for it, as vectors.

A deal that was just valued has its words embedded already, and `embed` remembers them, so its vector costs no more than writing it.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.db.models import F, Q
from pgvector import HalfVector

from accounts.models import Goal, GoalStatus
from accounts.terms.wording import said_by
from agents.pricing.embedding import MODEL, embed
from agents.pricing.preparing import Description
from agents.pricing.records import item_of
from agents.pricing.text import prepare
from deals.models import Deal, DealState, DealVector, GoalVector
from deals.search.words import note_words

logger = logging.getLogger(__name__)

BATCH: Final = 64


def write_vectors(deals: Sequence[Deal]) -> int:
    """Give these deals the vectors of their words; returns how many were new or changed. A second time changes nothing."""
    said = {deal.pk: _words_of(deal) for deal in deals}
    hashes = {pk: hashlib.sha256(f"{MODEL}\0{text}".encode()).hexdigest()[:32] for pk, text in said.items()}
    known = dict(DealVector.objects.filter(deal__in=said).values_list("deal_id", "words_hash"))
    changed = [deal for deal in deals if known.get(deal.pk) != hashes[deal.pk]]
    if not changed:
        return 0
    vectors = embed([said[deal.pk] for deal in changed])
    rows = [
        DealVector(deal=deal, words_hash=hashes[deal.pk], embedding=HalfVector(vector))
        for deal, vector in zip(changed, vectors, strict=True)
    ]
    with transaction.atomic():
        DealVector.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["deal"], update_fields=["words_hash", "embedding"]
        )
        note_words(changed)
    return len(rows)


def give_vectors(limit: int) -> int:
    """Give up to `limit` live deals a vector that have none, the newest first; returns how many."""
    lacking = Deal.objects.filter(state=DealState.ACTIVE, vector__isnull=True)
    deals = list(lacking.order_by("-first_seen_at")[:limit])
    return sum(write_vectors(deals[start : start + BATCH]) for start in range(0, len(deals), BATCH))


def give_goal_vectors(limit: int = 1_000) -> list[uuid.UUID]:
    """Give active goals that ask for meaning the vectors of their words; returns those whose vector is new or another one.

    A change that leaves the words as they were moves the time of the vector alone.
    """
    asking = Goal.objects.filter(status=GoalStatus.ACTIVE, min_similarity__isnull=False)
    lacking = asking.filter(Q(vector__isnull=True) | Q(vector__as_of__lt=F("updated_at"))).select_related("vector")
    goals = list(lacking.order_by("updated_at", "pk")[:limit])
    said = {goal.pk: prepare(said_by(goal)).text or said_by(goal) for goal in goals}
    hashes = {pk: hashlib.sha256(f"{MODEL}\0{text}".encode()).hexdigest()[:32] for pk, text in said.items()}
    known = {goal.pk: goal.vector for goal in goals if hasattr(goal, "vector")}
    changed = [goal for goal in goals if goal.pk not in known or known[goal.pk].words_hash != hashes[goal.pk]]
    new: dict[uuid.UUID, HalfVector] = {}
    if changed:
        vectors = embed([said[goal.pk] for goal in changed])
        new = {goal.pk: HalfVector(vector) for goal, vector in zip(changed, vectors, strict=True)}
    rows = [
        GoalVector(
            goal=goal,
            words_hash=hashes[goal.pk],
            embedding=new[goal.pk] if goal.pk in new else known[goal.pk].embedding,
            as_of=goal.updated_at,
        )
        for goal in goals
    ]
    GoalVector.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["goal"], update_fields=["words_hash", "embedding", "as_of"]
    )
    return [goal.pk for goal in changed]


def _words_of(deal: Deal) -> str:
    """What was embedded to value it: one deal with odd words must not keep all others from having a vector."""
    try:
        item = item_of(deal)
        return Description.of(item.title, item.text, item.condition).prepared().text
    except Exception:
        logger.exception("The words of deal %s could not be prepared; its title is taken as it stands", deal.pk)
        return deal.title
