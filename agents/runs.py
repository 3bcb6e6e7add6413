"""Recording what the agents do, while they do it, so that it can be watched.

    with record_run(Agent.PLANNING, "schedule", "3 valuations") as run:
        with run.step("match against goals") as step:
            step.detail["matches"] = 2
        run.summary["matches"] = 2

Rows are written as they happen, so a recorder belongs outside of the transaction of the work that it records. An
exception of the work is recorded as its sentence and raised again. The recorder raises nothing of its own: if its rows
cannot be written that is logged, and the work goes on.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, InterfaceError, transaction
from django.utils import timezone

from agents.models import Agent, Run, RunState, Step
from common.retries import sentence_of
from deals.models import Source

log = logging.getLogger(__name__)

ABANDONED_AFTER = timedelta(minutes=30)
"""Longer than any run takes: a task ends after 5 minutes at the latest."""


class StepRecorder:
    """One step while it runs. Put figures that JSON can hold into `detail`; `fail` ends it as failed without an exception."""

    def __init__(self, row: Step, detail: dict[str, Any], *, written: bool) -> None:
        self._row, self._written = row, written and _write(lambda: row.save(force_insert=True))
        self.detail = detail

    def fail(self, sentence: str) -> None:
        """Say that the step failed, and why."""
        self._row.state, self._row.error = RunState.FAILED, sentence

    def _end(self) -> None:
        if self._row.state == RunState.RUNNING:
            self._row.state = RunState.DONE
        self._row.detail, self._row.finished_at = self.detail, timezone.now()
        if self._written:
            _write(lambda: self._row.save(update_fields=["detail", "state", "error", "started_at", "finished_at"]))


class RunRecorder:
    """One run while it runs. Put figures that JSON can hold into `summary`; `fail` ends it as failed without an exception.

    One that is written `at_end` is not there before: for work that is over in a moment, and done by the thousand.
    """

    def __init__(self, row: Run, *, at_end: bool = False) -> None:
        self._row = row
        self._kept: list[Step] | None = [] if at_end else None
        self._written = not at_end and _write(lambda: row.save(force_insert=True))
        self._steps = 0
        self.id = row.pk
        self.summary: dict[str, Any] = {}

    @contextlib.contextmanager
    def step(self, name: str, **detail: Any) -> Iterator[StepRecorder]:
        """Record one step. An exception inside it is recorded and raised again."""
        self._steps += 1
        row = Step(run=self._row, position=self._steps, name=name[:80], detail=dict(detail))
        recorder = StepRecorder(row, detail, written=self._written)
        if self._kept is not None:
            self._kept.append(row)
        try:
            yield recorder
        except BaseException as error:
            recorder.fail(sentence_of(error))
            raise
        finally:
            recorder._end()

    def note(self, name: str, seconds: float, error: str = "", **detail: Any) -> None:
        """Record a step that has just ended, after so many seconds."""
        with self.step(name, **detail) as step:
            step._row.started_at = timezone.now() - timedelta(seconds=seconds)
            self._row.started_at = min(self._row.started_at, step._row.started_at)
            if error:
                step.fail(error)

    def fail(self, sentence: str) -> None:
        """Say that the run failed, and why."""
        self._row.state, self._row.error = RunState.FAILED, sentence

    def _end(self) -> None:
        if self._row.state == RunState.RUNNING:
            self._row.state = RunState.DONE
        self._row.summary, self._row.finished_at = self.summary, timezone.now()
        if self._kept is not None:
            _write(self._write_all)
        elif self._written:
            _write(lambda: self._row.save(update_fields=["summary", "state", "error", "finished_at"]))

    def _write_all(self) -> None:
        self._row.save(force_insert=True)
        Step.objects.bulk_create(self._kept or [])


@contextlib.contextmanager
def record_run(
    agent: Agent | str, trigger: str, subject: str = "", source: Source | None = None, *, at_end: bool = False
) -> Iterator[RunRecorder]:
    """Record one run of an agent. An exception inside it is recorded and raised again."""
    recorder = RunRecorder(Run(agent=agent, trigger=trigger[:60], subject=subject[:200], source=source), at_end=at_end)
    try:
        yield recorder
    except BaseException as error:
        recorder.fail(sentence_of(error))
        raise
    finally:
        recorder._end()


def close_abandoned_runs() -> int:
    """End runs and steps whose process died in the middle, and return how many runs that were."""
    before = timezone.now() - ABANDONED_AFTER
    ended = {
        "state": RunState.FAILED,
        "error": "It stopped in the middle, because its process ended. Its work is taken up by the next run.",
        "finished_at": timezone.now(),
    }
    with transaction.atomic():
        Step.objects.filter(state=RunState.RUNNING, started_at__lt=before).update(**ended)
        return Run.objects.filter(state=RunState.RUNNING, started_at__lt=before).update(**ended)


def _write(write: Callable[[], object]) -> bool:
    # A savepoint, because a failed write inside somebody's transaction would take that transaction with it.
    try:
        with transaction.atomic():
            write()
    except (DatabaseError, InterfaceError, TypeError, ValueError):
        log.exception("A record of a run could not be written; the run itself goes on")
        return False
    return True
