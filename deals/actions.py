"""Writes that users make on deals."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from common.outbox import record
from deals.buying import end_bought_goals
from deals.events import InteractionRecorded
from deals.models import Deal, DealMark, Interaction, InteractionKind
from deals.taste_actions import learn


def record_interaction(user: User, deal: Deal, kind: InteractionKind) -> DealMark:
    """Write down what the user did, keep where the deal stands with them (saved, dismissed, or neither), and learn from it.

    Saving a saved deal again keeps its place. Saving takes a dismissal back, and dismissing takes the deal off the saved list.
    """
    now = timezone.now()
    with transaction.atomic():
        Interaction.objects.create(user=user, deal=deal, kind=kind)
        DealMark.objects.get_or_create(user=user, deal=deal)
        mark = DealMark.objects.select_for_update().get(user=user, deal=deal)
        if kind == InteractionKind.SAVE:
            mark.saved_at, mark.dismissed_at = mark.saved_at or now, None
        elif kind == InteractionKind.UNSAVE:
            mark.saved_at = None
        elif kind == InteractionKind.DISMISS:
            mark.saved_at, mark.dismissed_at = None, now
        mark.save()
        learn(user, deal, kind, now)
        if kind == InteractionKind.BOUGHT:
            end_bought_goals(user, deal)
        record(InteractionRecorded(user_id=str(user.pk), deal_id=str(deal.pk), kind=str(kind)))
    return mark
