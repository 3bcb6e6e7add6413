from __future__ import annotations

import pytest
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from dealfinder import schedules
from dealfinder.schedules import SCHEDULES, Schedule, install_schedules

pytestmark = pytest.mark.django_db


def test_schedules_are_made_once() -> None:
    assert install_schedules() == len(SCHEDULES)
    assert install_schedules() == 0
    assert PeriodicTask.objects.get(task="scan.due").interval.every == 60


def test_what_an_operator_changed_stays() -> None:
    install_schedules()
    hourly = IntervalSchedule.objects.create(every=3600, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.filter(task="scan.due").update(interval=hourly)
    PeriodicTask.objects.filter(task="match.pending").update(enabled=False)
    assert install_schedules() == 0
    assert PeriodicTask.objects.get(task="scan.due").interval == hourly
    assert not PeriodicTask.objects.get(task="match.pending").enabled


def test_an_untouched_entry_follows_a_new_default(monkeypatch: pytest.MonkeyPatch) -> None:
    install_schedules()
    name = SCHEDULES[0].name
    monkeypatch.setattr(schedules, "SCHEDULES", (Schedule(name, "scan.due", 120),))
    assert install_schedules() == 1
    entry = PeriodicTask.objects.get(name=name)
    assert (entry.interval.every, entry.expire_seconds) == (120, 120)


def test_training_anew_waits_for_an_operator_to_switch_it_on() -> None:
    install_schedules()
    assert not PeriodicTask.objects.get(task="models.retrain").enabled
    assert PeriodicTask.objects.get(task="models.drift").enabled
    PeriodicTask.objects.filter(task="models.retrain").update(enabled=True)
    assert install_schedules() == 0
    assert PeriodicTask.objects.get(task="models.retrain").enabled
