"""How many deals a long list has. Counting a quarter of a million takes longer than reading a page of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final, overload

from django.core.cache import cache
from django.db.models import QuerySet
from redis.exceptions import RedisError

from accounts.models import User
from deals.models import Deal

MANY: Final = 10_000
"""From so many on, a list's number is the one of the last half minute; a shorter list is counted each time."""
_KEPT_SECONDS: Final = 30


def number_of(deals: QuerySet[Deal], reader: User | None, what: str) -> int:
    """Count deals, or return what was counted for this reader and the same `what` (a list with its filters) a moment ago."""
    who = reader.pk if reader else ""
    key = f"deals:number:{hashlib.sha256(f'{who} {what}'.encode()).hexdigest()[:32]}"
    try:
        known: int | None = cache.get(key)
        if known is not None:
            return known
        number = deals.count()
        if number >= MANY:
            cache.set(key, number, _KEPT_SECONDS)
    except (RedisError, OSError):
        return deals.count()
    return number


class Counted(Sequence[Deal]):
    """The deals of a query, whose number is told by `number_of`."""

    def __init__(self, deals: QuerySet[Deal], reader: User | None, what: str) -> None:
        self._deals, self._reader, self._what = deals, reader, what

    def __len__(self) -> int:
        return number_of(self._deals, self._reader, self._what)

    @overload
    def __getitem__(self, place: int) -> Deal: ...
    @overload
    def __getitem__(self, place: slice) -> list[Deal]: ...
    def __getitem__(self, place: int | slice) -> Deal | list[Deal]:
        return list(self._deals[place]) if isinstance(place, slice) else self._deals[place]
