"""Histories for tests, written as days before now and prices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from deals.price_intelligence import History, Seen, history_of

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def seen(*rows: tuple[Any, ...], currency: str = "USD") -> list[Seen]:
    """Rows of days ago, price and, where there is one, claimed price."""
    return [Seen(ago(row[0]), Decimal(row[1]), currency, Decimal(row[2]) if len(row) > 2 else None) for row in rows]


def history(*rows: tuple[Any, ...], **more: Any) -> History:
    return history_of(seen(*rows), "USD", NOW, **more)
