"""What lists say of a deal, written down at once: the framework takes longer over a page field by field than the database over a search."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone

from common.money import Money
from deals.models import Deal, DealMark
from deals.selectors import sentences_of

_AS_THEY_ARE = (
    "title", "url", "marketplace", "merchant", "brand", "category", "condition", "image_url", "location",
)  # fmt: skip
_TIMES = ("published_at", "first_seen_at", "last_seen_at", "price_changed_at", "expires_at")
_OF_DEAL: Final = (
    "id", *_AS_THEY_ARE, "price", "list_price", "shipping", "currency", "availability", "gtin", "mpn", "state", "is_sample", *_TIMES,
)  # fmt: skip
_OF_VALUATION: Final = (
    "currency", "worth", "low", "high", "discount", "discount_percent", "score", "verdict", "verdict_reasons", "verdict_words",
)  # fmt: skip
_OF_SOURCE: Final = ("name", "title")
COLUMNS: Final = (
    *_OF_DEAL,
    *(f"valuation__{name}" for name in _OF_VALUATION),
    *(f"source__{name}" for name in _OF_SOURCE),
)
"""What is read of a deal to show it in a list."""

Marks = Mapping[uuid.UUID, DealMark]
Row = Mapping[str, Any]


def shown_in_lists(deal: Deal, marks: Marks | None) -> dict[str, Any]:
    """What `DealSerializer` shows of a deal; `marks` are the caller's own, by deal, or None for a visitor."""
    row = {name: getattr(deal, name) for name in _OF_DEAL}
    row |= {f"valuation__{name}": getattr(deal.valuation, name, None) for name in _OF_VALUATION}
    row |= {f"source__{name}": getattr(deal.source, name, None) for name in _OF_SOURCE}
    return row_shown(row, marks)


def row_shown(row: Row, marks: Marks | None) -> dict[str, Any]:
    """The same of a deal that was read as `COLUMNS` alone."""
    zone, percent = timezone.get_current_timezone(), row["valuation__discount_percent"]
    currency, source = row["currency"], row["source__name"]
    return {
        "id": str(row["id"]),
        **{name: row[name] for name in _AS_THEY_ARE},
        **{name: _money(row[name], currency) for name in ("price", "list_price", "shipping")},
        **{name: row[name] for name in ("availability", "gtin", "mpn")},
        **{
            name: _money(row[f"valuation__{name}"], row["valuation__currency"])
            for name in ("worth", "low", "high", "discount")
        },
        "discount_percent": None if percent is None else float(percent),
        "score": row["valuation__score"],
        "verdict": row["valuation__verdict"],
        "verdict_reasons": sentences_of(row["valuation__verdict_words"], row["valuation__verdict_reasons"]),
        "state": row["state"],
        "is_sample": row["is_sample"],
        "source": None if source is None else {"name": source, "title": row["source__title"]},
        "mark": None if marks is None else mark_shown(marks.get(row["id"])),
        **{name: _time(row[name], zone) for name in _TIMES},
    }


def mark_shown(mark: DealMark | None) -> dict[str, bool]:
    return {"saved": bool(mark and mark.saved_at), "dismissed": bool(mark and mark.dismissed_at)}


def _money(amount: Decimal | None, currency: str) -> Any:
    return None if amount is None else Money(amount, currency).as_json()


def _time(moment: datetime | None, zone: tzinfo) -> str | None:
    """In the reader's zone, as the framework writes it."""
    if moment is None:
        return None
    text = moment.astimezone(zone).isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text
