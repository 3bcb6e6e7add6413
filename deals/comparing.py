"""Two to four deals side by side: what is said of each, where they differ, and which is best in each respect."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, F, Max, Min
from django.utils import timezone

from common.money import Money
from common.templatetags.show import short_money, time_words
from deals.life import why_over
from deals.models import Deal, PricePoint, Verdict
from deals.selectors import in_dollars
from deals.specs import specs_of

FEWEST, MOST = 2, 4
NOTHING: Final = "–"
ALONE: Final = "One deal alone has nothing beside it. Choose another one."
_FEWEST_PRICES: Final = 3
_VERDICTS: Final = {Verdict.BUY_NOW: 3, Verdict.GOOD: 2, Verdict.FAIR: 1}


@dataclass(frozen=True, slots=True)
class Cell:
    """What one deal says in a row. `is_best` where it is better than others in this respect, with the word for it in the row."""

    text: str
    is_best: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One respect, with a cell a deal. `best` says what the best one is called, empty where none is better than another."""

    name: str
    cells: tuple[Cell, ...]
    best: str = ""

    @property
    def differs(self) -> bool:
        return len({cell.text for cell in self.cells}) > 1


@dataclass(frozen=True, slots=True)
class History:
    """The prices seen of a deal in its present currency."""

    lowest: Decimal
    highest: Decimal
    count: int
    since: datetime


class NotComparable(Exception):
    """These cannot be set side by side; the message says why, as a sentence."""


def read_ids(text: str) -> list[uuid.UUID]:
    """Read identifiers that are separated by commas, each once, in their order.

    Raises `NotComparable` where there is none, or more than four. One alone is read, as it always was in this version of the API.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    try:
        ids = list(dict.fromkeys(uuid.UUID(part) for part in parts))
    except ValueError as error:
        raise NotComparable("These are not identifiers of deals, separated by commas.") from error
    if not ids:
        raise NotComparable("Name two to four deals by their identifiers, separated by commas.")
    if len(ids) > MOST:
        raise NotComparable(f"At most four deals stand side by side, and these are {len(ids)}.")
    return ids


def rows_of(deals: Sequence[Deal]) -> list[Row]:
    """What deals say in each respect that at least one of them says something about; one query. Their valuations are loaded."""
    history = _histories(deals)
    dollars = [in_dollars(Money(deal.price, deal.currency)) for deal in deals]
    rows = [
        _row("Price", [_money(deal.price, deal) for deal in deals], dollars, "Lowest", lowest=True),
        _row("Worth", [_worth(deal) for deal in deals]),
        _row("Below its worth", [_discount(deal) for deal in deals], [_percent(deal) for deal in deals], "Most"),
        _row("Verdict", [_verdict(deal) for deal in deals], [_verdict_rank(deal) for deal in deals], "Best"),
        _row("Score", [_score_text(deal) for deal in deals], [_score(deal) for deal in deals], "Highest"),
        _row("Condition", [str(deal.get_condition_display()) for deal in deals]),
        _row("Place", [deal.merchant or deal.marketplace for deal in deals]),
        _row("Location", [deal.location or NOTHING for deal in deals]),
        _row("Shipping", [_shipping(deal) for deal in deals]),
        _row(
            "Prices seen",
            [_history_text(deal, history.get(deal.pk)) for deal in deals],
            [_above_lowest(deal, history.get(deal.pk)) for deal in deals],
            "Nearest its lowest",
            lowest=True,
        ),
        _row("Last seen", [time_words(deal.last_seen_at) for deal in deals]),
        _row("Still there", [why_over(deal, timezone.now()) or "Yes" for deal in deals]),
        *_spec_rows(deals),
    ]
    return [row for row in rows if any(cell.text != NOTHING for cell in row.cells)]


def _row(name: str, texts: Sequence[str], values: Sequence[Any] = (), best: str = "", *, lowest: bool = False) -> Row:
    """A row; of its values, None where nothing can be said, the best are marked where they are not all equal."""
    known = [value for value in values if value is not None]
    if len(set(known)) < 2:
        return Row(name, tuple(map(Cell, texts)))
    wanted = min(known) if lowest else max(known)
    return Row(name, tuple(Cell(text, value == wanted) for text, value in zip(texts, values, strict=True)), best)


def _spec_rows(deals: Sequence[Deal]) -> list[Row]:
    """Brand, part number and what the words say; what differs comes first."""
    said = [{"Brand": deal.brand, "Part number": deal.mpn} | specs_of(deal.title, deal.description) for deal in deals]
    names = dict.fromkeys(name for each in said for name in each)
    rows = [_row(name, [each.get(name) or NOTHING for each in said]) for name in names]
    return sorted(rows, key=lambda row: not row.differs)


def _histories(deals: Sequence[Deal]) -> dict[uuid.UUID, History]:
    seen = PricePoint.objects.filter(deal__in=[deal.pk for deal in deals], currency=F("deal__currency")).order_by()
    rows = seen.values_list("deal").annotate(Min("price"), Max("price"), Count("pk"), Min("observed_at"))
    return {deal_id: History(*rest) for deal_id, *rest in rows}


def _money(amount: Decimal, deal: Deal) -> str:
    shown = short_money(amount, deal.currency)
    if deal.currency == "USD":
        return shown
    return f"{shown} (about {short_money(in_dollars(Money(amount, deal.currency)), 'USD', rough=True)})"


def _worth(deal: Deal) -> str:
    valuation = deal.valuation
    if valuation is None or valuation.worth is None:
        return NOTHING
    worth = short_money(valuation.worth, deal.currency, rough=True)
    if valuation.low is None or valuation.high is None:
        return worth
    low, high = (short_money(bound, deal.currency, rough=True) for bound in (valuation.low, valuation.high))
    return f"{worth} ({low}–{high})"


def _percent(deal: Deal) -> Decimal | None:
    percent = deal.valuation.discount_percent if deal.valuation else None
    return percent if percent is not None and percent > 0 else None


def _discount(deal: Deal) -> str:
    percent, valuation = _percent(deal), deal.valuation
    if valuation is None or valuation.discount is None:
        return NOTHING
    if percent is None:
        return "No"
    return f"{short_money(valuation.discount, deal.currency, rough=True)}, {percent:.0f} %"


def _verdict(deal: Deal) -> str:
    return str(Verdict(deal.valuation.verdict).label) if deal.valuation else NOTHING


def _verdict_rank(deal: Deal) -> int | None:
    return _VERDICTS.get(Verdict(deal.valuation.verdict)) if deal.valuation else None


def _score(deal: Deal) -> int | None:
    return deal.valuation.score if deal.valuation else None


def _score_text(deal: Deal) -> str:
    score = _score(deal)
    return NOTHING if score is None else f"{score} of 100"


def _shipping(deal: Deal) -> str:
    if deal.shipping is None:
        return NOTHING
    return short_money(deal.shipping, deal.currency) if deal.shipping else "Free"


def _above_lowest(deal: Deal, history: History | None) -> Decimal | None:
    if history is None or history.count < _FEWEST_PRICES or not history.lowest:
        return None
    return deal.price / history.lowest


def _history_text(deal: Deal, history: History | None) -> str:
    if history is None:
        return NOTHING
    if history.count == 1:
        return f"One, {time_words(history.since)}"
    lowest, highest = (short_money(amount, deal.currency) for amount in (history.lowest, history.highest))
    return f"{history.count} since {time_words(history.since)}, {lowest} to {highest}"
