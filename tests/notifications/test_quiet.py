"""Quiet hours and digests by the wall clock, set against a plain look at each minute, across changes of the clock both ways."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.models import Pace
from notifications.quiet import QuietHours, Rhythm, held_until, next_digest, told_at

ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe")
CHANGES = {
    "America/New_York": (datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)),
    "Europe/Berlin": (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)),
    # By half an hour, the other way round.
    "Australia/Lord_Howe": (datetime(2026, 10, 3, 15, 30, tzinfo=UTC), datetime(2026, 4, 4, 15, tzinfo=UTC)),
}
MINUTE = timedelta(minutes=1)


@cache
def minutes_around(zone: str, change: datetime) -> list[tuple[datetime, datetime]]:
    """Each minute of 17 days around a change of the clock, with what the wall shows then."""
    first = change - timedelta(days=8)
    moments = [first + number * MINUTE for number in range(17 * 24 * 60)]
    return [(moment, moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)) for moment in moments]


@cache
def days_of(zone: str, change: datetime) -> dict[date, list[tuple[datetime, datetime]]]:
    days: dict[date, list[tuple[datetime, datetime]]] = {}
    for moment, wall in minutes_around(zone, change):
        days.setdefault(wall.date(), []).append((moment, wall))
    return days


def nights_by_the_minute(zone: str, change: datetime, near: date, quiet: QuietHours) -> list[tuple[datetime, datetime]]:
    """The first and last minute of each night around a day: from the first at which the wall shows a time of it to the last."""
    nights = []
    days = days_of(zone, change)
    for day in (near + timedelta(days=number) for number in range(-2, 4)):
        if quiet.days and day.weekday() not in quiet.days:
            continue
        begin = datetime.combine(day, quiet.begins)
        end = datetime.combine(day + timedelta(days=quiet.ends < quiet.begins), quiet.ends)
        parts = sorted({day, end.date()})
        shown = [moment for part in parts for moment, wall in days.get(part, ()) if begin <= wall < end]
        if shown:
            nights.append((min(shown), max(shown)))
    return nights


@st.composite
def moments(draw: st.DrawFn) -> tuple[str, datetime, datetime]:
    """A zone, a change of its clock, and a moment near it, in the same night more often than not."""
    zone = draw(st.sampled_from(ZONES))
    change = draw(st.sampled_from(CHANGES[zone]))
    hours = draw(st.sampled_from([4, 4, 36, 150]))
    seconds = draw(st.integers(-3600 * hours, 3600 * hours))
    return zone, change, change + timedelta(seconds=seconds)


wall_times = st.builds(
    time, st.one_of(st.integers(0, 4), st.integers(0, 23)), st.sampled_from([0, 1, 15, 29, 30, 31, 59])
)
some_days = st.frozensets(st.integers(0, 6))


@settings(deadline=None)
@given(moments(), wall_times, wall_times, some_days)
def test_a_night_is_held_to_its_end_and_never_interrupted(
    when: tuple[str, datetime, datetime], begins: time, ends: time, days: frozenset[int]
) -> None:
    zone, change, now = when
    quiet = QuietHours(begins, ends, days)
    near = now.astimezone(ZoneInfo(zone)).date()
    nights = nights_by_the_minute(zone, change, near, quiet) if begins != ends else []
    minute = now.replace(second=0, microsecond=0)

    def is_quiet(moment: datetime) -> bool:
        return any(first <= moment <= last for first, last in nights)

    with time_machine.travel(now, tick=False):
        until = held_until(timezone.now(), ZoneInfo(zone), quiet)
    if not is_quiet(minute):
        assert until is None
        return
    while is_quiet(minute):
        minute += MINUTE
    assert until == minute


@settings(deadline=None)
@given(moments(), st.sampled_from([Pace.HOURLY, Pace.DAILY, Pace.WEEKLY]), st.integers(0, 23), st.integers(0, 6))
def test_a_digest_comes_at_its_hour_once_a_day_and_never_twice(
    when: tuple[str, datetime, datetime], pace: Pace, hour: int, weekday: int
) -> None:
    zone, change, now = when
    if pace == Pace.HOURLY:
        due = [moment for moment, wall in minutes_around(zone, change) if wall.minute == 0]
    else:
        reached = [
            [moment for moment, wall in shown if wall.hour >= hour]
            for day, shown in days_of(zone, change).items()
            if pace == Pace.DAILY or day.weekday() == weekday
        ]
        due = [min(one) for one in reached if one]
    later = [moment for moment in due if moment > now]
    if later:
        assert next_digest(now, ZoneInfo(zone), Rhythm(pace, hour, weekday)) == min(later)


@pytest.mark.parametrize(
    ("zone", "now", "begins", "ends", "until"),
    [
        # 22:00 to 7:00 in a night of 8, 9 and 10 hours
        ("Europe/Berlin", "2026-03-28T21:30+00:00", "22:00", "07:00", "2026-03-29T05:00+00:00"),
        ("Europe/Berlin", "2026-03-28T20:59+00:00", "22:00", "07:00", None),
        ("Europe/Berlin", "2026-06-01T20:00+00:00", "22:00", "07:00", "2026-06-02T05:00+00:00"),
        ("Europe/Berlin", "2026-10-24T20:00+00:00", "22:00", "07:00", "2026-10-25T06:00+00:00"),
        # the clock of Berlin shows 2:00 a second time on 25 October, but nothing before it
        ("Europe/Berlin", "2026-10-24T23:59+00:00", "22:00", "02:00", "2026-10-25T00:00+00:00"),
        ("Europe/Berlin", "2026-10-25T00:00+00:00", "22:00", "02:00", None),
        # 2:30 does not come in New York on 8 March: the clock jumps from 2:00 to 3:00
        ("America/New_York", "2026-03-08T06:59+00:00", "22:00", "02:30", "2026-03-08T07:00+00:00"),
        ("America/New_York", "2026-03-08T07:00+00:00", "22:00", "02:30", None),
        ("America/New_York", "2026-03-08T07:00+00:00", "02:30", "05:00", "2026-03-08T09:00+00:00"),
        # 1:30 comes twice there on 1 November, and the second time ends it
        ("America/New_York", "2026-11-01T05:45+00:00", "22:00", "01:30", "2026-11-01T06:30+00:00"),
        ("America/New_York", "2026-11-01T06:15+00:00", "22:00", "01:30", "2026-11-01T06:30+00:00"),
        ("America/New_York", "2026-11-01T06:05+00:00", "01:15", "08:00", "2026-11-01T13:00+00:00"),
    ],
)  # fmt: skip
def test_nights_that_a_person_has_worked_out(zone: str, now: str, begins: str, ends: str, until: str | None) -> None:
    quiet = QuietHours(time.fromisoformat(begins), time.fromisoformat(ends))
    found = held_until(datetime.fromisoformat(now), ZoneInfo(zone), quiet)
    assert found == (None if until is None else datetime.fromisoformat(until))


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    zone, fridays = ZoneInfo("Europe/Berlin"), QuietHours(time(22), time(7), frozenset({4}))
    saturday_early, sunday_early = datetime(2026, 6, 6, 1, tzinfo=UTC), datetime(2026, 6, 7, 1, tzinfo=UTC)
    assert held_until(saturday_early, zone, fridays) == datetime(2026, 6, 6, 5, tzinfo=UTC)
    assert held_until(sunday_early, zone, fridays) is None


def test_a_digest_of_the_night_comes_in_the_morning() -> None:
    zone, quiet = ZoneInfo("Europe/Berlin"), QuietHours(time(22), time(7))
    evening = datetime(2026, 6, 1, 19, 30, tzinfo=UTC)
    assert told_at(evening, zone, quiet, Rhythm(Pace.HOURLY)) == datetime(2026, 6, 2, 5, tzinfo=UTC)
    assert told_at(evening, zone, quiet, Rhythm(Pace.DAILY, 3)) == datetime(2026, 6, 2, 5, tzinfo=UTC)
    assert told_at(evening, zone, quiet, Rhythm(Pace.DAILY, 9)) == datetime(2026, 6, 2, 7, tzinfo=UTC)
    assert told_at(evening, zone, quiet, Rhythm()) is None
    assert told_at(evening, zone, None, Rhythm(Pace.HOURLY)) == datetime(2026, 6, 1, 20, tzinfo=UTC)
    with pytest.raises(ValueError, match="at once"):
        next_digest(evening, zone, Rhythm())
