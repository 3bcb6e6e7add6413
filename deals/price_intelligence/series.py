"""A price over time, as far as it was seen: which price held from when to when, where nothing is known, and what is too odd to believe.

A price is kept when it changes, so it holds until the next one, or until it was last seen. In a series that is sampled now and
then (`longest_hold`) it is believed for so long only. What lies between is a gap: it counts for nothing and is not filled in.
"""

from __future__ import annotations

import statistics
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

DAY: Final = timedelta(days=1)
ODD_FACTOR: Final = 3
"""So many times the prices around it, or as small a part of them, is odd."""
ODD_FOR_AT_MOST: Final = timedelta(days=7)
_AROUND: Final = 3  # so many prices before and after say what is usual


@dataclass(frozen=True, slots=True)
class Seen:
    """A price seen at an aware time; `claimed` is the "was" price beside it, where there was one."""

    at: datetime
    price: Decimal
    currency: str
    claimed: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which it was not offered."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """A price that held from `start` until `end`, which may be the same moment."""

    start: datetime
    end: datetime
    price: Decimal
    claimed: Decimal | None = None

    @property
    def days(self) -> float:
        return (self.end - self.start) / DAY


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a price in one currency until `now`: steps, oldest first, that do not overlap.

    `points` is how many prices were seen and believed; `odd`, `in_other_currencies` and `unusable` (nothing or less, or of the
    future) how many were left out.
    """

    currency: str
    now: datetime
    steps: tuple[Step, ...]
    points: int
    odd: int = 0
    in_other_currencies: int = 0
    unusable: int = 0

    @property
    def price(self) -> Decimal | None:
        """The newest price; None where none was seen."""
        return self.steps[-1].price if self.steps else None

    @property
    def is_current(self) -> bool:
        """Whether the newest price still held within the last day."""
        return bool(self.steps) and self.now - self.steps[-1].end <= DAY

    @property
    def observed_days(self) -> float:
        """On how many days, in sum, the price is known."""
        return sum(step.days for step in self.steps)

    @property
    def span_days(self) -> float:
        """From the first price seen until now."""
        return (self.now - self.steps[0].start) / DAY if self.steps else 0.0

    def between(self, start: datetime, end: datetime) -> list[Step]:
        """The steps within a time, cut to it; a step that ends where the time begins has no part in it."""
        first = bisect_left(self.steps, start, key=lambda step: step.end)
        behind = bisect_right(self.steps, end, key=lambda step: step.start)
        return [
            replace(step, start=max(step.start, start), end=min(step.end, end))
            for step in self.steps[first:behind]
            if step.end > start or step.start >= start
        ]

    def runs(self) -> list[Step]:
        """The steps with those of the same price joined, over gaps too; `claimed` is that of the last."""
        runs: list[Step] = []
        for step in self.steps:
            if runs and runs[-1].price == step.price:
                runs[-1] = replace(runs[-1], end=step.end, claimed=step.claimed)
            else:
                runs.append(step)
        return runs


def history_of(
    seen: Iterable[Seen],
    currency: str,
    now: datetime,
    *,
    seen_until: datetime | None = None,
    gaps: Sequence[Gap] = (),
    longest_hold: timedelta | None = None,
) -> History:
    """Put prices in order. Of several at one moment the last given counts. `seen_until` is when the newest price was last there;
    until now where it is not given. Times are aware."""
    until = min(now, seen_until) if seen_until is not None else now
    given = list(seen)
    own = [one for one in given if one.currency == currency]
    fit = {one.at: one for one in own if one.price > 0 and one.at <= now}
    ordered = [fit[at] for at in sorted(fit)]
    ends = [*(one.at for one in ordered[1:]), max(until, ordered[-1].at)] if ordered else []
    steps = []
    for one, end in zip(ordered, ends, strict=True):
        held = end if longest_hold is None else min(end, one.at + longest_hold)
        steps += _without(Step(one.at, held, one.price, one.claimed), gaps)
    odd = _odd(steps, sampled=longest_hold is not None)
    return History(
        currency=currency,
        now=now,
        steps=tuple(step for step in steps if step not in odd),
        points=len({step.start for step in steps if step.start in fit and step not in odd}),
        odd=len({step.start for step in odd}),
        in_other_currencies=len(given) - len(own),
        unusable=sum(one.price <= 0 or one.at > now for one in own),
    )


