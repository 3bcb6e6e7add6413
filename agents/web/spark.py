"""The small chart of a source: a bar for each scan, as high as it gave entries, filled as far as they could be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from common.templatetags.show import time_words
from deals.models import Fetch, FetchOutcome

HEIGHT: Final = 64
_GAP: Final = 0.25
_LEAST: Final = 1.5


@dataclass(frozen=True, slots=True)
class Bar:
    """One scan; x and width in percent, y and heights in pixels from the top. A failed one has `failed` and no heights."""

    x: str
    width: str
    y: str
    height: str
    read_y: str
    read_height: str
    failed: bool
    words: str


@dataclass(frozen=True, slots=True)
class Spark:
    """The bars, oldest first, what the highest stands for, and all of it in words."""

    bars: list[Bar]
    most: int
    first: datetime
    last: datetime
    description: str


def spark_of(fetches: Sequence[Fetch]) -> Spark | None:
    """The chart of scans that read something or failed, newest first as they come from the table; None for fewer than two."""
    shown = [each for each in reversed(fetches) if each.outcome in (FetchOutcome.OK, FetchOutcome.FAILED)]
    if len(shown) < 2:
        return None
    most = max(max(each.entries for each in shown), 1)
    step = 100 / len(shown)
    bars = [_bar(each, number * step, step, most) for number, each in enumerate(shown)]
    read = [each for each in shown if each.outcome == FetchOutcome.OK]
    return Spark(bars, most, shown[0].started_at, shown[-1].started_at, _description(read, len(shown) - len(read)))


def _bar(fetch: Fetch, x: float, step: float, most: int) -> Bar:
    failed = fetch.outcome == FetchOutcome.FAILED
    height = HEIGHT if failed else max(fetch.entries / most * HEIGHT, _LEAST)
    read = 0.0 if failed else (fetch.readable or 0) / most * HEIGHT
    said = "failed" if failed else f"{fetch.entries} entries, {_count(fetch)} read"
    return Bar(
        x=f"{x + step * _GAP / 2:.2f}",
        width=f"{step * (1 - _GAP):.2f}",
        y=f"{HEIGHT - height:.1f}",
        height=f"{height:.1f}",
        read_y=f"{HEIGHT - read:.1f}",
        read_height=f"{read:.1f}",
        failed=failed,
        words=f"{time_words(fetch.started_at)}: {said}",
    )


def _count(fetch: Fetch) -> str:
    return "?" if fetch.readable is None else str(fetch.readable)


def _description(read: Sequence[Fetch], failed: int) -> str:
    said = f"The last {len(read) + failed} scans that brought something or failed: {failed} failed"
    if not read:
        return f"{said}."
    entries, newest = [each.entries for each in read], read[-1]
    return (
        f"{said}; the others gave {min(entries)} to {max(entries)} entries, "
        f"the last {newest.entries}, of which {_count(newest)} could be read."
    )
