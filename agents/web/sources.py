"""The page of one source for operators: how it does, what it gave, and what can be done about it."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from kombu.exceptions import OperationalError

from accounts.models import User
from agents.scanning.archive.bodies import UnusableBody
from agents.scanning.archive.keeping import body_of
from agents.scanning.fetching.access import access_in_words
from agents.scanning.sources.registry import UnknownKind, get_kind
from agents.scanning.trial import TrialUnavailable, start_trial, trial_state
from agents.scanning.watching.alarms import end_alarm
from agents.web.access import operators_only
from agents.web.spark import spark_of
from common.enqueue import send
from deals.health import sources_with_health
from deals.models import Alarm, Entry, EntryState, Fetch, FetchOutcome, Source, SourceState
from deals.source_actions import update_source

_FETCHES: Final = 30
_ENTRIES: Final = 30
_BARS: Final = 60
_SAMPLES: Final = 3
_NO_QUEUE: Final = "The queue cannot be reached, so nothing was started. Look whether Valkey runs, then try again."


@require_safe
@operators_only
def source(request: HttpRequest, source_id: uuid.UUID) -> HttpResponse:
    """One source: its figures, alarms, fetches and what could not be read. `?outcome=` chooses fetches, `?trial=` shows a test."""
    health = next(iter(sources_with_health(only=source_id)), None)
    if health is None:
        raise Http404("There is no such source.")
    fetches = Fetch.objects.filter(source=source_id)
    outcome = request.GET.get("outcome", "")
    chosen = fetches.filter(outcome=outcome) if outcome in FetchOutcome.values else fetches
    shown = fetches.filter(outcome__in=[FetchOutcome.OK, FetchOutcome.FAILED]).defer("sample", "error")
    no_deals = Entry.objects.filter(source=source_id, state__in=[EntryState.SKIPPED, EntryState.FAILED])
    context = {
        "health": health,
        "source": health.source,
        **_about_its_kind(health.source),
        "asked_with": access_in_words(health.source),
        "page": Paginator(chosen.defer("sample"), _FETCHES).get_page(request.GET.get("page")),
        "outcome": outcome if outcome in FetchOutcome.values else "",
        "outcomes": FetchOutcome.choices,
        "spark": spark_of(list(shown[:_BARS])),
        "samples": fetches.exclude(sample="").filter(outcome=FetchOutcome.FAILED)[:_SAMPLES],
        "skipped": no_deals.order_by("-last_seen_at")[:_ENTRIES],
        "past_alarms": Alarm.objects.filter(source=source_id).exclude(ended_at=None).select_related("ended_by")[:10],
        "trial": _trial_context(request, health.source, request.GET.get("trial", "")),
        "today": timezone.localdate(),
        "source_actions": _actions(health.source),
    }
    return render(request, "agents/source.html", context)


@require_safe
@operators_only
def trial(request: HttpRequest, source_id: uuid.UUID, trial_id: uuid.UUID) -> HttpResponse:
    """The part of the page that shows a test, asked for again and again until there is an answer."""
    found = _source(source_id)
    return render(request, "agents/_trial.html", _trial_context(request, found, str(trial_id)) or {})


@require_POST
@operators_only
def source_action(request: HttpRequest, source_id: uuid.UUID, action: str) -> HttpResponse:
    """Pause, resume, scan or test a source, or read again what it gave `since` a day."""
    found = _source(source_id)
    if action in ("pause", "resume"):
        state = SourceState.PAUSED if action == "pause" else SourceState.ACTIVE
        update_source(found, state=state)
        messages.success(request, f"{found.title} is {'paused' if action == 'pause' else 'active again'}.")
    elif action == "scan":
        _enqueue(
            request,
            f"A scan of {found.title} is under way. It shows among the runs within seconds.",
            "scan.source",
            found,
        )
    elif action == "test":
        return _start_trial(request, found)
    elif action == "replay":
        _enqueue_replay(request, found)
    else:
        raise Http404("There is nothing of that name to do with a source.")
    return (
        redirect("agents:source", found.pk) if request.POST.get("from") == "source" else redirect("agents:operations")
    )


@require_POST
@operators_only
def alarm_end(request: HttpRequest, alarm_id: uuid.UUID) -> HttpResponse:
    """End an alarm by hand: what the source gives now is as it should be."""
    alarm = Alarm.objects.filter(pk=alarm_id).first()
    if alarm is None:
        raise Http404("There is no such alarm.")
    assert isinstance(request.user, User)
    if end_alarm(alarm, by=request.user):
        messages.success(request, "The alarm has ended. What comes from now on is measured against what comes now.")
    else:
        messages.warning(request, "That alarm had ended already.")
    return redirect("agents:source", alarm.source_id) if alarm.source_id else redirect("agents:operations")


@require_safe
@operators_only
def fetch_raw(request: HttpRequest, fetch_id: uuid.UUID) -> HttpResponse:
    """What a fetch gave, byte by byte, as a file to keep: never as something that a browser shows."""
    attempt = Fetch.objects.select_related("source").filter(pk=fetch_id).first()
    if attempt is None:
        raise Http404("There is no such fetch.")
    try:
        body = body_of(attempt)
    except UnusableBody as error:
        raise Http404(str(error)) from error
    answer = HttpResponse(body.content, content_type="application/octet-stream")
    name = f"{attempt.source.name}-{attempt.started_at:%Y%m%d-%H%M%S}.bin"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _actions(found: Source) -> list[tuple[str, str]]:
    """What can be done with a source by one button, with its words."""
    pause = ("pause", "Pause") if found.state == SourceState.ACTIVE else ("resume", "Resume")
    return [("scan", "Scan now"), ("test", "Test this source now"), pause]


def _about_its_kind(found: Source) -> dict[str, str]:
    """The kind as people call it, its bare name where it is not known (any more), and why a source without an address is never asked."""
    try:
        kind = get_kind(found.kind)
    except UnknownKind:
        return {"kind_label": found.kind, "unasked": ""}
    return {"kind_label": kind.label, "unasked": "" if found.url else kind.unasked}


def _source(source_id: uuid.UUID) -> Source:
    found = Source.objects.filter(pk=source_id).first()
    if found is None:
        raise Http404("There is no such source.")
    return found


def _trial_context(request: HttpRequest, found: Source, trial_id: str) -> dict[str, object] | None:
    if not trial_id:
        return None
    try:
        state = trial_state(found, uuid.UUID(trial_id))
    except ValueError:
        return None
    return {"source": found, "trial_id": trial_id, "state": state}


def _start_trial(request: HttpRequest, found: Source) -> HttpResponse:
    try:
        trial_id = start_trial(found)
    except TrialUnavailable as error:
        messages.error(request, str(error))
        return redirect("agents:source", found.pk)
    answer = redirect("agents:source", found.pk)
    answer["Location"] += f"?trial={trial_id}#trial"
    return answer


def _enqueue_replay(request: HttpRequest, found: Source) -> None:
    try:
        day = date.fromisoformat(request.POST.get("since", ""))
    except ValueError:
        messages.error(request, "Choose the day from which on the archive is to be read again, such as 2026-11-25.")
        return
    since = timezone.make_aware(datetime.combine(day, time.min))
    said = f"What {found.title} gave since {day} is read again. It shows among the runs when it is done."
    _enqueue(request, said, "replay.source", found, since.isoformat())


def _enqueue(request: HttpRequest, said: str, task: str, found: Source, *more: str) -> None:
    try:
        send(task, str(found.pk), *more)
    except OperationalError:
        messages.error(request, _NO_QUEUE)
    else:
        messages.success(request, said)
