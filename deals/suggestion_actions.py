"""Writes on products that are alike: joined by the likeness of their names, suggested to operators, and what those decide.

What a person said of a pair is final for the system: it neither joins nor suggests it again. Whoever decides locks both products
first, so that of two that decide at once the second sees what the first did.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from deals.models import MergeState, Product, ProductMerge, ProductSuggestion, SuggestionState
from deals.product_actions import NotMergeable, locked_products, merge_products, parts_of


@transaction.atomic
def join_alike(kept_id: uuid.UUID, merged_id: uuid.UUID, *, reason: str, confidence: float) -> ProductMerge | None:
    """Make two products one without a person. None, and nothing changed, where one of them is a part of another by now, their bar
    codes or part numbers differ, or a person took apart, or declined, any pair of what they are made of."""
    kept, merged = locked_products(kept_id, merged_id)
    if kept.merged_into_id or merged.merged_into_id or _numbers_differ(kept, merged) or _is_forbidden(kept, merged):
        return None
    return merge_products(kept, merged, reason=reason, by=None, confidence=confidence)


@transaction.atomic
def suggest(kept_id: uuid.UUID, merged_id: uuid.UUID, *, reason: str, confidence: float) -> ProductSuggestion | None:
    """Ask operators whether two products are one. None where that was asked or decided before."""
    kept, merged = locked_products(kept_id, merged_id)
    if kept.merged_into_id or merged.merged_into_id or _is_forbidden(kept, merged):
        return None
    if ProductSuggestion.objects.filter(kept__in=[kept, merged], merged__in=[kept, merged]).exists():
        return None
    return ProductSuggestion.objects.create(kept=kept, merged=merged, reason=reason, confidence=confidence)


@transaction.atomic
def accept(suggestion: ProductSuggestion, *, by: User) -> bool:
    """Make the suggested products one. False where somebody decided before, or another merge made them one."""
    locked_products(suggestion.kept_id, suggestion.merged_id)
    suggestion.refresh_from_db()
    if suggestion.state != SuggestionState.OPEN:
        return False
    try:
        merge_products(suggestion.kept, suggestion.merged, reason="An operator accepted a suggestion.", by=by)
    except NotMergeable:
        _decide(suggestion, SuggestionState.ACCEPTED, by)
        return False
    _decide(suggestion, SuggestionState.ACCEPTED, by)
    return True


@transaction.atomic
def decline(suggestion: ProductSuggestion, *, by: User) -> bool:
    """Say that the suggested products are two. False where somebody decided before."""
    locked_products(suggestion.kept_id, suggestion.merged_id)
    suggestion.refresh_from_db()
    if suggestion.state != SuggestionState.OPEN:
        return False
    _decide(suggestion, SuggestionState.DECLINED, by)
    return True


def mark_compared(ids: Sequence[uuid.UUID]) -> None:
    """These products were compared with the others."""
    Product.objects.filter(pk__in=ids).update(compared_at=timezone.now())


def _decide(suggestion: ProductSuggestion, state: SuggestionState, by: User) -> None:
    suggestion.state, suggestion.by, suggestion.decided_at = state, by, timezone.now()
    suggestion.save(update_fields=["state", "by", "decided_at"])


def _numbers_differ(kept: Product, merged: Product) -> bool:
    pairs = ((kept.gtin, merged.gtin), (kept.mpn.casefold(), merged.mpn.casefold()))
    return any(one and other and one != other for one, other in pairs)


def _is_forbidden(kept: Product, merged: Product) -> bool:
    one, other = [kept.pk, *parts_of(kept.pk)], [merged.pk, *parts_of(merged.pk)]
    between = Q(kept__in=one, merged__in=other) | Q(kept__in=other, merged__in=one)
    return (
        ProductMerge.objects.filter(between, state=MergeState.UNDONE).exists()
        or ProductSuggestion.objects.filter(between, state=SuggestionState.DECLINED).exists()
    )
