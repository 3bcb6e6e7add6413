"""Writes of taste: counted with each interaction, made anew from the log where there is none, forgotten when its owner says so."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from deals.models import Deal, Interaction, InteractionKind, TasteProfile
from deals.ranked_lists import traits_of
from deals.taste import replayed, taste_of_profile, write_profile

MOST_REPLAYED = 500
"""Interactions from which a profile is made anew; with what halves every 60 days older ones hardly count."""


def learn(user: User, deal: Deal, kind: InteractionKind, now: datetime) -> TasteProfile:
    """Count an interaction that is in the log already, in the caller's transaction."""
    profile = TasteProfile.objects.select_for_update().filter(user=user).first()
    if profile is None:
        return relearn(user)
    taste = taste_of_profile(profile, now)
    taste.add(traits_of([deal])[deal.pk], kind)
    write_profile(profile, taste, now)
    profile.save()
    return profile


@transaction.atomic
def relearn(user: User) -> TasteProfile:
    """Make the profile anew from what the user did since it was last forgotten."""
    now = timezone.now()
    TasteProfile.objects.get_or_create(user=user)
    profile = TasteProfile.objects.select_for_update().get(user=user)
    log = Interaction.objects.filter(user=user)
    if profile.forgotten_before is not None:
        log = log.filter(created_at__gt=profile.forgotten_before)
    rows = list(log.select_related("deal__product").defer("deal__description")[:MOST_REPLAYED])[::-1]
    traits = traits_of({row.deal for row in rows})
    history = [(row.created_at, traits[row.deal_id], row.kind) for row in rows]
    write_profile(profile, replayed(history, now), now)
    profile.save()
    return profile


@transaction.atomic
def forget_taste(user: User) -> None:
    """Forget what the user's doings said of their taste. What they did stays in their history, and counts no more."""
    now = timezone.now()
    TasteProfile.objects.update_or_create(
        user=user,
        defaults={
            "liked": {},
            "disliked": {},
            "direction": [],
            "evidence": 0.0,
            "interactions": 0,
            "as_of": now,
            "forgotten_before": now,
        },
    )
