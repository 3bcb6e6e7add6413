"""What a search found, read a page at a time."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Final, overload

from django.db.models import Count, QuerySet, Window

from accounts.models import User
from deals.models import Deal, SearchDocument
from deals.selectors import deals_for

_FIRST: Final = 100


class Rows:
    """What was found, a page at a time, as these columns alone, which takes less than half as long as making objects of it."""

    def __init__(self, deals: Hits | Listed, columns: Sequence[str], reader: User | None) -> None:
        self._deals, self._columns, self._reader = deals, columns, reader

    def __len__(self) -> int:
        return len(self._deals)

    def __getitem__(self, page: slice) -> list[dict[str, Any]]:
        wanted = self._deals.ids_of(page)
        there = deals_for(self._reader).filter(pk__in=wanted).order_by()
        found = {row["id"]: row for row in there.values(*self._columns)}
        return [found[deal_id] for deal_id in wanted if deal_id in found]


class Hits(Sequence[Deal]):
    """Deals in the order of their ids. One that is gone meanwhile is left out of its page."""

    def __init__(self, ids: Sequence[uuid.UUID], reader: User | None) -> None:
        self.ids = ids
        self._reader = reader

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Deal]:
        return iter(self[:])

    @overload
    def __getitem__(self, index: int) -> Deal: ...
    @overload
    def __getitem__(self, index: slice) -> list[Deal]: ...
    def __getitem__(self, index: int | slice) -> Deal | list[Deal]:
        wanted = self.ids_of(index) if isinstance(index, slice) else [self.ids[index]]
        found = {deal.pk: deal for deal in deals_for(self._reader).filter(pk__in=wanted)}
        there = [found[deal_id] for deal_id in wanted if deal_id in found]
        return there if isinstance(index, slice) else there[0]

    def ids_of(self, page: slice) -> Sequence[uuid.UUID]:
        return self.ids[page]


class Listed(Sequence[Deal]):
    """Deals in the order of a query. Finding them is what takes long, so whoever wants their number gets the first hundred by the same
    question, and a page is read by its ids: in an order, many short rows cost less than as many long ones."""

    def __init__(self, deals: QuerySet[SearchDocument], reader: User | None) -> None:
        self._deals = deals
        self._reader = reader

    def __len__(self) -> int:
        return self._first[1]

    def __iter__(self) -> Iterator[Deal]:
        return iter(self[:])

    @overload
    def __getitem__(self, index: int) -> Deal: ...
    @overload
    def __getitem__(self, index: slice) -> list[Deal]: ...
    def __getitem__(self, index: int | slice) -> Deal | list[Deal]:
        if isinstance(index, int):
            return self[index : index + 1][0]
        return Hits(self.ids_of(index), self._reader)[:]

    def ids_of(self, page: slice) -> Sequence[uuid.UUID]:
        if "_first" in self.__dict__:
            ids, number = self._first
            if number <= _FIRST or (page.stop is not None and page.stop <= _FIRST):
                return ids[page]
        return list(self._deals.values_list("pk", flat=True)[page])

    @cached_property
    def _first(self) -> tuple[list[uuid.UUID], int]:
        rows = list(self._deals.annotate(number=Window(Count("*"))).values_list("pk", "number")[:_FIRST])
        return [pk for pk, _ in rows], rows[0][1] if rows else 0
