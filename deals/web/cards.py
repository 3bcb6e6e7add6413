"""Lists of deals: a page of them with the reader's marks, the common scale of their bars, and where the next page is."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from deals.life import why_over
from deals.models import Deal, DealMark, Verdict
from deals.ranked_lists import RankedDeals
from deals.search.hits import Hits, Listed
from deals.selectors import cheaper_before, marks_of
from deals.web.worth_bar import scale_of

PAGE = 20


def reader_of(request: HttpRequest) -> User | None:
    """The signed-in user, or None for a visitor."""
    return request.user if isinstance(request.user, User) else None


@dataclass(frozen=True, slots=True)
class Card:
    """One deal as its reader sees it. `marked` is its name as HTML with what a search was met by marked, empty without a search."""

    deal: Deal
    mark: DealMark | None
    is_new: bool
    is_changed: bool
    cheaper_at: datetime | None = None
    marked: str = ""
    why: str = ""
    """Why its reader's taste moved it up, in a sentence; empty where it did not."""

    @property
    def is_saved(self) -> bool:
        return self.mark is not None and self.mark.saved_at is not None

    @property
    def is_sent(self) -> bool:
        """Whether a person sent it. Lists load the source with the deal."""
        source = self.deal.source
        return source is not None and source.kind == "submitted"

    @property
    def over(self) -> str:
        """Why the deal cannot be had any more, in a word; empty while it can."""
        return why_over(self.deal, timezone.now())


def wants_part(request: HttpRequest) -> bool:
    """True when htmx asks for a part of the page; False when it restores the whole page for the way back."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


@dataclass(frozen=True, slots=True)
class CardPage:
    """Up to 20 cards. `scale` is the width of every bar in US dollars; `next` is the number of the next page, or None."""

    cards: list[Card] = field(default_factory=list)
    scale: Decimal = Decimal(1)
    number: int = 1
    next: int | None = None


def cards_of(
    deals: Sequence[Deal],
    reader: User | None,
    seen_at: datetime | None = None,
    *,
    marks: Mapping[uuid.UUID, DealMark] | None = None,
) -> list[Card]:
    """Cards with the reader's marks, and when a deal to wait for was cheaper; a query each.

    `seen_at` is the reader's last visit, for what is new or changed since. `marks` are the reader's where they are known already.
    """
    if marks is None:
        marks = marks_of(reader, [deal.pk for deal in deals])
    waiting = [deal for deal in deals if deal.valuation and deal.valuation.verdict == Verdict.WAIT]
    cheaper = cheaper_before(waiting) if waiting else {}
    return [_card(deal, marks.get(deal.pk), seen_at, cheaper.get(deal.pk)) for deal in deals]


def _card(deal: Deal, mark: DealMark | None, seen_at: datetime | None, cheaper_at: datetime | None) -> Card:
    is_new = seen_at is not None and deal.first_seen_at > seen_at
    changed = seen_at is not None and deal.price_changed_at is not None and deal.price_changed_at > seen_at
    return Card(deal, mark, is_new, changed and not is_new, cheaper_at)


def card_page(
    request: HttpRequest, deals: QuerySet[Deal] | Hits | Listed | RankedDeals, seen_at: datetime | None = None
) -> CardPage:
    """The page that `?page=` asks for, on the scale that `?scale=` carries over from the first page."""
    number = page_number(request)
    start = (number - 1) * PAGE
    rows = list(deals[start : start + PAGE + 1])
    shown = rows[:PAGE]
    scale = carried_scale(request) or scale_of(shown)
    cards = cards_of(shown, reader_of(request), seen_at)
    if isinstance(deals, RankedDeals):
        cards = [replace(card, why=deals.reasons.get(card.deal.pk, "")) for card in cards]
    return CardPage(cards, scale, number, number + 1 if len(rows) > PAGE else None)


def carried_scale(request: HttpRequest) -> Decimal | None:
    """The scale of the list that these cards will join, or None."""
    try:
        scale = Decimal(request.GET.get("scale", ""))
    except InvalidOperation:
        return None
    return scale if scale.is_finite() and Decimal("0.01") <= scale <= Decimal(10) ** 12 else None


def page_number(request: HttpRequest) -> int:
    """The page that `?page=` asks for; the first where that is no number of one."""
    text = request.GET.get("page", "")
    return min(max(int(text), 1), 500) if text.isascii() and text.isdigit() and len(text) < 6 else 1
