"""When somebody is not to be told, and when their digest is due: by the clock on their wall.

Pure functions of times; nothing here asks the database. Moments are aware, and come back in UTC.

Twice a year a clock skips an hour or shows one twice. Then
- a night begins when the clock first shows its beginning or something later, and ends when the clock shows its end for the last
  time: nobody is told at a time that their clock shows as quiet, and a night that has begun is not interrupted;
- what is due at an hour that does not come is due when the clock jumps over it; at one that comes twice, the first time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from notifications.models.channel import Pace

_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begins` to `ends` by the wall, over midnight where the end is the earlier; then it belongs to the day on which it begins.

    `days` are those on which it begins, 0 is Monday; empty: all. Where both times are the same, there are no quiet hours.
    """

    begins: time
    ends: time
    days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often somebody wants to be told over a channel: at which hour of the day, and on which day of the week where that counts."""

    pace: Pace = Pace.IMMEDIATE
    hour: int = 8
    weekday: int = 0


def held_until(now: datetime, zone: ZoneInfo, quiet: QuietHours | None) -> datetime | None:
    """The end of the quiet hours in which `now` lies; None where it lies in none."""
    if quiet is None or quiet.begins == quiet.ends:
        return None
    until, moment = None, now
    # A clock that jumps can make the end of one night the beginning of the next.
    while (end := _end_of_night(moment, zone, quiet)) is not None:
        until = moment = end
    return until


def next_digest(now: datetime, zone: ZoneInfo, rhythm: Rhythm) -> datetime:
    """The first moment after `now` at which a digest of this pace is due. Raises `ValueError` for a channel that tells at once."""
    if rhythm.pace == Pace.HOURLY:
        return _next_full_hour(now, zone)
    if rhythm.pace not in (Pace.DAILY, Pace.WEEKLY):
        raise ValueError("There are no digests where one is told at once.")
    day = now.astimezone(zone).date()
    while True:
        due = _first(day, time(rhythm.hour), zone)
        if due > now and (rhythm.pace == Pace.DAILY or day.weekday() == rhythm.weekday):
            return due
        day += _DAY


def told_at(now: datetime, zone: ZoneInfo, quiet: QuietHours | None, rhythm: Rhythm) -> datetime | None:
    """When what is there `now` is told: None for at once. A digest that would come in quiet hours comes when they end."""
    if rhythm.pace == Pace.IMMEDIATE:
        return held_until(now, zone, quiet)
    due = next_digest(now, zone, rhythm)
    return held_until(due, zone, quiet) or due


def _end_of_night(moment: datetime, zone: ZoneInfo, quiet: QuietHours) -> datetime | None:
    today = moment.astimezone(zone).date()
    for day in (today - _DAY, today, today + _DAY):
        if quiet.days and day.weekday() not in quiet.days:
            continue
        last = day if quiet.begins < quiet.ends else day + _DAY
        begin, end = _first(day, quiet.begins, zone), _last(last, quiet.ends, zone)
        if begin <= moment < end:
            return end
    return None


def _first(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When the clock first shows this time of this day, or jumps over it."""
    wall = datetime.combine(day, at.replace(tzinfo=None))
    return _read(wall, zone, 0) or _jump_over(wall, zone)


def _last(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When the clock has shown all that comes before this time of this day."""
    wall = datetime.combine(day, at.replace(tzinfo=None)) - _SECOND
    moment = _read(wall, zone, 1)
    return _jump_over(wall, zone) if moment is None else moment + _SECOND


def _read(wall: datetime, zone: ZoneInfo, fold: int) -> datetime | None:
    """When the clock shows this, the first (0) or last (1) time; None where it jumps over it."""
    moment = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == wall else None


def _jump_over(wall: datetime, zone: ZoneInfo) -> datetime:
    """When the clock jumps over what it never shows."""
    # Read by the offset of after the jump it comes before it, and by that of before the jump after it.
    early, late = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    before = early.astimezone(zone).utcoffset()
    while late - early > _SECOND:
        middle = (early + (late - early) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late


def _next_full_hour(now: datetime, zone: ZoneInfo) -> datetime:
    moment = now.astimezone(UTC).replace(second=0, microsecond=0)
    while True:
        # Full by the wall: some zones are half an hour beside the others, and some clocks change by half an hour.
        moment += (60 - moment.astimezone(zone).minute) * _MINUTE
        if moment.astimezone(zone).minute == 0:
            return moment


def clock_words(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """A moment to come as the wall shows it: "07:00" within half a day, "Fri 27 Nov, 07:00" beyond."""
    local = moment.astimezone(zone)
    clock = f"{local:%H:%M}"
    return clock if moment - now <= timedelta(hours=12) else f"{local:%a} {local.day} {local:%b}, {clock}"
