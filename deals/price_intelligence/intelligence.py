"""All that is said of a price over time, in one record."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from deals.price_intelligence.claims import ClaimCheck, check_claim
from deals.price_intelligence.confidence import Confidence, confidence_of, confidence_words
from deals.price_intelligence.drops import NextDrop, next_drop_of
from deals.price_intelligence.outlook import Outlook, outlook_of
from deals.price_intelligence.seasonality import Seasonality, seasonality_of
from deals.price_intelligence.series import History
from deals.price_intelligence.trend import Trend, trend_of
from deals.price_intelligence.windows import Standing, Window, standing_of, windows_of


@dataclass(frozen=True, slots=True)
class PriceIntelligence:
    """What a history tells; a part is None where too little is known for it. `windows` holds those of 30, 90 and 365 days in which
    a price is known. `confidence` is low under 14 prices, and the last sentence of `sentences` says so."""

    currency: str
    price: Decimal | None
    points: int
    observed_days: float
    confidence: Confidence
    windows: tuple[Window, ...]
    standing: Standing | None
    trend: Trend | None
    seasonality: Seasonality | None
    next_drop: NextDrop | None
    outlook: Outlook | None
    claim: ClaimCheck | None
    sentences: tuple[str, ...]

    def window(self, days: int) -> Window | None:
        """The window of so many days; None where nothing is known in it."""
        return next((window for window in self.windows if window.days == days), None)


def study(
    history: History,
    claimed: Decimal | None = None,
    price: Decimal | None = None,
    worth_high: Decimal | None = None,
) -> PriceIntelligence:
    """Work out everything from a history; it may be empty. `claimed`, `price` and `worth_high` as for `check_claim`."""
    windows = windows_of(history)
    standing, trend = standing_of(history), trend_of(history)
    seasonality, next_drop = seasonality_of(history), next_drop_of(history)
    outlook, claim = outlook_of(history), check_claim(history, claimed, price, worth_high)
    parts = (*windows[:1], standing, trend, seasonality, next_drop, outlook, claim)
    sentences = [sentence for part in parts if part is not None for sentence in part.sentences]
    return PriceIntelligence(
        currency=history.currency,
        price=history.price if price is None else price,
        points=history.points,
        observed_days=history.observed_days,
        confidence=confidence_of(history),
        windows=windows,
        standing=standing,
        trend=trend,
        seasonality=seasonality,
        next_drop=next_drop,
        outlook=outlook,
        claim=claim,
        sentences=(*sentences, confidence_words(history)),
    )
