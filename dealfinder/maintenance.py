"""What is removed daily because nobody can use it any more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import OperatorInvitation, RefreshToken
from common.models import OutboxEvent
from deals.models import Fetch

EVENTS_KEPT = timedelta(days=14)
FETCHES_KEPT = timedelta(days=30)


def clean_up() -> Mapping[str, int]:
    """Remove expired sessions, tokens and invitations, and old published events and fetch records.

    Returns how many rows went, by what they were. A reader of `events?after=` can have been away for `EVENTS_KEPT`.
    """
    now = timezone.now()
    out_of_date = {
        "sessions": Session.objects.filter(expire_date__lt=now),
        "refresh tokens": RefreshToken.objects.filter(expires_at__lt=now),
        "invitations": OperatorInvitation.objects.filter(expires_at__lt=now, used_at__isnull=True),
        "events": _old_events(now - EVENTS_KEPT),
        "fetches": Fetch.objects.filter(finished_at__lt=now - FETCHES_KEPT),
    }
    return {name: rows.delete()[0] for name, rows in out_of_date.items()}


def _old_events(before: datetime) -> QuerySet[OutboxEvent]:
    """Events that were published before then, but for the newest of each stream: the places of the next ones go on from it."""
    newer_public = OutboxEvent.objects.filter(user__isnull=True, public_seq__gt=OuterRef("public_seq"))
    newer_own = OutboxEvent.objects.filter(user=OuterRef("user"), user_seq__gt=OuterRef("user_seq"))
    superseded = Q(user__isnull=True) & Exists(newer_public) | Q(user__isnull=False) & Exists(newer_own)
    return OutboxEvent.objects.filter(Q(internal=True) | superseded, published_at__lt=before)
