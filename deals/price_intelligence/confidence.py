"""How far what is said of a price can be relied on, by how much was seen of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from deals.price_intelligence.series import History

FEW_POINTS: Final = 14
_MANY_POINTS: Final = 30
_LONG: Final = 180.0  # days
_SHORT: Final = 30.0


class Confidence(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


def confidence_of(history: History) -> Confidence:
    """Low under 14 prices or 30 observed days; high from 30 prices over 180 observed days on."""
    if history.points < FEW_POINTS or history.observed_days < _SHORT:
        return Confidence.LOW
    if history.points >= _MANY_POINTS and history.observed_days >= _LONG:
        return Confidence.HIGH
    return Confidence.MEDIUM


def confidence_words(history: History) -> str:
    """The confidence in a sentence, with what was left out."""
    confidence, points = confidence_of(history), history.points
    if not points:
        words = "We have seen no price of it yet"
    elif points < FEW_POINTS:
        words = f"We have seen only {_count(points, 'price')}, so confidence is low and this is a guess"
    elif confidence == Confidence.LOW:
        words = (
            f"We have watched it for only {_count(max(1, round(history.observed_days)), 'day')}, so confidence is low"
        )
    else:
        words = f"This rests on {points} prices over {_count(round(history.observed_days), 'day')}; confidence is {confidence}"
    left_out = [
        f"{_count(count, 'price')} {why}"
        for count, why in (
            (history.odd, "too odd to believe"),
            (history.in_other_currencies, "in another currency"),
            (history.unusable, "that cannot be right"),
        )
        if count
    ]
    return f"{words}. Left out: {', '.join(left_out)}." if left_out else f"{words}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
