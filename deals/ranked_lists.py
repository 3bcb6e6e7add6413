"""Lists in the order "For you": some hundred candidates are ranked, whatever comes after them is newest first."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, overload

import numpy as np
import redis
from django.core.cache import cache
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import User
from deals.counting import number_of
from deals.models import Deal, DealVector, TasteProfile, Verdict
from deals.ranking import Offered, Placed, is_raised, rank, why
from deals.selectors import category_of
from deals.taste import Taste, Traits, Vector, taste_of_profile

NEWEST, BEST = 300, 200
_KEPT_SECONDS = 900


def taste_of(reader: User) -> Taste:
    """The reader's taste as it stands now; an empty one for a new reader."""
    return taste_of_profile(TasteProfile.objects.filter(user=reader).first(), timezone.now())


def traits_of(deals: Iterable[Deal]) -> dict[uuid.UUID, Traits]:
    """What a taste can know these deals by; one query, and none for deals that come with their product."""
    deals = list(deals)
    vectors = vectors_of([deal.pk for deal in deals])
    return {
        deal.pk: _traits(
            category_of(deal),
            deal.brand or (deal.product.brand if deal.product else ""),
            vectors.get(deal.pk),
        )
        for deal in deals
    }


def vectors_of(deal_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Vector]:
    """The vectors of meaning that are stored for these deals; not all have one."""
    rows = DealVector.objects.filter(deal__in=deal_ids).values_list("deal_id", "embedding")
    return {deal_id: np.asarray(vector, dtype=np.float64) for deal_id, vector in rows}


def placed_for(reader: User, deals: QuerySet[Deal], *, also: Iterable[uuid.UUID] = ()) -> list[Placed]:
    """Rank the candidates of a list for a reader: its newest and its best by score, and `also` these."""
    fields = (
        "id", "price", "first_seen_at", "category", "brand", "product__category", "product__brand",
        "valuation__score", "valuation__low", "valuation__verdict",
    )  # fmt: skip
    plain = deals.select_related(None).defer(None)
    newest = plain.order_by("-first_seen_at", "-id").values(*fields)[:NEWEST]
    best = plain.filter(valuation__is_opportunity=True).order_by(F("valuation__score").desc(nulls_last=True))
    rows = {row["id"]: row for row in [*newest, *best.values(*fields)[:BEST]]}
    missing = [pk for pk in also if pk not in rows]
    if missing:
        rows |= {row["id"]: row for row in Deal.objects.filter(pk__in=missing).values(*fields)}
    taste = taste_of(reader)
    vectors = vectors_of(list(rows)) if taste.direction is not None else {}
    candidates = [_offered(row, vectors.get(pk)) for pk, row in rows.items()]
    return rank(candidates, taste, timezone.now())


class RankedDeals(Sequence[Deal]):
    """A list of deals in the order for one reader. Slices are lists of deals; `reasons` says why the taste moved one up.

    The order of the first page is kept for a quarter of an hour under `key`, so that a later page goes on where the first ended, whatever
    the reader did in between.
    """

    def __init__(self, reader: User, deals: QuerySet[Deal], key: str, *, begins: bool) -> None:
        self.deals, self._reader, self._key = deals, reader, key
        placed = placed_for(reader, deals)
        self.reasons = {one.offered.id: why(one) for one in placed if is_raised(one)}
        place = f"for-you:{reader.pk}:{key}"
        kept = None if begins else _kept(place)
        self.order: list[uuid.UUID] = kept or [one.offered.id for one in placed]
        if begins and len(self.order) > 1:
            _keep(place, self.order)

    def __len__(self) -> int:
        return number_of(self.deals, self._reader, self._key)

    @overload
    def __getitem__(self, place: int) -> Deal: ...
    @overload
    def __getitem__(self, place: slice) -> list[Deal]: ...
    def __getitem__(self, place: int | slice) -> Deal | list[Deal]:
        if isinstance(place, int):
            return self[place : place + 1][0]
        start, stop = place.start or 0, len(self) if place.stop is None else place.stop
        wanted = self.order[start:stop]
        found = {deal.pk: deal for deal in self.deals.filter(pk__in=wanted)} if wanted else {}
        shown = [found[pk] for pk in wanted if pk in found]
        ranked = len(self.order)
        if stop > ranked:
            rest = self.deals.exclude(pk__in=self.order).order_by("-first_seen_at", "-id")
            shown += rest[max(0, start - ranked) : stop - ranked]
        return shown


def why_for(reader: User, deal: Deal, deals: QuerySet[Deal]) -> tuple[Placed, str]:
    """How a deal stands in the order for a reader among these, and why in a sentence."""
    placed = next(one for one in placed_for(reader, deals, also=[deal.pk]) if one.offered.id == deal.pk)
    return placed, why(placed)


def _offered(row: dict[str, Any], vector: Vector | None) -> Offered:
    return Offered(
        id=row["id"],
        price=row["price"],
        first_seen_at=row["first_seen_at"],
        score=row["valuation__score"],
        low=row["valuation__low"],
        verdict=row["valuation__verdict"] or Verdict.CANNOT_SAY,
        traits=_traits(
            row["category"] or row["product__category"] or "", row["brand"] or row["product__brand"] or "", vector
        ),
    )


def _traits(category: str, brand: str, vector: Vector | None) -> Traits:
    return Traits(category.strip().lower(), brand.strip().lower(), vector)


def _kept(place: str) -> list[uuid.UUID] | None:
    try:
        found = cache.get(place)
    except (redis.RedisError, OSError):  # costs the even join of two pages, never a page
        return None
    return [uuid.UUID(text) for text in found] if isinstance(found, list) else None


def _keep(place: str, order: Sequence[uuid.UUID]) -> None:
    try:
        cache.set(place, [pk.hex for pk in order], _KEPT_SECONDS)
    except (redis.RedisError, OSError):
        return


def forgotten_since(reader: User) -> datetime | None:
    """When the reader last had the taste forgotten."""
    return TasteProfile.objects.filter(user=reader).values_list("forgotten_before", flat=True).first()
