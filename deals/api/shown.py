"""What lists say of a deal, written down at once: the framework takes longer over a page field by field than the database over a search."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from django.utils import timezone

from common.money import Money
from deals.models import Deal, DealMark
from deals.selectors import verdict_sentences

_AS_THEY_ARE = (
    "title", "url", "marketplace", "merchant", "brand", "category", "condition", "image_url", "location",
)  # fmt: skip
_TIMES = ("published_at", "first_seen_at", "last_seen_at", "price_changed_at", "expires_at")


def shown_in_lists(deal: Deal, marks: Mapping[uuid.UUID, DealMark] | None) -> dict[str, Any]:
    """What `DealSerializer` shows of a deal; `marks` are the caller's own, by deal, or None for a visitor."""
    valuation, source, zone = deal.valuation, deal.source, timezone.get_current_timezone()
    percent = valuation.discount_percent if valuation else None
    return {
        "id": str(deal.pk),
        **{name: getattr(deal, name) for name in _AS_THEY_ARE},
        "price": _money(deal.price, deal.currency),
        "list_price": _money(deal.list_price, deal.currency),
        "shipping": _money(deal.shipping, deal.currency),
        **{name: getattr(deal, name) for name in ("availability", "gtin", "mpn")},
        **{name: _of_valuation(deal, name) for name in ("worth", "low", "high", "discount")},
        "discount_percent": None if percent is None else float(percent),
        "score": valuation.score if valuation else None,
        "verdict": valuation.verdict if valuation else None,
        "verdict_reasons": verdict_sentences(valuation),
        "state": deal.state,
        "is_sample": deal.is_sample,
        "source": None if source is None else {"name": source.name, "title": source.title},
        "mark": None if marks is None else mark_shown(marks.get(deal.pk)),
        **{name: _time(getattr(deal, name), zone) for name in _TIMES},
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


def _of_valuation(deal: Deal, name: str) -> Any:
    amount = getattr(deal.valuation, name) if deal.valuation else None
    return None if amount is None or deal.valuation is None else Money(amount, deal.valuation.currency).as_json()
