"""The chart of a price over time: steps with their gaps, the band of the worth, the claimed price, and what happened.

Only straight lines and boxes, on percentages across and pixels down, so that it fits any width unstretched. What is drawn
stands in a table too, from which the slider reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from common.templatetags.show import short_money
from deals.models import Valuation
from deals.price_intelligence import History, Step
from deals.web.worth_bar import percent, round_up

HEIGHT: Final = 176
_TOP: Final = 22
_MOST_TIMES: Final = Decimal(
    "2.5"
)  # what lies higher above the prices than this is cut off, so that the prices can be told apart


@dataclass(frozen=True, slots=True)
class Line:
    """One straight line; x in percent, y in pixels."""

    x1: str
    y1: str
    x2: str
    y2: str


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the band of the worth."""

    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, at its place."""

    x: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table behind the chart; `x` and `y` are where it stands on it, None for what has no price."""

    at: datetime
    words: str
    price: str
    claimed: str
    x: str
    y: str | None


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn, from the first price seen until now. `cut` says that the claim or the worth lies above what is drawn."""

    lines: list[Line]
    gaps: list[Line]
    dots: list[tuple[str, str]]
    band: list[Box]
    claims: list[Line]
    marks: list[Mark]
    grid: list[tuple[str, str]]
    rows: list[Row]
    first: datetime
    description: str
    cut: bool

    @property
    def last_row(self) -> int:
        """The number of the last line, where the slider begins."""
        return len(self.rows) - 1


@dataclass(frozen=True, slots=True)
class Happening:
    """A change of state at a time, in words."""

    at: datetime
    words: str


def chart_of(
    history: History, valuations: Iterable[Valuation] = (), happenings: Sequence[Happening] = ()
) -> Chart | None:
    """The chart of a history that lasted; None without prices. Valuations in other currencies are left out."""
    if not history.steps or history.span_days <= 0:
        return None
    worths = sorted(
        (each for each in valuations if each.low is not None and each.currency == history.currency),
        key=lambda each: each.created_at,
    )
    scale = _Scale(history, worths)
    prices = [step.price for step in history.steps]
    low, high = (short_money(amount, history.currency) for amount in (min(prices), max(prices)))
    return Chart(
        lines=_price_lines(history.steps, scale),
        gaps=_gap_lines(history.steps, scale),
        dots=[(scale.x(step.start), scale.y(step.price)) for step in _changes(history.steps)],
        band=_band(worths, scale),
        claims=[
            Line(scale.x(step.start), scale.y(step.claimed), scale.x(step.end), scale.y(step.claimed))
            for step in history.steps
            if step.claimed is not None and step.claimed > step.price
        ],
        marks=[Mark(scale.x(each.at), each.words) for each in happenings if each.at >= history.steps[0].start],
        grid=[
            (scale.y(amount), short_money(amount, history.currency))
            for amount in (Decimal(0), scale.top / 2, scale.top)
        ],
        rows=_rows(history, happenings, scale),
        first=history.steps[0].start,
        description=(
            f"{len(_changes(history.steps))} prices over {_days(history.span_days)}: lowest {low}, highest "
            f"{high}, newest {short_money(prices[-1], history.currency)}."
        ),
        cut=scale.is_cut,
    )


class _Scale:
    """Where a time and an amount stand."""

    def __init__(self, history: History, worths: Sequence[Valuation]) -> None:
        highest = max(step.price for step in history.steps)
        others = [step.claimed for step in history.steps if step.claimed is not None]
        others += [each.high for each in worths if each.high is not None]
        wanted = max([highest, *others])
        self.is_cut = wanted > highest * _MOST_TIMES
        self.top = round_up(min(wanted, highest * _MOST_TIMES))
        self.start, self.now = history.steps[0].start, history.now

    def x(self, moment: datetime) -> str:
        return percent(self.place(moment))

    def place(self, moment: datetime) -> float:
        return max(0.0, min((moment - self.start) / (self.now - self.start), 1.0)) * 100

    def y(self, amount: Decimal) -> str:
        return f"{self.height(amount):.1f}"

    def height(self, amount: Decimal) -> float:
        return HEIGHT - float(min(amount, self.top) / self.top) * (HEIGHT - _TOP)


def _days(span: float) -> str:
    days = max(1, round(span))
    return "1 day" if days == 1 else f"{days} days"


def _changes(steps: Sequence[Step]) -> list[Step]:
    """The first step of each price."""
    return [*steps[:1], *(after for before, after in pairwise(steps) if after.price != before.price)]


def _price_lines(steps: Sequence[Step], scale: _Scale) -> list[Line]:
    lines = [Line(scale.x(step.start), scale.y(step.price), scale.x(step.end), scale.y(step.price)) for step in steps]
    lines += [
        Line(scale.x(after.start), scale.y(before.price), scale.x(after.start), scale.y(after.price))
        for before, after in pairwise(steps)
        if before.end == after.start and before.price != after.price
    ]
    return lines


def _gap_lines(steps: Sequence[Step], scale: _Scale) -> list[Line]:
    """From where a price was last known to where the next one was seen."""
    return [
        Line(scale.x(before.end), scale.y(before.price), scale.x(after.start), scale.y(after.price))
        for before, after in pairwise(steps)
        if after.start - before.end > timedelta(hours=1)
    ]


def _band(worths: Sequence[Valuation], scale: _Scale) -> list[Box]:
    """The interval of the worth, from each valuation until the next one."""
    boxes = []
    ends = [*(each.created_at for each in worths[1:]), scale.now]
    for each, end in zip(worths, ends, strict=False):
        if each.low is None or each.high is None or end < scale.start:
            continue
        left, right = scale.place(each.created_at), scale.place(end)
        top, bottom = scale.height(each.high), scale.height(each.low)
        boxes.append(Box(percent(left), f"{top:.1f}", percent(max(right - left, 0.3)), f"{max(bottom - top, 1):.1f}"))
    return boxes


def _rows(history: History, happenings: Sequence[Happening], scale: _Scale) -> list[Row]:
    rows = []
    for before, step in pairwise([None, *history.steps]):
        if step is None or (before is not None and (before.price, before.claimed) == (step.price, step.claimed)):
            continue
        claimed = step.claimed if step.claimed is not None and step.claimed > step.price else None
        rows.append(
            Row(
                step.start,
                "Seen",
                short_money(step.price, history.currency),
                "" if claimed is None else short_money(claimed, history.currency),
                scale.x(step.start),
                scale.y(step.price),
            )
        )
    rows += [
        Row(each.at, each.words, "", "", scale.x(each.at), None)
        for each in happenings
        if each.at >= history.steps[0].start
    ]
    return sorted(rows, key=lambda row: row.at)
