"""What is removed daily because nobody can use it any more."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import OperatorInvitation, RefreshToken
from agents.scanning.archive.keeping import clean_up_archive
from common.models import OutboxEvent
from common.objects import ObjectFailure
from deals.models import Alarm, DealState, DealVector, Fetch
from notifications.models import Allowance, Snooze

EVENTS_KEPT = timedelta(days=14)
FETCHES_KEPT = timedelta(days=30)
ALARMS_KEPT = timedelta(days=180)
VECTORS_KEPT = timedelta(days=30)
"""For deals that are over, of which no search asks; one that comes back is valued anew, and has its vector again."""

log = logging.getLogger(__name__)


def clean_up() -> Mapping[str, int]:
    """Remove expired sessions, tokens, invitations and snoozes, old published events, fetch records and alarms, daily limits and
    vectors that are of no use any more, and what the archive has kept long enough.

    Returns how many went, by what they were. A reader of `events?after=` can have been away for `EVENTS_KEPT`.
    """
    now = timezone.now()
    out_of_date = {
        "sessions": Session.objects.filter(expire_date__lt=now),
        "refresh tokens": RefreshToken.objects.filter(expires_at__lt=now),
        "invitations": OperatorInvitation.objects.filter(expires_at__lt=now, used_at__isnull=True),
        "events": _old_events(now - EVENTS_KEPT),
        "fetches": Fetch.objects.filter(finished_at__lt=now - FETCHES_KEPT),
        "allowances": Allowance.objects.filter(day__lt=now - timedelta(days=3)),
        "snoozes": Snooze.objects.filter(until__lt=now),
        "alarms": Alarm.objects.filter(ended_at__lt=now - ALARMS_KEPT),
        "vectors": DealVector.objects.exclude(deal__state=DealState.ACTIVE).filter(
            deal__last_seen_at__lt=now - VECTORS_KEPT
        ),
    }
    gone = {name: rows.delete()[0] for name, rows in out_of_date.items()}
    try:
        gone["archived bodies"] = clean_up_archive()
    except ObjectFailure as failure:
        log.warning("The archive was not cleaned up; that is tried again tomorrow: %s", failure)
    return gone


def _old_events(before: datetime) -> QuerySet[OutboxEvent]:
    """Events that were published before then, but for the newest of each stream: the places of the next ones go on from it."""
    newer_public = OutboxEvent.objects.filter(user__isnull=True, public_seq__gt=OuterRef("public_seq"))
    newer_own = OutboxEvent.objects.filter(user=OuterRef("user"), user_seq__gt=OuterRef("user_seq"))
    superseded = Q(user__isnull=True) & Exists(newer_public) | Q(user__isnull=False) & Exists(newer_own)
    return OutboxEvent.objects.filter(Q(internal=True) | superseded, published_at__lt=before)
