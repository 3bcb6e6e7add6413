"""Where the price may be a month from now: lower, about the same, or higher.

Counted, not derived: of the PC parts in the measured set that stood so far from their usual price and had moved so in the
month before, such shares were more than 2 % lower or higher a month later (docs/measurements.md says how well that does on
parts it was not counted on). Prices come back to their middle, and those that do not move mostly go on not moving.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from deals.price_intelligence.series import DAY, History
from deals.price_intelligence.windows import window_of

Move = Literal["down", "none", "up"]

SAME: Final = 0.02
"""Less than this part of the price is no change."""
BOUNDS: Final = (0.92, 0.98, 1.02, 1.08)
"""Between which shares of its usual price (the median of a year) the cells of `COUNTED` lie."""
COUNTED: Final[dict[Move, tuple[tuple[float, float], ...]]] = {
    "down": ((0.21, 0.47), (0.27, 0.33), (0.26, 0.28), (0.36, 0.31), (0.34, 0.34)),
    "none": ((0.19, 0.28), (0.23, 0.23), (0.13, 0.08), (0.31, 0.14), (0.30, 0.14)),
    "up": ((0.38, 0.35), (0.39, 0.27), (0.34, 0.15), (0.40, 0.21), (0.48, 0.19)),
}
"""By the move of the month before: for each cell from the cheapest on, the shares that were lower and higher a month later."""
_MONTH: Final = 30 * DAY
_LEAST_DAYS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """The chances, 0 to 1, that the price is more than 2 % lower or higher a month from now. `likeliest` is the largest of the three."""

    lower: float
    higher: float
    likeliest: Move
    sentences: tuple[str, ...]

    @property
    def same(self) -> float:
        return 1 - self.lower - self.higher


def state_of(history: History) -> tuple[Move, int] | None:
    """The move of the month before and the cell of `BOUNDS`; None with less than 30 days or without a price of a month ago."""
    year, price = window_of(history, 365), history.price
    if price is None or year is None or history.span_days < _LEAST_DAYS:
        return None
    earlier = [step for step in history.steps if step.start <= history.now - _MONTH + timedelta(days=15)][-1:]
    if not earlier:
        return None
    return move_between(float(earlier[0].price), float(price)), bisect_right(BOUNDS, float(price / year.median))


def move_between(before: float, after: float) -> Move:
    """What a change of price counts as."""
    if after < before * (1 - SAME):
        return "down"
    return "up" if after > before * (1 + SAME) else "none"


def outlook_of(history: History) -> Outlook | None:
    """The chances of the next month; None where there is less than a month to go by."""
    state = state_of(history)
    if state is None:
        return None
    move, cell = state
    lower, higher = COUNTED[move][cell]
    same = 1 - lower - higher
    likeliest: Move = "none" if same >= max(lower, higher) else "down" if lower >= higher else "up"
    return Outlook(lower, higher, likeliest, (_words(lower, higher),))


def _words(lower: float, higher: float) -> str:
    return (
        f"Of things whose price stood and moved like this, {_percent(lower)} were cheaper a month later "
        f"and {_percent(higher)} dearer."
    )


def _percent(share: float) -> str:
    return f"{round(100 * share)} %"
