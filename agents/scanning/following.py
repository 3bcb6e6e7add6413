"""The pages of followed prices are read again: each that no other source reads, or reads no longer because the deal has scrolled out of
its feed, gets a source of its own, shared by its followers.

Such a source is a page like any other: it asks robots.txt, keeps the pace of its host, is asked four times a day, and less often
for as long as nothing changes. Nobody follows it any more: it is paused. Its page cannot be read six times in a row: its followers are
told, once, and it is paused too. No alarm is raised about it, since its followers are the ones whom it concerns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from accounts.selectors import languages_of
from agents.messaging.followed import stuck_notice
from agents.planning.tracking import settle_following
from agents.scanning.sources.registry import get_kind
from agents.scanning.sources.submitted.kind import reader_for
from common.text import shortened
from deals.models import Deal, Entry, EntryState, Source, SourceState, Tracking, TrackingState
from deals.models.source import FOLLOWED
from notifications.actions import notify_matches

INTERVAL_SECONDS = 6 * 3_600
TRIES = 6
OUT_OF_SIGHT = timedelta(hours=6)
"""A deal that its source's last reading has not shown for so long has scrolled out; one that is shown is noted at least once an hour."""
_BATCH = 500


@dataclass(slots=True)
class Followed:
    """What a round did with the sources of followed pages."""

    begun: int = 0
    ended: int = 0
    stuck: int = 0


def see_to_followed() -> Followed:
    """Give followed pages their sources, pause those that nobody follows, and end what cannot be read. Running it twice changes
    nothing the second time."""
    done = Followed(stuck=settle_following())
    with transaction.atomic():
        done.stuck += _give_up()
        done.begun = _begin()
        _adopt()
        done.ended = _pause_unfollowed()
    return done


def _begin() -> int:
    """Make or resume the sources of pages that nothing reads by itself, or not any more: a deal that has scrolled out of its feed."""
    scrolled_out = Q(deal__last_seen_at__lt=F("deal__source__body_read_at") - OUT_OF_SIGHT, reason="")
    unread = Tracking.objects.filter(
        Q(deal__source=None) | ~Q(deal__source__state=SourceState.ACTIVE) | Q(deal__source__url="") | scrolled_out,
        state=TrackingState.ACTIVE,
        source=None,
        deal__is_sample=False,
    )
    found = list(
        unread.select_related("deal").order_by("pk").select_for_update(of=("self",), skip_locked=True)[:_BATCH]
    )
    begun = []
    for tracking in found:
        assert tracking.deal is not None
        if tracking.deal.url.startswith(("http://", "https://")) and get_kind(reader_for(tracking.deal.url)).is_fetched:
            tracking.source = _source(tracking.deal)
            begun.append(tracking)
    Tracking.objects.bulk_update(begun, ["source"])
    return len(begun)


def _source(deal: Deal) -> Source:
    """The source that reads a deal's page. One that was paused because nobody followed it any more goes on; one that an operator
    paused has followers still, and stays as it is."""
    mark = hashlib.sha256(deal.canonical_url.encode("utf-8", "replace")).hexdigest()[:16]
    now = timezone.now()
    source, is_new = Source.objects.get_or_create(
        name=f"{FOLLOWED}{mark}",
        defaults={
            "title": shortened(f"Followed: {deal.marketplace}", 120),
            "kind": "page",
            "url": deal.url,
            "marketplace": deal.marketplace,
            "default_currency": deal.currency,
            "config": {"reading": "product"},
            "interval_seconds": INTERVAL_SECONDS,
        },
    )
    if not is_new and source.state == SourceState.PAUSED and not source.trackings.exists():
        source.state, source.next_run_at, source.watched_from, source.consecutive_failures = (
            SourceState.ACTIVE,
            now,
            now,
            0,
        )
        source.save(update_fields=["state", "next_run_at", "watched_from", "consecutive_failures"])
    return source


def _adopt() -> None:
    """A deal that was known only from what somebody sent is one that we read ourselves, once we have: nobody else's page
    changes it any more."""
    read = Entry.objects.filter(deal=OuterRef("pk"), source__name__startswith=FOLLOWED, state=EntryState.READ)
    sent = (
        Deal.objects.filter(source__kind="submitted", trackings__source__isnull=False).filter(Exists(read)).distinct()
    )
    for deal in sent.only("pk")[:_BATCH]:
        own = Source.objects.filter(trackings__deal=deal, name__startswith=FOLLOWED).first()
        if own is not None:
            Deal.objects.filter(pk=deal.pk).update(source=own)


def _pause_unfollowed() -> int:
    unfollowed = Source.objects.filter(name__startswith=FOLLOWED, state=SourceState.ACTIVE)
    followers = Tracking.objects.filter(source=OuterRef("pk"), state=TrackingState.ACTIVE)
    return unfollowed.exclude(Exists(followers)).update(state=SourceState.PAUSED)


def _give_up() -> int:
    """Tell the followers of pages that cannot be read, and follow those no more; but where a feed may show the deal again it stays
    followed by that, with the reason beside it, and nobody is told."""
    failing = Tracking.objects.filter(state=TrackingState.ACTIVE, source__consecutive_failures__gte=TRIES)
    found: Sequence[Tracking] = list(
        failing.select_related("source", "deal__source")
        .order_by("pk")
        .select_for_update(of=("self",), skip_locked=True)[:_BATCH]
    )
    for tracking in found:
        assert tracking.source is not None
        tracking.reason = shortened(tracking.source.last_error or _SILENT, 300)
        if not _is_fed(tracking.deal):
            tracking.state = TrackingState.UNREADABLE
        tracking.source = None
    Tracking.objects.bulk_update(found, ["state", "reason", "source"])
    stuck = [tracking for tracking in found if tracking.state == TrackingState.UNREADABLE]
    languages = languages_of({tracking.user_id for tracking in stuck})
    notify_matches([stuck_notice(one, language=languages.get(one.user_id, "en")) for one in stuck])
    return len(stuck)


def _is_fed(deal: Deal | None) -> bool:
    source = deal.source if deal is not None else None
    return source is not None and source.state == SourceState.ACTIVE and bool(source.url)


_SILENT = "Its page could not be read six times in a row."
