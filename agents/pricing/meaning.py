"""What deals and searches mean, as vectors: written for the first, left in the cache for the second.

A deal that was just valued has its words embedded already, and `embed` remembers them, so its vector costs no more than writing it.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from typing import Final

from django.db import transaction
from pgvector import HalfVector

from agents.pricing.embedding import MODEL, embed
from agents.pricing.preparing import Description
from agents.pricing.records import item_of
from agents.pricing.text import prepare
from deals.models import Deal, DealState, DealVector
from deals.search import meaning
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
    lacking = Deal.objects.filter(state=DealState.ACTIVE, vector__isnull=True).defer("search")
    deals = list(lacking.order_by("-first_seen_at")[:limit])
    return sum(write_vectors(deals[start : start + BATCH]) for start in range(0, len(deals), BATCH))


def answer(text: str) -> None:
    """Leave the vector of what somebody searches for in the cache, where the one who asked looks for it."""
    if not meaning.is_kept(text):
        meaning.keep(text, embed([prepare(text).text or text])[0].tolist())


def _words_of(deal: Deal) -> str:
    """What was embedded to value it: one deal with odd words must not keep all others from having a vector."""
    try:
        item = item_of(deal)
        return Description.of(item.title, item.text, item.condition).prepared().text
    except Exception:
        logger.exception("The words of deal %s could not be prepared; its title is taken as it stands", deal.pk)
        return deal.title
