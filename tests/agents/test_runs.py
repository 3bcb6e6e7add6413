"""Runs and steps are written as they happen, keep their failures, and never disturb the work."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from agents.models import Agent, Run, RunState, Step
from agents.runs import ABANDONED_AFTER, close_abandoned_runs, record_run


@pytest.mark.django_db
def test_a_run_can_be_watched_while_it_runs() -> None:
    with record_run(Agent.PLANNING, "schedule", "2 valuations") as run:
        assert Run.objects.get().state == RunState.RUNNING
        with run.step("match", goals=3) as step:
            seen = Step.objects.get()
            assert (seen.state, seen.detail, seen.position) == (RunState.RUNNING, {"goals": 3}, 1)
            step.detail["matches"] = 1
        with run.step("tell"):
            pass
        run.summary["matches"] = 1
    row = Run.objects.get()
    assert (row.state, row.summary, row.error) == (RunState.DONE, {"matches": 1}, "")
    assert row.finished_at is not None
    assert row.steps.get(position=1).detail == {"goals": 3, "matches": 1}
    assert [(s.position, s.name, s.state) for s in row.steps.all()] == [(1, "match", "done"), (2, "tell", "done")]


@pytest.mark.django_db
def test_a_failure_is_kept_with_its_sentence_and_raised_again() -> None:
    with pytest.raises(ValueError, match="No price"), record_run("scanning", "command") as run, run.step("read"):
        raise ValueError("No price\n was there.")
    assert (Run.objects.get().state, Run.objects.get().error) == (RunState.FAILED, "No price was there.")
    assert (Step.objects.get().state, Step.objects.get().error) == (RunState.FAILED, "No price was there.")


@pytest.mark.django_db
def test_a_step_may_fail_while_its_run_goes_on() -> None:
    with record_run("scanning", "command") as run, run.step("fetch") as step:
        step.fail("The host did not answer.")
    assert Step.objects.get().state == RunState.FAILED
    assert Run.objects.get().state == RunState.DONE


@pytest.mark.django_db
def test_a_record_that_cannot_be_written_does_not_stop_the_work() -> None:
    with transaction.atomic():
        with record_run("nonsense-longer-than-ten-characters", "command") as run, run.step("read") as step:
            step.detail["odd"] = object()
        assert Run.objects.count() == 0  # and the transaction around it is still usable


@pytest.mark.django_db
def test_runs_of_a_dead_process_are_closed() -> None:
    old = timezone.now() - ABANDONED_AFTER - timedelta(minutes=1)
    dead = Run.objects.create(agent="scanning", trigger="schedule", started_at=old)
    Step.objects.create(run=dead, position=1, name="fetch", started_at=old)
    alive = Run.objects.create(agent="scanning", trigger="schedule")
    assert close_abandoned_runs() == 1
    dead.refresh_from_db()
    alive.refresh_from_db()
    assert dead.state == RunState.FAILED and "process ended" in dead.error
    assert dead.steps.get().state == RunState.FAILED
    assert alive.state == RunState.RUNNING


@pytest.mark.django_db
def test_an_error_of_the_database_inside_the_work_is_raised_as_it_is() -> None:
    with pytest.raises(DatabaseError), record_run("planning", "schedule"):
        Run.objects.raw("SELECT nothing FROM nowhere")[0]
