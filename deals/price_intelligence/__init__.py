"""What a price over time tells: pure functions of prices, times and claims; no tables, no network, no clock.

`history_of` puts prices in order, `study` says all there is to say. The methods are in docs/price-intelligence.md.
"""

from __future__ import annotations

from deals.price_intelligence.claims import ClaimCheck, ClaimVerdict, check_claim
from deals.price_intelligence.confidence import FEW_POINTS, Confidence, confidence_of
from deals.price_intelligence.drops import Drop, NextDrop, drops_of, next_drop_of
from deals.price_intelligence.inflation import Inflation
from deals.price_intelligence.intelligence import PriceIntelligence, study
from deals.price_intelligence.outlook import Outlook, outlook_of
from deals.price_intelligence.seasonality import MonthEffect, Seasonality, seasonality_of
from deals.price_intelligence.series import Gap, History, Seen, Step, cheapest_of, history_of
from deals.price_intelligence.trend import Direction, Trend, trend_of
from deals.price_intelligence.windows import Standing, Window, standing_of, window_of, windows_of

__all__ = [
    "FEW_POINTS",
    "ClaimCheck",
    "ClaimVerdict",
    "Confidence",
    "Direction",
    "Drop",
    "Gap",
    "History",
    "Inflation",
    "MonthEffect",
    "NextDrop",
    "Outlook",
    "PriceIntelligence",
    "Seasonality",
    "Seen",
    "Standing",
    "Step",
    "Trend",
    "Window",
    "cheapest_of",
    "check_claim",
    "confidence_of",
    "drops_of",
    "history_of",
    "next_drop_of",
    "outlook_of",
    "seasonality_of",
    "standing_of",
    "study",
    "trend_of",
    "window_of",
    "windows_of",
]