def cheapest_of(histories: Sequence[History]) -> History:
    """The lowest price at each time over several offers of one thing, in the currency of the first; others are counted as left out.

    Claims are each seller's own and have no place in it. An offer that is over counts as long as it was there.
    """
    first = histories[0]
    own = [history for history in histories if history.currency == first.currency]
    every = sorted(
        ((step.start, step.end, step.price) for history in own for step in history.steps), key=lambda step: step[0]
    )
    times = sorted({moment for start, end, _ in every for moment in (start, end)})
    steps: list[Step] = []
    live: list[tuple[datetime, datetime, Decimal]] = []
    upcoming = iter(every)
    following = next(upcoming, None)
    for start, following_time in [*pairwise(times), *((moment, moment) for moment in times[-1:])]:
        while following is not None and following[0] <= start:
            live.append(following)
            following = next(upcoming, None)
        lasting = [step for step in live if step[1] > start]
        # A price that was there for no time at all counts where there is no other, and for that moment only.
        shown = lasting or [step for step in live if step[0] == start]
        live = lasting
        if not shown:
            continue
        end = following_time if lasting else start
        price = min(step[2] for step in shown)
        if steps and steps[-1].end == start and steps[-1].price == price:
            steps[-1] = replace(steps[-1], end=end)
        else:
            steps.append(Step(start, end, price))
    return History(
        currency=first.currency,
        now=first.now,
        steps=tuple(steps),
        points=sum(history.points for history in own),
        odd=sum(history.odd for history in own),
        in_other_currencies=sum(history.in_other_currencies for history in own)
        + sum(history.points for history in histories if history.currency != first.currency),
        unusable=sum(history.unusable for history in own),
    )


def _without(step: Step, gaps: Sequence[Gap]) -> list[Step]:
    """What is left of a step beside the gaps; nothing of it may be left."""
    left = [step]
    for gap in gaps:
        if gap.end <= gap.start:
            continue
        cut: list[Step] = []
        for one in left:
            if gap.end <= one.start or gap.start >= one.end:
                cut.append(one)
                continue
            if one.start < gap.start:
                cut.append(replace(one, end=gap.start))
            if one.end > gap.end:
                cut.append(replace(one, start=gap.end))
        left = cut
    return left


def _odd(steps: Sequence[Step], *, sampled: bool) -> set[Step]:
    """Steps whose price is three times those around it, or a third, and is soon gone: slips of a source, not offers.

    A filter after Hampel on the median of the three prices before and the three after, with a fixed factor, because the spread
    of six prices is no measure. The first and the newest price have nothing on one side and stay. Of a price that is
    sampled nobody knows how long it lasted, so one sample may be odd.
    """
    runs: list[list[Step]] = []
    for step in steps:
        if runs and runs[-1][-1].price == step.price:
            runs[-1].append(step)
        else:
            runs.append([step])
    odd: set[Step] = set()
    for index in range(1, len(runs) - 1):
        run = runs[index]
        brief = run[-1].end - run[0].start <= ODD_FOR_AT_MOST or (sampled and len(run) == 1)
        around = [*runs[max(0, index - _AROUND) : index], *runs[index + 1 : index + 1 + _AROUND]]
        usual = statistics.median(each[0].price for each in around)
        if brief and (run[0].price > ODD_FACTOR * usual or run[0].price * ODD_FACTOR < usual):
            odd.update(run)
    return odd
