"""The page of operators: sources with their health, queues, models, and what failed for good."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from kombu.exceptions import OperationalError

from agents.lifecycle.registry import previous
from agents.models import Run, RunState
from agents.web.access import operators_only
from agents.web.models import SHARES, models_with_adopted
from agents.web.queues import queue_lengths
from common.dead_letters import AlreadyReplayed, replay
from common.models import DeadLetter, OutboxEvent
from deals.health import SourceHealth, open_alarms, sources_with_health
from deals.models import Deal, Entry, EntryState, ProductSuggestion, StageState, SuggestionState, Valuation

_LETTERS = 50
_SOURCES = 100
"""Rows of the table of sources on one page: five hundred take the better part of a second to write."""
_SORTS = {
    "source": lambda health: health.source.title.lower(),
    "state": lambda health: (not health.alarms, not health.is_silent, health.source.state),
    "success": lambda health: health.success_rate if health.success_rate is not None else -1,
    "entries": lambda health: -(health.entries or 0),
    "readable": lambda health: health.readable if health.readable is not None else 2,
    "deals": lambda health: -health.deals,
    "last": lambda health: health.source.last_success_at or health.source.created_at,
    "next": lambda health: health.source.next_run_at,
}


@require_safe
@operators_only
def operations(request: HttpRequest) -> HttpResponse:
    """Everything that an operator looks at first. `?sort=` orders the sources, `?find=` keeps those with these words, `?page=` turns."""
    sort = request.GET.get("sort", "source")
    find = request.GET.get("find", "").strip()
    every = sources_with_health()
    found = [health for health in every if find.lower() in _words_of(health)] if find else every
    sources: list[SourceHealth] = sorted(found, key=_SORTS.get(sort, _SORTS["source"]))
    models = models_with_adopted()
    context = {
        "page": Paginator(sources, _SOURCES).get_page(request.GET.get("page")),
        "source_count": len(every),
        "is_long": len(every) > _SOURCES,
        "find": find,
        "sort": sort if sort in _SORTS else "source",
        "alarms": open_alarms(),
        "queues": queue_lengths(),
        "letters": DeadLetter.objects.filter(replayed_at__isnull=True)[:_LETTERS],
        "letter_count": DeadLetter.objects.filter(replayed_at__isnull=True).count(),
        "waiting": _waiting(),
        "models": models,
        "drifting": [row for row in models if row.drift and row.drift.alarms],
        "previous_model": previous(),
        "shares": SHARES,
    }
    return render(request, "agents/operations.html", context)


def _words_of(health: SourceHealth) -> str:
    source = health.source
    return " ".join((source.title, source.name, source.url, source.last_error)).lower()


def _waiting() -> list[tuple[str, int, str]]:
    """How much work each stage has before it, and the address of the list that is counted."""
    since = timezone.now() - timedelta(days=1)
    rows: list[tuple[str, QuerySet[Any], str, str]] = [
        ("Entries to read", Entry.objects.filter(state=EntryState.UNREAD), "deals_entry", "state__exact=unread"),
        (
            "Deals to value",
            Deal.objects.filter(value_state=StageState.PENDING),
            "deals_deal",
            "value_state__exact=pending",
        ),
        ("Valuations to match", Valuation.objects.filter(matched_at=None), "deals_valuation", "matched_at__isempty=1"),
        (
            "Products that may be one",
            ProductSuggestion.objects.filter(state=SuggestionState.OPEN),
            "deals_productsuggestion",
            "state__exact=open",
        ),
        (
            "Events to publish",
            OutboxEvent.objects.filter(published_at=None),
            "common_outboxevent",
            "published_at__isempty=1",
        ),
    ]
    waiting = [
        (words, found.count(), f"{reverse(f'admin:{model}_changelist')}?{query}") for words, found, model, query in rows
    ]
    failed = Run.objects.filter(state=RunState.FAILED, started_at__gte=since).count()
    return [*waiting, ("Runs that failed in 24 hours", failed, f"{reverse('agents:runs')}?state=failed")]


@require_POST
@operators_only
def letter_replay(request: HttpRequest, letter_id: uuid.UUID) -> HttpResponse:
    """Enqueue work that failed for good once more."""
    try:
        letter = replay(letter_id)
    except DeadLetter.DoesNotExist as error:
        raise Http404("There is no such dead letter.") from error
    except AlreadyReplayed as error:
        messages.warning(request, str(error))
    except OperationalError:
        messages.error(
            request, "The queue cannot be reached, so nothing was replayed. Look whether Valkey runs, then try again."
        )
    else:
        messages.success(
            request, f"{letter.stage.capitalize()} is tried again. If it fails once more, it comes back here."
        )
    return redirect("agents:operations")
