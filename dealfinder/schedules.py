"""What beat does and how often. The entries live in the database, where operators may change them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django_celery_beat.models import IntervalSchedule, PeriodicTask

MINUTE, HOUR, DAY, WEEK = 60, 3_600, 86_400, 7 * 86_400


@dataclass(frozen=True)
class Schedule:
    """A task that is sent every `seconds`; one that nobody took before the next is due is dropped. One that is not
    `enabled` waits for an operator to switch it on."""

    name: str
    task: str
    seconds: int
    enabled: bool = True

    @property
    def default(self) -> str:
        """How the default is written into an entry, to tell later whether an operator has changed it."""
        return _describe(self.task, self.seconds)


SCHEDULES = (
    Schedule("Scan the sources that are due", "scan.due", MINUTE),
    Schedule("Look whether sources have fallen silent", "watch.sources", MINUTE),
    Schedule("Look whether what was read is still read", "watch.canaries", 6 * HOUR),
    Schedule("Look at the pages of the rules for single shops", "scan.site_rules", DAY),
    Schedule("Read entries that are still unread", "read.pending", MINUTE),
    Schedule("Read pages that people sent and that still wait", "submission.waiting", MINUTE),
    Schedule("See to the pages of followed prices", "scan.following", 5 * MINUTE),
    Schedule("Look at the pictures of new deals", "scan.pictures", 5 * MINUTE),
    Schedule("Value deals that are not valued yet", "value.pending", MINUTE),
    Schedule("Take prices that were seen on deals into the catalogue", "value.observe_prices", HOUR),
    Schedule("Give vectors to deals that have none", "value.vectors", 10 * MINUTE),
    Schedule("Draw the map of deals anew", "maintenance.map", HOUR),
    Schedule("Give vectors to goals that ask for meaning", "value.goal_meanings", 10 * MINUTE),
    Schedule("Count the words of titles for searches", "search.count_words", 6 * HOUR),
    Schedule("Match valuations that are not matched yet", "match.pending", MINUTE),
    Schedule("Deliver notifications that are still waiting", "notify.pending", 10),
    Schedule("Let out notifications that were held until now", "notify.held", 30),
    Schedule("Compare new products with the others by their names", "identity.compare", MINUTE),
    Schedule("Remove what is out of date", "maintenance.clean_up", DAY),
    Schedule("Measure how far the pricing models drift", "models.drift", DAY),
    Schedule("Train the pricing model anew", "models.retrain", WEEK, enabled=False),
)


def _describe(task: str, seconds: int) -> str:
    return f"Default: {task} every {seconds} seconds."


@transaction.atomic
def install_schedules() -> int:
    """Make the entries that are missing and move untouched ones to a new default; returns how many were written."""
    written = 0
    for schedule in SCHEDULES:
        entry = PeriodicTask.objects.select_related("interval").filter(name=schedule.name).first()
        if entry is not None and (entry.description == schedule.default or not _is_untouched(entry, schedule)):
            continue
        interval, _ = IntervalSchedule.objects.get_or_create(every=schedule.seconds, period=IntervalSchedule.SECONDS)
        PeriodicTask.objects.update_or_create(
            name=schedule.name,
            defaults={
                "task": schedule.task,
                "interval": interval,
                "expire_seconds": schedule.seconds,
                "description": schedule.default,
                "enabled": schedule.enabled,
            },
        )
        written += 1
    return written


def _is_untouched(entry: PeriodicTask, schedule: Schedule) -> bool:
    interval = entry.interval
    return (
        interval is not None
        and entry.enabled == schedule.enabled
        and interval.period == IntervalSchedule.SECONDS
        and entry.description == _describe(entry.task, interval.every)
    )
