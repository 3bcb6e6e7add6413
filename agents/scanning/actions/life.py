"""What a scan says of deals that it does not read anew: still there, missing, gone; and deals whose time is over."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from agents.scanning.sources.base import Coverage
from common.enqueue import wake_after_commit
from common.outbox import record
from deals.events import DealsSeen
from deals.life import move_deals
from deals.models import Deal, DealState, Entry, Fetch, FetchOutcome, Source

MISSES: Final = 3
"""Full fetches in a row without a deal, after which it is withdrawn."""
_SEEN_AGAIN_AFTER: Final = datetime.timedelta(hours=1)
_BATCH: Final = 500
_PINNED: Final = 4
"""So many old offers may be pinned to a list of the newest ones; they do not say how far back it reaches."""
_OFFERED: Final = (DealState.ACTIVE, DealState.SOLD_OUT)


def expire_deals() -> int:
    """End live deals whose time is over, and return how many that were. What another process ends at the same moment is its own."""
    ended = 0
    while True:
        with transaction.atomic():
            now = timezone.now()
            over = Deal.objects.filter(state__in=_OFFERED, expires_at__lte=now).order_by("pk")
            deals = list(over.select_for_update(skip_locked=True, no_key=True).defer("description")[:_BATCH])
            ended += move_deals(deals, DealState.EXPIRED, now, "Its time, as stated by the source, was over.")
        if len(deals) < _BATCH:
            return ended


def note_listing(source: Source, entry_ids: Sequence[uuid.UUID], coverage: Coverage) -> None:
    """Note which deals a full fetch still offers, in the caller's transaction.

    A withdrawn one that stands there again, unchanged, comes back. One that is missing three times in a row, where that says
    something, is withdrawn, unless another source has seen it since. Old entries of a feed scroll out of it; that says nothing.
    """
    now = timezone.now()
    _see(source, entry_ids, now)
    if coverage is not Coverage.NOTHING_CERTAIN:
        Entry.objects.filter(pk__in=entry_ids, missed__gt=0).update(missed=0)
        if not _has_shrunk(source, len(entry_ids)):
            _miss(source, entry_ids, coverage, now)


def withdraw_the_one(source: Source, reason: str) -> int:
    """Withdraw what a source offered, since its page is gone; in the caller's transaction. Returns how many deals changed.

    A page that listed several is another matter: they have pages of their own, and stay.
    """
    ids = set(Entry.objects.filter(source=source, deal__isnull=False).values_list("deal_id", flat=True)[:2])
    if len(ids) != 1:
        return 0
    offered = Deal.objects.filter(pk__in=ids, state__in=_OFFERED).values_list("pk", flat=True)
    return move_deals(_locked(offered), DealState.WITHDRAWN, timezone.now(), reason)


def _see(source: Source, entry_ids: Sequence[uuid.UUID], now: datetime.datetime) -> None:
    there = Deal.objects.filter(entries__in=entry_ids)
    back = _locked(there.filter(state=DealState.WITHDRAWN).values_list("pk", flat=True))
    if move_deals(back, None, now, "It stands among the source’s offers again."):
        wake_after_commit("value.pending")
    stale = there.filter(last_seen_at__lte=now - _SEEN_AGAIN_AFTER).exclude(state=DealState.WITHDRAWN)
    seen = [deal.pk for deal in _locked(stale.values_list("pk", flat=True))]
    if seen:
        Deal.objects.filter(pk__in=seen).update(last_seen_at=now)
        record(DealsSeen(source=source.name, deal_ids=[str(pk) for pk in seen]))


def _has_shrunk(source: Source, entries: int) -> bool:
    """Whether a fetch gave less than half of the one before: more likely a page that is read badly than that many sales."""
    before = Fetch.objects.filter(source=source, outcome=FetchOutcome.OK).order_by("-started_at")
    last = before.values_list("entries", flat=True).first()
    return last is not None and 2 * entries < last


def _miss(source: Source, entry_ids: Sequence[uuid.UUID], coverage: Coverage, now: datetime.datetime) -> None:
    missing = Entry.objects.filter(source=source, deal__state__in=_OFFERED, missed__lt=MISSES).exclude(pk__in=entry_ids)
    if coverage is Coverage.NEWEST:
        oldest = (
            Entry.objects.filter(pk__in=entry_ids).order_by("first_seen_at").values_list("first_seen_at", flat=True)
        )
        window = list(oldest[_PINNED : _PINNED + 1])
        missing = missing.filter(first_seen_at__gt=window[0]) if window else missing.none()
    # In the order of their ids, so that two scans that share deals wait for each other.
    ids = list(missing.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    Entry.objects.filter(pk__in=ids).update(missed=F("missed") + 1)
    elsewhere = Entry.objects.filter(deal=OuterRef("deal"), last_seen_at__gt=OuterRef("last_seen_at")).exclude(
        pk=OuterRef("pk")
    )
    gone = Entry.objects.filter(pk__in=ids, missed__gte=MISSES).exclude(Exists(elsewhere))
    note = f"It was missing from {MISSES} full listings of {source.title[:80]} in a row."
    move_deals(_locked(gone.values_list("deal_id", flat=True)), DealState.WITHDRAWN, now, note)


def _locked(ids: QuerySet[Entry, uuid.UUID] | QuerySet[Deal, uuid.UUID]) -> list[Deal]:
    """These deals, locked in the order of their ids, so that two readers wait for each other."""
    chosen = Deal.objects.filter(pk__in=list(ids)).order_by("pk").select_for_update(no_key=True)
    return list(chosen.defer("description"))
